/// <reference lib="esnext.disposable" />

/** A calendar day such as `"2026-12-31"`, the same in every time zone. */
export type Day = string;

export type State = "not-yet-valid" | "active" | "expiring-soon" | "in-grace" | "expired";

export type Refusal =
    | "malformed"
    | "damaged"
    | "unknown-key"
    | "bad-signature"
    | "needs-newer"
    | "wrong-product"
    | "wrong-environment"
    | "wrong-machine"
    | "invalid-claims"
    | "version-not-covered";

export type Environment = "production" | "staging" | "development";
export type Kind = "standard" | "trial" | "stopgap";

/** The settings of a product. */
export interface Settings {
    /** The vendor's public keys: PEM, 64 hex digits, DER, the 32 bytes, or the contents of a file of any of these. */
    readonly trusted: readonly (string | Uint8Array)[];
    /** This product's number. */
    readonly product: number;
    /** Production by default. */
    readonly environment?: Environment;
    /** The fingerprint of this machine. Without it, a license that is locked to a machine is refused. */
    readonly machine?: string | Uint8Array;
    /** The day on which this version was released. Without it, every version is covered. */
    readonly released?: Day;
    /** The numbers of days before the end at which to remind, at most 8 different ones; 30, 14 and 7 by default. */
    readonly reminderDays?: readonly number[];
    /** Whether mistakes are repaired; true by default. False is for keys that no person has typed. */
    readonly repair?: boolean;
}

/** The signed claims of a license that verified, with its key and digest. */
export interface License {
    /** 16 hex digits. */
    readonly serial: string;
    readonly kind: Kind;
    readonly environment: Environment;
    readonly product: number;
    readonly edition: number;
    /** Null is unlimited. */
    readonly seats: number | null;
    readonly validFrom: Day;
    /** The last day; null is perpetual. */
    readonly validThrough: Day | null;
    /** Versions released through this day are covered; null: every version. */
    readonly updatesThrough: Day | null;
    /** The features' numbers, ascending, from 0 to 63. */
    readonly features: readonly number[];
    /** Quotas by their number: `limits[1]`. */
    readonly limits: { readonly [limit: number]: number };
    readonly licensee: string | null;
    /** The fingerprint of the machine that it is locked to, in hex digits. */
    readonly fingerprint: string | null;
    /** Signed bytes of the vendor's own, in hex digits. */
    readonly extension: string | null;
    /** The canonical text: store this, whatever was typed. */
    readonly key: string;
    /** The license digest, 32 hex digits: revocation lists and allow-lists name the license by it. */
    readonly digest: string;
    /** The id of the trusted key that signed it: 16 hex digits. */
    readonly keyId: string;
    /** The mistakes in the text as typed. For the person who typed it, not for a log. */
    readonly repairs: readonly Repair[];
}

export interface Repair {
    /** The number of the group, from 1. */
    readonly group: number;
    /** The characters that were typed in its place: `?` stands for one that can't be read. Empty if the group was left out. */
    readonly typed: string;
    /** The five characters that it should be. */
    readonly expected: string;
}

/** What a license allows at a time. */
export interface Standing {
    readonly state: State;
    /** Whether the product may run: active, expiring soon or in grace. */
    readonly usable: boolean;
    readonly kind: Kind;
    /** Days left until the last day, or in grace until the last day of grace; null if no days are counted. */
    readonly daysLeft: number | null;
    readonly validFrom: Day;
    readonly validThrough: Day | null;
    readonly graceDays: number;
    readonly graceThrough: Day | null;
    /** The day of the next reminder. */
    readonly nextReminder: Day | null;
    /** The time at which the first day begins, at UTC+14. */
    readonly opensAt: Date;
    /** The time at which the last day has ended, at UTC−12; null if it is perpetual. */
    readonly closesAt: Date | null;
    readonly graceClosesAt: Date | null;
    /** Whether there is a successor, so that no warning of the end is needed. Only `combine` finds one. */
    readonly hasSuccessor: boolean;
    /** The notice that a product shows beside a trial or a stopgap license, in English. */
    readonly notice: string | null;
    /** The standing in words, in English. */
    readonly text: string;
}

/** The evidence of the cause of a refusal. Evidence that belongs to other causes is null. */
export interface Evidence {
    /** The serial of the license, 16 hex digits, if it could be read. With a bad signature, it may be invented. */
    readonly serial: string | null;
    /** Damaged: the number of groups in the text. */
    readonly groups: number | null;
    /** Damaged: the numbers of the groups, from 1, that are visibly wrong. Empty if none is. */
    readonly unreadableGroups: readonly number[];
    /** Unknown key: the four hex digits in the license key that name its signing key. */
    readonly hint: string | null;
    /** Wrong product: the verifier's product, and the license's. */
    readonly expectedProduct: number | null;
    readonly foundProduct: number | null;
    /** Wrong environment: the verifier's environment, and the license's. */
    readonly expectedEnvironment: Environment | null;
    readonly foundEnvironment: Environment | null;
    /** Wrong machine: the number of the license's components that this machine has, and the number of components in the
        license. */
    readonly matchingComponents: number | null;
    /** Null if the verifier has no fingerprint of this machine. */
    readonly presentComponents: number | null;
    /** Version not covered: the last release day that is covered, and the release day of the running version. */
    readonly updatesThrough: Day | null;
    readonly released: Day | null;
}

