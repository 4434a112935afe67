// A host of the module, and its test: every outcome that the vectors name has to come out of it.
//
//     node examples/wasm/check.mjs target/small/wasm32-unknown-unknown/small/verifier.wasm

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";

const [, , path] = process.argv;
const { instance } = await WebAssembly.instantiate(await readFile(path));
const { memory, text, keys, machine, verify } = instance.exports;
const place = (address, length) => new Uint8Array(memory.buffer, address(), length);
const bytes = (hex) => Uint8Array.from(Buffer.from(hex, "hex"));
const ENVIRONMENTS = ["production", "staging", "development"];
const DAY = 24 * 60 * 60;
const seconds = (time) => Date.parse(time) / 1000;

/** The code of the outcome: a standing or a refusal. */
function outcome(license, { trusted_keys: trusted, product, environment = "production", fingerprint, released, now }) {
    const typed = typeof license === "string" ? new TextEncoder().encode(license) : license;
    const length = Math.min(typed.length, 4097);
    place(text, 4097).set(typed.subarray(0, length));
    const [first = OUR_KEY, second = first] = trusted;
    place(keys, 64).set([...bytes(first), ...bytes(second)]);
    place(machine, 16).set(fingerprint ? bytes(fingerprint) : new Uint8Array(16));
    const day = released ? (seconds(released) - seconds("2020-01-01")) / DAY : -1;
    const written = verify(length, trusted.length, product, ENVIRONMENTS.indexOf(environment), day, BigInt(now));
    return new TextDecoder().decode(place(text, written));
}

const vectors = async (name) => JSON.parse(await readFile(new URL(`../../spec/vectors/${name}.json`, import.meta.url)));
const keysOf = await vectors("license-keys");
const OUR_KEY = keysOf.verifying_key;
const STANDINGS = ["not-yet-valid", "active", "expiring-soon", "in-grace", "expired"];
let checked = 0;

function check(expected, license, setup, name) {
    const found = outcome(license, setup);
    assert.ok([expected].flat().includes(found), `${name}: ${found}, not ${expected}`);
    checked += 1;
}

// Every license, from a second before it opens until long after it ended.
for (const { name, text: license, claims } of keysOf.cases) {
    const { product, environment, fingerprint, valid_from: first, valid_through: last } = claims;
    const setup = { trusted_keys: [OUR_KEY], product, environment, fingerprint };
    const opens = seconds(first) - 14 * 60 * 60;
    check("not-yet-valid", license, { ...setup, now: opens - 1 }, name);
    check(["active", "expiring-soon"], license, { ...setup, now: opens }, name);
    if (last === null) {
        check("active", license, { ...setup, now: seconds("9998-12-31") }, name);
    } else {
        const closes = seconds(last) + DAY + 12 * 60 * 60;
        check(["active", "expiring-soon"], license, { ...setup, now: closes - 1 }, name);
        check(["in-grace", "expired"], license, { ...setup, now: closes }, name);
        check("expired", license, { ...setup, now: closes + 90 * DAY }, name);
    }
}

// The typical license has no days of grace in it, and a year's term: 14.
const [{ text: typical }] = keysOf.cases;
const today = { trusted_keys: [OUR_KEY], product: 3, now: seconds("2026-07-01") };
for (const [now, standing] of [
    ["2025-12-31T09:59:59Z", "not-yet-valid"],
    ["2025-12-31T10:00:00Z", "active"],
    ["2026-11-30T23:59:59Z", "active"],
    ["2026-12-01T00:00:00Z", "expiring-soon"],
    ["2027-01-01T11:59:59Z", "expiring-soon"],
    ["2027-01-01T12:00:00Z", "in-grace"],
    ["2027-01-15T11:59:59Z", "in-grace"],
    ["2027-01-15T12:00:00Z", "expired"],
]) {
    check(standing, typical, { ...today, now: seconds(now) }, now);
}

// The answers of verifiers, also to damaged texts.
for (const { name, text: license, error, machine: fingerprint, ...setup } of (await vectors("verifier")).cases) {
    check(error ?? STANDINGS, license, { ...setup, fingerprint, now: today.now }, name);
}
const damaged = await vectors("repair");
for (const { name, text: license, error } of damaged.cases) {
    const setup = { trusted_keys: [damaged.verifying_key], product: damaged.product, now: today.now };
    check(error ?? STANDINGS, license, setup, name);
}

// Mistakes of a host.
check("malformed", "K7PM4-".repeat(1000), today, "a text that is too long");
check("malformed", Uint8Array.of(0xff), today, "a text that is not UTF-8");
check("misconfigured", typical, { ...today, trusted_keys: ["00".repeat(32)] }, "a key of small order");
check("misconfigured", typical, { ...today, now: "9223372036854775807" }, "a time that no calendar has");

function milliseconds(license) {
    const times = Array.from({ length: 25 }, () => {
        const start = performance.now();
        outcome(license, today);
        return performance.now() - start;
    });
    return times.sort((one, other) => one - other)[12].toFixed(2);
}

const mistyped = typical.replace("60GSJ", "606SJ").replace("SRBW8", "SR8W8");
console.log(`${checked} outcomes are as the vectors say; a verification takes ${milliseconds(typical)} ms, with two groups \
to repair ${milliseconds(mistyped)} ms; ${memory.buffer.byteLength / 1024} KB of memory`);
