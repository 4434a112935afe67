// The calls of keyward-verifier, over the C interface that the module exports.

import { decided, ENVIRONMENTS, entitlement, hex, reading, seatsOf } from "./answers.js";
import * as given from "./given.js";
import { MARK_SIZE, NO_TIME, UNLIMITED_SEATS } from "./layout.js";
import { KeywardError, Machine } from "./machine.js";

export { KeywardError };

const SETTINGS = ["trusted", "product", "environment", "machine", "released", "reminderDays", "repair"];
const EVIDENCE = ["clock", "built", "issued", "running", "tolerance"];
const PARTS = {
    machineId: "machine_id",
    boardId: "board_id",
    systemDisk: "system_disk",
    networkCard: "network_card",
    vendorsOwn: "vendors_own",
};
const MAX_U32 = 2 ** 32 - 1;

/** A function that loads the module once with `find`, or at each call from a given source. */
export function loader(find) {
    let loaded;
    return function load(source) {
        if (source !== undefined) {
            return start(() => source);
        }
        loaded ??= start(find).catch((error) => {
            // A page that was offline may try again.
            loaded = undefined;
            throw error;
        });
        return loaded;
    };
}

async function start(find) {
    const source = await find();
    return over(source instanceof WebAssembly.Module ? source : await WebAssembly.compile(await bytesOf(source)));
}

/** All bytes of a Response first: compiled as they arrive, they would need the right media type of every server. */
async function bytesOf(source) {
    if (typeof Response !== "function" || !(source instanceof Response)) {
        return source;
    }
    if (!source.ok) {
        throw new Error(`the module of keyward could not be fetched: ${source.url} answered ${source.status}`);
    }
    return source.arrayBuffer();
}

