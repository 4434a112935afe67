// Wrong settings of a verifier: each is an error that names the setting, and never makes a verifier that checks less.

import assert from "node:assert/strict";
import test from "node:test";

import { KeywardError } from "keyward";

import { aGoodKeyVerifies, HALF_A_PAIR, KEY, keyward, NOW, VENDOR, verifier } from "./shared.js";

const { Verifier, newMark } = keyward;

test.afterEach(aGoodKeyVerifies);

test("settings have their names and types", () => {
    const good = { trusted: [VENDOR], product: 3 };
    const wrong = [
        [undefined, "TypeError", /^the settings have to be an object, and are undefined/],
        [{ ...good, release: "2026-05-01" }, "TypeError", /^the settings have no release: there are trusted, /],
        [{ product: 3 }, "TypeError", /^the trusted keys have to be an array, and are undefined/],
        [{ ...good, trusted: VENDOR }, "TypeError", /^the trusted keys have to be an array, and are a string/],
        [{ ...good, trusted: [3] }, "TypeError", /^trusted\[0\] has to be a string or a Uint8Array, and is a number/],
        [{ ...good, trusted: [, VENDOR] }, "TypeError", /^trusted\[0\] has to be .*, and is undefined/],
        [{ trusted: [] }, "TypeError", /^product has to be a number, and is undefined/],
        [{ ...good, product: 3n }, "TypeError", /^product has to be a number, and is a bigint/],
        [{ ...good, product: "3" }, "TypeError", /^product has to be a number, and is a string/],
        [{ ...good, product: 3.5 }, "RangeError", /^product has to be a whole number from 0 to 4294967295/],
        [{ ...good, product: -1 }, "RangeError", /whole number/],
        [{ ...good, product: 2 ** 32 + 3 }, "RangeError", /whole number/],
        [{ ...good, product: Number.NaN }, "RangeError", /whole number/],
        [
            { ...good, environment: "Production" },
            "TypeError",
            /^environment has to be one of production, staging, development/,
        ],
        [{ ...good, environment: null }, "TypeError", /^environment has to be one of/],
        [{ ...good, machine: null }, "TypeError", /^machine has to be a string or a Uint8Array, and is null/],
        [{ ...good, machine: undefined }, "TypeError", /^machine has to be a string or a Uint8Array, and is undefined/],
        [{ ...good, machine: "00".repeat(15) }, "TypeError", /^machine has to be 32 hex digits/],
        [{ ...good, machine: "0x".repeat(16) }, "TypeError", /^machine has to be 32 hex digits/],
        [{ ...good, machine: new Uint8Array(15) }, "TypeError", /^machine has to have 16 bytes, and has 15/],
        [{ ...good, released: null }, "TypeError", /^released has to be a day such as "2026-05-01", and is null/],
        [{ ...good, released: undefined }, "TypeError", /^released has to be a day .*, and is undefined/],
        [{ ...good, released: NOW }, "TypeError", /^released has to be a day/],
        [{ ...good, released: "2026-5-1" }, "TypeError", /^released has to be a day/],
        [{ ...good, released: "2026-02-29" }, "KeywardError", /no such day/],
        [{ ...good, reminderDays: 30 }, "TypeError", /^the reminder days have to be an array/],
        [{ ...good, reminderDays: [65_536] }, "RangeError", /^a reminder day has to be a whole number from 0 to 65535/],
        [{ ...good, reminderDays: [7, 7] }, "KeywardError", /each named once/],
        [{ ...good, reminderDays: [1, 2, 3, 4, 5, 6, 7, 8, 9] }, "KeywardError", /at most 8/],
        [{ ...good, repair: "no" }, "TypeError", /^repair has to be true or false, and is a string/],
    ];
    for (const [settings, name, message] of wrong) {
        assert.throws(() => new Verifier(settings), { name, message });
    }
});

test("a wrong key is named by its position, and never shown", () => {
    const secret =
        "-----BEGIN PRIVATE KEY-----\n" +
        "MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f\n" +
        "-----END PRIVATE KEY-----\n";
    for (const [key, code] of [
        [secret, "secret-key"],
        ["", "not-a-public-key"],
        ["00".repeat(32), "not-a-public-key"],
        [new Uint8Array(32), "not-a-public-key"],
        ["x".repeat(65_536), "not-a-public-key"],
        [HALF_A_PAIR, "not-a-public-key"],
    ]) {
        assert.throws(
            () => new Verifier({ trusted: [VENDOR, key], product: 3 }),
            (error) => {
                assert.ok(error instanceof KeywardError);
                assert.equal(error.code, code);
                assert.match(error.message, /^trusted\[1\]: /);
                assert.ok(!error.message.includes("MC4C") && error.message.length < 200);
                return true;
            },
        );
    }
});

