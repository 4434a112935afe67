// Reads a text group by group, before it is verified: FORMAT.md, section 6.

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LOOKALIKES = { O: "0", I: "1", L: "1" };

/** All separators of groups. The list is that of the format, and never changes. */
const SEPARATOR = new RegExp(
    "[\\x21-\\x2f\\x3a-\\x3e\\x40\\x5b-\\x60\\x7b-\\x7e" +
        "\\t-\\r \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000" +
        "\\xad\\u200b-\\u200f\\u2060\\ufeff" +
        "\\u058a\\u05be\\u1400\\u1806\\u2010-\\u2015\\u2043\\u2212\\u2e17\\u2e1a\\u2e3a\\u2e3b\\u2e40\\u2e5d" +
        "\\u301c\\u3030\\u30a0\\ufe31\\ufe32\\ufe58\\ufe63\\u{10d6e}\\u{10ead}]",
    "u",
);

/**
 * The groups of a text. Each has its `symbols` in upper case, its characters that are in no key as `unreadable`, and
 * `isWhole` if it has five characters, all of them readable.
 */
export function groupsOf(text) {
    const groups = [];
    let run = [];
    const endRun = () => {
        const parts = run.length % 5 === 0 ? run.length / 5 : 1;
        for (let part = 0; part < parts; part += 1) {
            groups.push(group(parts === 1 ? run : run.slice(5 * part, 5 * part + 5)));
        }
        run = [];
    };
    for (const character of text) {
        const plain = fullwidth(character);
        if (SEPARATOR.test(plain)) {
            endRun();
        } else {
            run.push({ character, symbol: symbol(plain) });
        }
    }
    const isOpen = run.length % 5 !== 0;
    endRun();
    return { groups, isOpen };
}

function group(run) {
    const unreadable = run.filter(({ symbol }) => symbol === null).map(({ character }) => character);
    return {
        symbols: run.map(({ symbol, character }) => symbol ?? character).join(""),
        length: run.length,
        unreadable,
        isWhole: run.length === 5 && unreadable.length === 0,
    };
}

function fullwidth(character) {
    const code = character.codePointAt(0);
    return code >= 0xff01 && code <= 0xff5e ? String.fromCodePoint(code - 0xfee0) : character;
}

function symbol(character) {
    const upper = /^[a-z]$/.test(character) ? character.toUpperCase() : character;
    const read = LOOKALIKES[upper] ?? upper;
    return ALPHABET.includes(read) ? read : null;
}

/**
 * The beginnings of license keys of a signing key: magic and hint are 24 of the 25 bits of the first group, and the last
 * bit depends on the license.
 */
export function firstGroups([first, second]) {
    const bits = (0x99 << 17) | (first << 9) | (second << 1);
    return [bits, bits | 1].map((group) => [20, 15, 10, 5, 0].map((shift) => ALPHABET[(group >> shift) & 31]).join(""));
}

/** Shows invisible characters, and characters that move others, by their number: U+202E. */
export function visible(text) {
    return text.replace(/[\p{C}\p{M}\p{Z}\p{Default_Ignorable_Code_Point}]/gu, (character) => {
        const digits = character.codePointAt(0).toString(16).toUpperCase();
        return `U+${digits.padStart(4, "0")}`;
    });
}

/** The possible fingerprints in a text, in hex digits: 16 bytes, of which the first is the scheme, 1. */
export function fingerprintsIn(text) {
    const symbols = groupsOf(text).groups.flatMap(({ symbols }) => [...symbols]);
    const bits = symbols.map((symbol) => Math.max(ALPHABET.indexOf(symbol), 0).toString(2).padStart(5, "0")).join("");
    // At any bit: after a missing group, bytes begin at other bits.
    const starts = [...bits.matchAll(/(?=00000001[01]{120})/g)].map(({ index }) => index);
    return [...new Set(starts.map((start) => hex(bits.slice(start, start + 128))))].slice(0, MAX_FINGERPRINTS);
}

const hex = (bits) => bits.replace(/[01]{4}/g, (digit) => Number.parseInt(digit, 2).toString(16));

/** Each is verified, so their number is limited: a text crafted to have many must not block the page. */
const MAX_FINGERPRINTS = 64;