/** The package's functions over this module. */
function over(module) {
    const machine = new Machine(module);
    const forgotten = new FinalizationRegistry((handle) => machine.release(handle));

    class Verifier {
        #settings;
        #handle;
        #isFree = false;

        constructor(settings) {
            this.#settings = checkedSettings(settings);
            this.#begin();
        }

        verify(text, now) {
            const typed = given.text(text, "the license key");
            const time = given.time(now, "now");
            return machine.call((memory) => {
                const result = memory.roomFor("KwResult");
                machine.run("kw_verify", this.#pointer(), memory.bytes(typed), typed.length, time, result);
                return decided(memory.read("KwResult", result), this.#settings, (outcome) => machine.code(outcome));
            });
        }

        combine(texts, now) {
            const typed = given.texts(texts);
            const time = given.time(now, "now");
            return machine.call((memory) => {
                const combined = memory.roomFor("KwEntitlement");
                machine.run("kw_combine", this.#pointer(), ...memory.texts(typed), time, combined);
                return entitlement(memory.read("KwEntitlement", combined), (outcome) => machine.code(outcome));
            });
        }

        readClock(evidence, mark, texts) {
            const clock = checkedEvidence(evidence);
            const before = checkedMark(mark);
            const typed = given.texts(texts);
            return machine.call((memory) => {
                const read = memory.roomFor("KwReading");
                const after = memory.bytes(before);
                const known = memory.struct("KwClock", clock);
                machine.run("kw_read_clock", this.#pointer(), ...memory.texts(typed), known, after, read);
                return reading(memory.read("KwReading", read), memory.copy(after, MARK_SIZE));
            });
        }

        free() {
            if (!this.#isFree) {
                this.#isFree = true;
                forgotten.unregister(this);
                machine.release(this.#handle);
            }
        }

        #pointer() {
            if (this.#isFree) {
                throw new KeywardError("freed", "this verifier was freed: make another");
            }
            if (!machine.holds(this.#handle)) {
                // The instance of this verifier has stopped.
                this.#begin();
            }
            return this.#handle.pointer;
        }

        #begin() {
            forgotten.unregister(this);
            const handle = machine.call((memory) => newVerifier(machine, memory, this.#settings));
            forgotten.register(this, handle, this);
            this.#handle = handle;
        }
    }
    if (Symbol.dispose) {
        Object.defineProperty(Verifier.prototype, Symbol.dispose, { value: Verifier.prototype.free });
    }

    /** The fingerprint that a license for this product can be locked to. */
    function fingerprint(product, components) {
        const number = given.whole(product, MAX_U32, "the product");
        const parts = given.properties(components, Object.keys(PARTS), "the components");
        const known = Object.entries(parts).filter(([, value]) => value !== undefined);
        const values = known.map(([name, value]) => [PARTS[name], given.bytesOrText(value, name)]);
        return machine.call((memory) => {
            const components = values.map(([name, bytes]) => [
                name,
                { bytes: memory.bytes(bytes), size: bytes.length },
            ]);
            const print = memory.room(FINGERPRINT_SIZE);
            machine.run("kw_fingerprint", number, memory.struct("KwMachine", Object.fromEntries(components)), print);
            return hex(memory.copy(print, FINGERPRINT_SIZE));
        });
    }

    function newMark() {
        return machine.call((memory) => {
            const mark = memory.room(MARK_SIZE);
            machine.run("kw_mark_new", mark);
            return memory.copy(mark, MARK_SIZE);
        });
    }

    function recoverMark(mark, issued) {
        const before = checkedMark(mark);
        const time = given.time(issued, "issued");
        return machine.call((memory) => {
            const after = memory.bytes(before);
            machine.run("kw_mark_recover", after, time);
            return memory.copy(after, MARK_SIZE);
        });
    }

    function seatStanding(granted, used) {
        const licensed = given.seats(granted);
        const seats = licensed === null ? UNLIMITED_SEATS : BigInt(given.whole(licensed, MAX_U32, "the seats granted"));
        const inUse = given.whole(used, MAX_U32, "the seats in use");
        return machine.call((memory) => {
            const standing = memory.roomFor("KwSeats");
            machine.run("kw_seat_standing", seats, inUse, standing);
            return seatsOf(memory.read("KwSeats", standing));
        });
    }

    return Object.freeze({ Verifier, fingerprint, newMark, recoverMark, seatStanding });
}

const FINGERPRINT_SIZE = 16;

function checkedSettings(settings) {
    const found = given.properties(settings, SETTINGS, "the settings");
    return {
        trusted: given.list(found.trusted, "the trusted keys", (key, index) =>
            given.bytesOrText(key, `trusted[${index}]`),
        ),
        product: given.whole(found.product, MAX_U32, "product"),
        environment: given.optional(found.environment, 0, (value) => given.oneOf(value, ENVIRONMENTS, "environment")),
        // Only a missing property leaves out a check. A property that is undefined is a mistake.
        machine: "machine" in found ? given.bytesOrHex(found.machine, FINGERPRINT_SIZE, "machine") : null,
        released: "released" in found ? given.day(found.released, "released") : null,
        reminderDays: given.optional(found.reminderDays, null, (value) =>
            given.list(value, "the reminder days", (days) => given.whole(days, 65_535, "a reminder day")),
        ),
        repair: given.optional(found.repair, true, (value) => given.boolean(value, "repair")),
    };
}

/** A verifier of the module, set up. */
function newVerifier(machine, memory, settings) {
    const place = memory.room(4);
    machine.run("kw_verifier_new", settings.product, place);
    const handle = machine.hold(memory.pointer(place));
    const set = (name, ...values) => {
        try {
            machine.run(name, handle.pointer, ...values);
        } catch (error) {
            machine.release(handle);
            throw error;
        }
    };
    for (const [index, key] of settings.trusted.entries()) {
        try {
            set("kw_verifier_trust", memory.bytes(key), key.length);
        } catch (error) {
            // The message has the position of the key, and not the key, which may be the secret one.
            error.message = `trusted[${index}]: ${error.message}`;
            throw error;
        }
    }
    set("kw_verifier_set_environment", settings.environment);
    if (settings.machine) {
        set("kw_verifier_set_machine", memory.bytes(settings.machine));
    }
    if (settings.released) {
        const { year, month, day } = settings.released;
        set("kw_verifier_set_released", year, month, day);
    }
    if (settings.reminderDays) {
        const days = Uint16Array.from(settings.reminderDays);
        set("kw_verifier_set_reminders", memory.bytes(new Uint8Array(days.buffer)), days.length);
    }
    if (!settings.repair) {
        set("kw_verifier_refuse_damaged");
    }
    return handle;
}

function checkedEvidence(evidence) {
    const { clock, built, issued, running, tolerance } = given.properties(evidence, EVIDENCE, "the evidence");
    return {
        clock: given.time(clock, "clock"),
        built: given.optional(built, NO_TIME, (value) => given.time(value, "built")),
        issued: given.optional(issued, NO_TIME, (value) => given.time(value, "issued")),
        running: given.optional(running, 0n, (value) => given.duration(value, "running")),
        tolerance: given.optional(tolerance, -1n, (value) => given.duration(value, "tolerance")),
    };
}

/** A mark of the right length. The module checks its bytes. */
function checkedMark(mark) {
    const bytes = given.bytesOrText(mark, "the mark");
    if (typeof mark === "string") {
        throw new TypeError("the mark has to be a Uint8Array, and is a string");
    }
    if (bytes.length !== MARK_SIZE) {
        throw new KeywardError("bad-mark", `a mark has ${MARK_SIZE} bytes, and this one ${bytes.length}`);
    }
    return bytes;
}
