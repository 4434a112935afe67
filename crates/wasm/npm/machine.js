// The instance of the module and its memory. After an instance has stopped, there is a new one.

import { ABI_VERSION, LAYOUT, STATUS } from "./layout.js";

/** A call with invalid arguments, or in a stopped instance. The codes are stable: `bad-mark`, `not-a-public-key`,
    `stopped`. */
export class KeywardError extends Error {
    constructor(code, message, options) {
        super(message, options);
        this.name = "KeywardError";
        this.code = code;
    }
}

/** One instance at a time. After a trap it is never used again: the next call uses a new one. */
export class Machine {
    #module;
    #exports;
    #instances = 0;

    constructor(module) {
        this.#module = module;
        this.#start();
    }

    #start() {
        const { exports } = new WebAssembly.Instance(this.#module);
        if (exports.kw_abi_version?.() !== ABI_VERSION) {
            throw new KeywardError("wrong-module", "this module is of another version of keyward than the package");
        }
        this.#exports = exports;
        this.#instances += 1;
    }

    /** Runs a call with some of the module's memory, which is freed after it. */
    call(body) {
        if (!this.#exports) {
            this.#start();
        }
        const memory = new Memory(this.#exports, (name, ...given) => this.#enter(name, ...given));
        try {
            return body(memory);
        } finally {
            if (memory.exports === this.#exports) {
                memory.giveBack();
            }
        }
    }

    /** Runs a function of the module that returns a status: any but 0 is an error. */
    run(name, ...given) {
        const status = this.#enter(name, ...given);
        if (status !== 0) {
            throw new KeywardError(STATUS[status] ?? "bug", this.#sentence("kw_strerror", status));
        }
    }

    /** The stable code of an outcome. */
    code(outcome) {
        return this.#sentence("kw_code", outcome);
    }

    /** A handle to an object in this instance. */
    hold(pointer) {
        return { pointer, instance: this.#instances };
    }

    holds(handle) {
        return this.#exports !== undefined && handle?.instance === this.#instances;
    }

    release(handle) {
        if (this.holds(handle)) {
            this.#enter("kw_verifier_free", handle.pointer);
        }
    }

    #sentence(name, number) {
        const start = this.#enter(name, number);
        const bytes = new Uint8Array(this.#exports.memory.buffer);
        return decoder.decode(bytes.subarray(start, bytes.indexOf(0, start)));
    }

    #enter(name, ...given) {
        try {
            return this.#exports[name](...given);
        } catch (cause) {
            // A mistake in the module, whose memory may be inconsistent.
            this.#exports = undefined;
            throw new KeywardError("stopped", "the module stopped, which is a mistake in keyward: please report it", {
                cause,
            });
        }
    }
}

const decoder = new TextDecoder();

/** Memory of the module. Its buffer is replaced when it grows, so no view of it is kept. */
class Memory {
    #enter;
    #rooms = [];

    constructor(exports, enter) {
        this.exports = exports;
        this.#enter = enter;
    }

    /** Allocates bytes. */
    room(size) {
        if (size === 0) {
            return 0;
        }
        // WebAssembly returns pointers as signed numbers.
        const pointer = this.#enter("kw_alloc", size) >>> 0;
        if (pointer === 0) {
            throw new KeywardError("out-of-memory", `there is no memory for ${size} bytes`);
        }
        this.#rooms.push([pointer, size]);
        return pointer;
    }

    roomFor(type) {
        return this.room(LAYOUT[type].size);
    }

    /** A copy of these bytes. */
    bytes(bytes) {
        const pointer = this.room(bytes.length);
        new Uint8Array(this.exports.memory.buffer).set(bytes, pointer);
        return pointer;
    }

    /** Copies of these texts: their addresses, their lengths, and their number. */
    texts(texts) {
        const starts = texts.map((text) => this.bytes(text));
        const words = (numbers) => this.bytes(new Uint8Array(Uint32Array.from(numbers).buffer));
        return [words(starts), words(texts.map((text) => text.length)), texts.length];
    }

    /** A struct with these fields, and zero in all others. */
    struct(type, values) {
        const bytes = new Uint8Array(LAYOUT[type].size);
        fill(new DataView(bytes.buffer), 0, type, values);
        return this.bytes(bytes);
    }

    read(type, pointer) {
        return structAt(new DataView(this.exports.memory.buffer), pointer, type);
    }

    /** The pointer at that address. */
    pointer(place) {
        return new DataView(this.exports.memory.buffer).getUint32(place, true);
    }

    /** A copy of the bytes at that address. */
    copy(pointer, size) {
        return new Uint8Array(this.exports.memory.buffer, pointer, size).slice();
    }

    giveBack() {
        for (const [pointer, size] of this.#rooms) {
            this.#enter("kw_dealloc", pointer, size);
        }
    }
}

const plain = (name) => ({
    read: (view, at) => view[`get${name}`](at, true),
    write: (view, at, value) => view[`set${name}`](at, value, true),
});

const PLAIN = {
    u8: plain("Uint8"),
    u16: plain("Uint16"),
    u32: plain("Uint32"),
    i32: plain("Int32"),
    u64: plain("BigUint64"),
    i64: plain("BigInt64"),
    size: plain("Uint32"),
    bool: { read: (view, at) => view.getUint8(at) !== 0 },
};

function fill(view, start, type, values) {
    for (const [name, value] of Object.entries(values)) {
        const [offset, kind] = LAYOUT[type].fields[name];
        if (kind in LAYOUT) {
            fill(view, start + offset, kind, value);
        } else {
            PLAIN[kind].write(view, start + offset, value);
        }
    }
}

const FIELDS = Object.fromEntries(Object.entries(LAYOUT).map(([type, { fields }]) => [type, Object.entries(fields)]));

function structAt(view, start, type) {
    return Object.fromEntries(FIELDS[type].map(([name, field]) => [name, fieldAt(view, start, field)]));
}

function fieldAt(view, start, [offset, kind, count]) {
    const at = start + offset;
    if (kind === "text") {
        const bytes = new Uint8Array(view.buffer, at, count);
        // Most texts are empty, and a decoder would take time.
        return bytes[0] === 0 ? "" : decoder.decode(bytes.subarray(0, bytes.indexOf(0)));
    }
    if (kind === "u8" && count > 1) {
        return new Uint8Array(view.buffer, at, count).slice();
    }
    if (count > 1) {
        return Array.from({ length: count }, (_, index) => structAt(view, at + index * LAYOUT[kind].size, kind));
    }
    return kind in LAYOUT ? structAt(view, at, kind) : PLAIN[kind].read(view, at);
}