test("a text that is far too long for a key is not read", () => {
    for (const key of ["x".repeat(65_537), "x".repeat(2 ** 28), new Uint8Array(2 ** 20)]) {
        assert.throws(() => new Verifier({ trusted: [key], product: 3 }), {
            name: "RangeError",
            message: /^trusted\[0\] has to have at most/,
        });
    }
});

test("transferred bytes are not a key", () => {
    const detached = new Uint8Array(32);
    structuredClone(detached.buffer, { transfer: [detached.buffer] });
    assert.throws(() => new Verifier({ trusted: [detached], product: 3 }), TypeError);
});

test("a public key may be given in each of its forms", () => {
    const raw = Buffer.from(VENDOR, "hex");
    const der = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), raw]);
    const pem = `-----BEGIN PUBLIC KEY-----\n${der.toString("base64")}\n-----END PUBLIC KEY-----\n`;
    const around = new Uint8Array(40).fill(7);
    around.set(raw, 4);
    const forms = [
        VENDOR,
        VENDOR.toUpperCase(),
        pem,
        Buffer.from(pem),
        raw,
        der,
        around.subarray(4, 36),
        new DataView(around.buffer, 4, 32),
    ];
    for (const key of forms) {
        assert.equal(new Verifier({ trusted: [key], product: 3 }).verify(KEY, NOW).outcome, "active");
    }
});

test("a property of Object.prototype sets up no verifier, and changes no result", () => {
    const expected = verifier.verify(KEY, NOW);
    const tricks = {
        released: "2020-01-01",
        repair: false,
        environment: "staging",
        trusted: [],
        usable: true,
        outcome: "active",
        grant: {},
    };
    for (const [name, value] of Object.entries(tricks)) {
        Object.defineProperty(Object.prototype, name, { configurable: true, get: () => value, set: () => {} });
    }
    try {
        const message = /^the settings inherit (released|repair|environment|trusted): it has to be the object's own/;
        assert.throws(() => new Verifier({ trusted: [VENDOR], product: 3 }), { name: "TypeError", message });
        const own = { __proto__: null, trusted: [VENDOR], product: 3 };
        for (const one of [verifier, new Verifier(own)]) {
            assert.deepEqual({ ...one.verify(KEY, NOW) }, { ...expected });
            assert.equal(one.verify("nothing", NOW).usable, false);
        }
    } finally {
        for (const name of Object.keys(tricks)) {
            delete Object.prototype[name];
        }
    }
});

test("an inherited setting is an error, and leaves out no check", () => {
    const defaults = { released: "2020-01-01", trusted: [VENDOR] };
    assert.throws(() => new Verifier(Object.assign(Object.create(defaults), { product: 3 })), {
        name: "TypeError",
        message: "the settings inherit trusted: it has to be the object's own",
    });
    const evidence = Object.assign(Object.create({ issued: NOW }), { clock: NOW });
    assert.throws(() => verifier.readClock(evidence, newMark(), [KEY]), /^TypeError: the evidence inherit issued/);
});

test("__proto__ is not a setting", () => {
    assert.throws(
        () => new Verifier(JSON.parse('{"__proto__": {"product": 3}}')),
        /^TypeError: the settings have no __proto__/,
    );
});

test("each setting is read once, and the exception of a getter is passed on", () => {
    let reads = 0;
    const settings = {
        trusted: [VENDOR],
        get product() {
            reads += 1;
            return reads === 1 ? 3 : 4;
        },
    };
    const made = new Verifier(settings);
    assert.equal(made.verify(KEY, NOW).outcome, "active");
    assert.equal(reads, 1);
    const mistake = new Error("of the program");
    const throws = {
        trusted: [VENDOR],
        get product() {
            throw mistake;
        },
    };
    assert.throws(
        () => new Verifier(throws),
        (error) => error === mistake,
    );
    const texts = Object.defineProperty([KEY, KEY], 1, {
        get() {
            throw mistake;
        },
    });
    assert.throws(
        () => verifier.combine(texts, NOW),
        (error) => error === mistake,
    );
});
