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

/** What a product knows of itself. */
export interface Settings {
    /** The vendor's public keys: PEM, 64 hex digits, DER, the 32 bytes, or the contents of a file of any of these. */
    readonly trusted: readonly (string | Uint8Array)[];
    /** This product's number. */
    readonly product: number;
    /** Production, if nothing is said. */
    readonly environment?: Environment;
    /** The fingerprint of this machine. Left out, a license that is locked to a machine is refused. */
    readonly machine?: string | Uint8Array;
    /** When this version was released. Left out, every version is covered. */
    readonly released?: Day;
    /** At most 8 different numbers of days before the end: 30, 14 and 7, if nothing is said. */
    readonly reminderDays?: readonly number[];
    /** Whether what was mistyped is repaired: it is, if nothing is said. Say false for keys that nobody types. */
    readonly repair?: boolean;
}

/** What the vendor signed, of a license that verified, and what names it. */
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
    /** Of the machine that it is locked to, in hex digits. */
    readonly fingerprint: string | null;
    /** Signed bytes of the vendor's own, in hex digits. */
    readonly extension: string | null;
    /** The canonical text: what to store, whatever was typed. */
    readonly key: string;
    /** What revocations and allow-lists name: 32 hex digits. */
    readonly digest: string;
    /** Which of the trusted keys signed it: 16 hex digits. */
    readonly keyId: string;
    /** What was wrong in the text as typed. For whoever typed it, not for a log. */
    readonly repairs: readonly Repair[];
}

export interface Repair {
    /** The number of the group, from 1. */
    readonly group: number;
    /** What was typed in its place: `?` is a character that can't be read, and nothing a group that was left out. */
    readonly typed: string;
    /** The five characters that it is. */
    readonly expected: string;
}

/** What a license allows at a time. */
export interface Standing {
    readonly state: State;
    /** Whether the product may run: active, expiring soon or in grace. */
    readonly usable: boolean;
    readonly kind: Kind;
    /** Days left of the term, or in grace of the grace; null where none are counted. */
    readonly daysLeft: number | null;
    readonly validFrom: Day;
    readonly validThrough: Day | null;
    readonly graceDays: number;
    readonly graceThrough: Day | null;
    /** The next day on which to remind of the end. */
    readonly nextReminder: Day | null;
    /** When the first day begins, at UTC+14. */
    readonly opensAt: Date;
    /** When the last day has ended, at UTC−12; null if it is perpetual. */
    readonly closesAt: Date | null;
    readonly graceClosesAt: Date | null;
    /** Whether there is a successor, so that no end has to be warned of. Only `combine` knows. */
    readonly hasSuccessor: boolean;
    /** What a product shows beside a trial or a stopgap license, in English. */
    readonly notice: string | null;
    /** The standing in words, in English. */
    readonly text: string;
}

/** What is known of why a text was refused. What the cause has none of is null. */
export interface Evidence {
    /** The serial of the license, 16 hex digits, where the key was read so far. Of a bad signature, what the text claims. */
    readonly serial: string | null;
    /** Damaged: how many groups the text has. */
    readonly groups: number | null;
    /** Damaged: the numbers of the groups, from 1, that are visibly wrong. Empty where it does not show. */
    readonly unreadableGroups: readonly number[];
    /** Unknown key: the four hex digits that the license key says of its signing key. */
    readonly hint: string | null;
    /** Wrong product: this product, and the license's. */
    readonly expectedProduct: number | null;
    readonly foundProduct: number | null;
    /** Wrong environment: this environment, and the license's. */
    readonly expectedEnvironment: Environment | null;
    readonly foundEnvironment: Environment | null;
    /** Wrong machine: how many of the license's components this one has, and how many are in the license. */
    readonly matchingComponents: number | null;
    /** Null if the verifier was told no machine. */
    readonly presentComponents: number | null;
    /** Version not covered: the last release day that is covered, and when the running version was released. */
    readonly updatesThrough: Day | null;
    readonly released: Day | null;
}

/** A license that verified: what it says, and what it allows at that time. */
export interface Verified {
    readonly outcome: State;
    readonly usable: boolean;
    /** The standing in words. */
    readonly message: string;
    readonly license: License;
    readonly standing: Standing;
    readonly evidence: null;
}

