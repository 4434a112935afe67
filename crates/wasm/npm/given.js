// Checks the arguments of a program before any of them reaches the module. Messages name the argument, never its value.

/** More than any file of a key and any part of a machine has. */
const MAX_CHARACTERS = 65_536;

/** One more than the longest text that is searched for keys: a longer text is refused for its length. */
const MAX_TEXT = 65_537;

/** The years of the module's calendar. A Date may be outside of it. */
const LAST_YEAR = 262_142;

const encoder = new TextEncoder();

/** A text in UTF-8. Half of a surrogate pair becomes U+FFFD, which no key has. */
export function text(value, name) {
    if (typeof value !== "string") {
        throw new TypeError(`${name} has to be a string, and is ${kind(value)}`);
    }
    return encoder.encode(value.slice(0, MAX_TEXT));
}

export function texts(value) {
    return list(value, "the license keys", (each, index) => text(each, `license key ${index}, counted from 0,`));
}

/** A list, each of its entries read once. */
export function list(value, name, check) {
    if (!Array.isArray(value)) {
        throw new TypeError(`${name} have to be an array, and are ${kind(value)}`);
    }
    return Array.from(value, check);
}

/** A time in microseconds. */
export function time(value, name) {
    let milliseconds;
    try {
        // A Date from another frame works too, and changed methods of a Date don't matter.
        milliseconds = Date.prototype.getTime.call(value);
    } catch {
        throw new TypeError(`${name} has to be a Date, and is ${kind(value)}`);
    }
    if (Number.isNaN(milliseconds)) {
        throw new TypeError(`${name} is an invalid Date`);
    }
    if (Math.abs(new Date(milliseconds).getUTCFullYear()) > LAST_YEAR) {
        throw new RangeError(`${name} is a Date beyond the year ${LAST_YEAR}`);
    }
    return BigInt(milliseconds) * 1000n;
}

/** Milliseconds, as whole microseconds. */
export function duration(value, name) {
    if (typeof value !== "number" || Number.isNaN(value)) {
        throw new TypeError(`${name} has to be a number of milliseconds, and is ${kind(value)}`);
    }
    if (value < 0 || value * 1000 >= 2 ** 63) {
        throw new RangeError(`${name} has to be 0 milliseconds or more, and less than 2^63 microseconds`);
    }
    return BigInt(Math.floor(value * 1000));
}

export function whole(value, max, name) {
    if (typeof value !== "number") {
        throw new TypeError(`${name} has to be a number, and is ${kind(value)}`);
    }
    if (!Number.isInteger(value) || value < 0 || value > max) {
        throw new RangeError(`${name} has to be a whole number from 0 to ${max}`);
    }
    return value;
}

export function oneOf(value, all, name) {
    const number = all.indexOf(value);
    if (number < 0) {
        throw new TypeError(`${name} has to be one of ${all.join(", ")}`);
    }
    return number;
}

export function boolean(value, name) {
    if (typeof value !== "boolean") {
        throw new TypeError(`${name} has to be true or false, and is ${kind(value)}`);
    }
    return value;
}

/** A day: year, month and day of the month. The module checks that the calendar has it. */
export function day(value, name) {
    const [, ...numbers] = (typeof value === "string" && /^(\d{4})-(\d\d)-(\d\d)$/.exec(value)) || [];
    if (numbers.length === 0) {
        throw new TypeError(`${name} has to be a day such as "2026-05-01", and is ${kind(value)}`);
    }
    const [year, month, day] = numbers.map(Number);
    return { year, month, day };
}

/** Bytes, or a text in UTF-8. */
export function bytesOrText(value, name) {
    const length = typeof value === "string" ? value.length : value?.byteLength;
    if (length > MAX_CHARACTERS) {
        throw new RangeError(`${name} has to have at most ${MAX_CHARACTERS} characters or bytes`);
    }
    if (ArrayBuffer.isView(value)) {
        return new Uint8Array(value.buffer, value.byteOffset, value.byteLength).slice();
    }
    if (typeof value !== "string") {
        throw new TypeError(`${name} has to be a string or a Uint8Array, and is ${kind(value)}`);
    }
    return encoder.encode(value);
}

/** A fixed number of bytes, as bytes or in hex digits. */
export function bytesOrHex(value, size, name) {
    const bytes = bytesOrText(value, name);
    if (typeof value !== "string") {
        if (bytes.length !== size) {
            throw new TypeError(`${name} has to have ${size} bytes, and has ${bytes.length}`);
        }
        return bytes;
    }
    if (value.length !== 2 * size || !/^[0-9a-f]*$/i.test(value)) {
        throw new TypeError(`${name} has to be ${2 * size} hex digits`);
    }
    return Uint8Array.from(value.match(/../g), (digits) => Number.parseInt(digits, 16));
}

/** The seats of a license or of a grant; null is unlimited. Nothing else grants seats. */
export function seats(value) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, "seats")) {
        throw new TypeError(`seats are granted by a license, or by the grant of several, and not by ${kind(value)}`);
    }
    return value.seats;
}

/**
 * The properties of an object, each read once. An unknown name is an error. So is an inherited property: otherwise a
 * property of `Object.prototype` could set up a verifier, or silently leave out a check.
 */
export function properties(value, names, what) {
    if (typeof value !== "object" || value === null) {
        throw new TypeError(`${what} have to be an object, and are ${kind(value)}`);
    }
    const found = { __proto__: null };
    for (const name of Reflect.ownKeys(value)) {
        if (!names.includes(name)) {
            throw new TypeError(`${what} have no ${String(name)}: there are ${names.join(", ")}`);
        }
        found[name] = value[name];
    }
    for (const name of names) {
        if (name in value && !Object.hasOwn(value, name)) {
            throw new TypeError(`${what} inherit ${name}: it has to be the object's own`);
        }
    }
    return found;
}

/** The checked value, or `otherwise` if there is none. */
export function optional(value, otherwise, check) {
    return value === undefined ? otherwise : check(value);
}

function kind(value) {
    if (value === null || value === undefined) {
        return String(value);
    }
    if (Array.isArray(value)) {
        return "an array";
    }
    return `${/^[aeiou]/.test(typeof value) ? "an" : "a"} ${typeof value}`;
}