/** A license that verified, and its standing at that time. */
export interface Verified {
    readonly outcome: State;
    readonly usable: boolean;
    /** The standing in words. */
    readonly message: string;
    readonly license: License;
    readonly standing: Standing;
    readonly evidence: null;
}

/** A text that the verifier does not accept. */
export interface Refused {
    readonly outcome: Refusal;
    readonly usable: false;
    /** The cause and what to do, in English. */
    readonly message: string;
    readonly license: null;
    readonly standing: null;
    readonly evidence: Evidence;
}

/** Always truthy: decide by `usable`. Frozen, except the Dates in it. */
export type Result = Verified | Refused;

/** What several licenses allow together, and which of them counts. */
export interface Entitlement {
    readonly outcome: State;
    readonly usable: boolean;
    /** The index of the text that counts, from 0. */
    readonly index: number;
    readonly standing: Standing;
    /** The grant of the usable licenses together; null if none is usable, and then nothing is granted. */
    readonly grant: Grant | null;
}

export interface Grant {
    readonly features: readonly number[];
    /** Null is unlimited. */
    readonly seats: number | null;
}

/** The evidence of the time. Durations are in milliseconds. */
export interface ClockEvidence {
    /** The time of the system's clock. */
    readonly clock: Date;
    /** The time at which the program was built. */
    readonly built?: Date;
    /** The latest time of issue of verified files and statements. */
    readonly issued?: Date;
    /** The time that the program has run since the last reading, by `performance.now()`; 0 at the first reading. */
    readonly running?: number;
    /** The time by which the clock may be behind the evidence; a day by default. */
    readonly tolerance?: number;
}

/** The earliest possible time, and whether the clock agrees with the evidence. */
export interface ClockReading {
    /** The time to use for licenses. */
    readonly now: Date;
    /** The fault of the clock, if it is behind the evidence by more than the tolerance. In milliseconds. */
    readonly suspect: {
        readonly behindBy: number;
        readonly backwardSteps: number;
        readonly largestStep: number;
    } | null;
    /** The mark to keep for the next reading. */
    readonly mark: Uint8Array;
}

/**
 * The parts that identify a machine. Give at least one. The license works while more than half of them are the same. A value that
 * stands in the place of an id counts as absent: "To Be Filled By O.E.M.", "None", all zeros, and the others of
 * `spec/FORMAT.md`, section 4.1. Give ids as text, as the operating system shows them.
 */
export interface MachineComponents {
    readonly machineId?: string | Uint8Array;
    readonly boardId?: string | Uint8Array;
    readonly systemDisk?: string | Uint8Array;
    readonly networkCard?: string | Uint8Array;
    readonly vendorsOwn?: string | Uint8Array;
}

export type SeatStanding =
    | { readonly code: "within-seats"; readonly left: number; readonly by: null }
    | { readonly code: "over-seats"; readonly left: null; readonly by: number }
    | { readonly code: "unlimited-seats"; readonly left: null; readonly by: null };

/** Verifies license keys for one product, with the trusted keys alone. */
export interface Verifier {
    /**
     * Verifies a text at that time. Decide by `usable`, as every result is truthy. Refusals and expiry are results; only
     * mistakes of the program are thrown.
     */
    verify(text: string, now: Date): Result;
    /** Combines several licenses: what they allow together; null if no text is accepted. Refused texts are left out. */
    combine(texts: readonly string[], now: Date): Entitlement | null;
    /**
     * Reads the clock as evidence, given the mark of earlier readings and all the licenses. While the clock is behind the mark by
     * more than the tolerance, the time goes on with it.
     */
    readClock(evidence: ClockEvidence, mark: Uint8Array, texts: readonly string[]): ClockReading;
    /** Frees its memory at once. Otherwise the memory is freed when the verifier is collected. */
    free(): void;
    /** The same as `free`, for `using` in JavaScript with `Symbol.dispose`. */
    [Symbol.dispose](): void;
}

export interface Keyward {
    /** @throws {KeywardError} for a key that must not be trusted, a day that does not exist, or a repeated reminder day. */
    readonly Verifier: new (settings: Settings) => Verifier;
    /** The fingerprint that a license for this product can be locked to: 32 hex digits, which don't reveal the parts. */
    fingerprint(product: number, components: MachineComponents): string;
    /** The mark of a program that has never read a clock: 37 bytes to keep between runs. */
    newMark(): Uint8Array;
    /**
     * The mark taken back to the issue of a recovery statement, which the program has verified.
     * @throws {KeywardError} `not-newer`, if this statement or a later one was used before; `bad-mark`.
     */
    recoverMark(mark: Uint8Array, issued: Date): Uint8Array;
    /** Compares the seats in use with the seats granted by a license, or by several together. A null grant throws. */
    seatStanding(granted: License | Grant, used: number): SeatStanding;
}

/** A call with invalid arguments. */
export class KeywardError extends Error {
    readonly code:
        | "not-a-public-key"
        | "secret-key"
        | "no-such-day"
        | "bad-reminders"
        | "bad-mark"
        | "not-newer"
        | "out-of-memory"
        | "out-of-range"
        | "freed"
        | "stopped"
        | "wrong-module"
        | "null-pointer"
        | "bug";
}

/**
 * Loads the module once, from the file beside the package or, in `keyward/inline`, from the package itself. With a source,
 * each call loads the module from there.
 */
export function load(
    source?:
        | WebAssembly.Module
        | ArrayBuffer
        | Uint8Array
        | Response
        | Promise<WebAssembly.Module | ArrayBuffer | Uint8Array | Response>,
): Promise<Keyward>;