/** A text that is no license for this product, here. */
export interface Refused {
    readonly outcome: Refusal;
    readonly usable: false;
    /** Why, and what to do, in English. */
    readonly message: string;
    readonly license: null;
    readonly standing: null;
    readonly evidence: Evidence;
}

/** Always truthy: what decides is `usable`. Frozen, but for the Dates in it. */
export type Result = Verified | Refused;

/** What several licenses allow together, and which of them counts. */
export interface Entitlement {
    readonly outcome: State;
    readonly usable: boolean;
    /** Which of the texts counts, from 0. */
    readonly index: number;
    readonly standing: Standing;
    /** What the usable ones grant together; null, which is nothing at all, if none is usable. */
    readonly grant: Grant | null;
}

export interface Grant {
    readonly features: readonly number[];
    /** Null is unlimited. */
    readonly seats: number | null;
}

/** What is known of the time. Durations are in milliseconds. */
export interface ClockEvidence {
    /** What the system's clock says. */
    readonly clock: Date;
    /** When the program was built. */
    readonly built?: Date;
    /** The latest time of issue of the files and statements that verified. */
    readonly issued?: Date;
    /** How long the program has run since the last reading, as `performance.now()` counts; 0 if it has just started. */
    readonly running?: number;
    /** How far the clock may be behind the evidence: a day, if nothing is said. */
    readonly tolerance?: number;
}

/** What time it is at least, and what the clock is worth. */
export interface ClockReading {
    /** The time to judge licenses by. */
    readonly now: Date;
    /** What is wrong with the clock, if it is behind the evidence by more than the tolerance. In milliseconds. */
    readonly suspect: {
        readonly behindBy: number;
        readonly backwardSteps: number;
        readonly largestStep: number;
    } | null;
    /** The mark to keep for the next reading. */
    readonly mark: Uint8Array;
}

/** What identifies a machine. At least one part should be there; the more, the more may change. */
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

/** Verifies license keys for one product, with nothing but the keys it trusts. */
export interface Verifier {
    /** What came of a text at that time: look at `usable`, as every result is truthy. Refusals and expiry are results; what is thrown is a slip of the program's. */
    verify(text: string, now: Date): Result;
    /** What several licenses allow together; null if none of the texts is accepted. Refused ones are passed over. */
    combine(texts: readonly string[], now: Date): Entitlement | null;
    /** Reads the clock as evidence, given the mark of earlier readings and all the licenses. */
    readClock(evidence: ClockEvidence, mark: Uint8Array, texts: readonly string[]): ClockReading;
    /** Gives its memory back at once. One that is forgotten gives it back when it is collected. */
    free(): void;
    /** As `free`, at the end of the block of a `using`. There where the JavaScript has `Symbol.dispose`. */
    [Symbol.dispose](): void;
}

export interface Keyward {
    /** @throws {KeywardError} for a key that nobody should trust, a day that there is not, a reminder said twice. */
    readonly Verifier: new (settings: Settings) => Verifier;
    /** The fingerprint that a license for this product can be locked to: 32 hex digits, which do not tell the parts. */
    fingerprint(product: number, components: MachineComponents): string;
    /** The mark of a program that has never read a clock: 37 bytes to keep between runs. */
    newMark(): Uint8Array;
    /**
     * The mark taken back to when a statement was issued, which the program has verified.
     * @throws {KeywardError} `not-newer`, if this statement or a later one was used before; `bad-mark`.
     */
    recoverMark(mark: Uint8Array, issued: Date): Uint8Array;
    /** How seats in use stand against those that a license grants, or several do together. Without a grant, don't ask. */
    seatStanding(granted: License | Grant, used: number): SeatStanding;
}

/** A call that could not be made. */
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
 * Loads the module, once: from beside the package, or for `keyward/inline` from within it.
 * Given a source, it loads the module from there, each time anew.
 */
export function load(
    source?:
        | WebAssembly.Module
        | ArrayBuffer
        | Uint8Array
        | Response
        | Promise<WebAssembly.Module | ArrayBuffer | Uint8Array | Response>,
): Promise<Keyward>;
