// What a program may do wrong, or have done to it: an error that says so, or a defined answer, and never a wrong one.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import test from "node:test";
import v8 from "node:v8";
import vm from "node:vm";

import { KeywardError, load } from "keyward";

import { vectors } from "./vectors.js";

const VENDOR = "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8";
const KEY =
    "K7PM4-00108-1G818-60W40-60GSJ-08YT0-G7V4F-FYP6K-KG98Y-Z9E8E-G0HT7-BS0HQ-VDC80-VHRAB-CED8J-" +
    "M9TJZ-A9AHX-JPA40-2K3CY-F52Z2-ZY7GB-8Y7M3-SRBW8-VE3BH-4SMAG-4PZG8-D7E18-M1PYP-Z2M87-49VV3";
const NOW = new Date("2026-11-22T08:00:00Z");
const HALF_A_PAIR = "\ud83d";

const NO_EVIDENCE = {
    serial: null,
    groups: null,
    unreadableGroups: [],
    hint: null,
    expectedProduct: null,
    foundProduct: null,
    expectedEnvironment: null,
    foundEnvironment: null,
    matchingComponents: null,
    presentComponents: null,
    updatesThrough: null,
    released: null,
};

const {
    "license-keys": { cases, key_id: keyId },
} = await vectors();
const module = await WebAssembly.compile(
    await readFile(createRequire(import.meta.url).resolve("keyward/keyward.wasm")),
);
const { Verifier, fingerprint, newMark, recoverMark, seatStanding } = await load();
const verifier = new Verifier({ trusted: [VENDOR], product: 3 });

test.afterEach(() => assert.equal(verifier.verify(KEY, NOW).outcome, "active", "a good key verifies afterwards"));

test("a text has to be a string", () => {
    const wrong = [
        undefined,
        null,
        3,
        3n,
        true,
        Symbol("key"),
        [KEY],
        { toString: () => KEY },
        new String(KEY),
        () => KEY,
    ];
    for (const text of wrong) {
        assert.throws(() => verifier.verify(text, NOW), {
            name: "TypeError",
            message: /^the license key has to be a string, and is /,
        });
        assert.throws(() => verifier.held([KEY, text], NOW), {
            name: "TypeError",
            message: /license key 1, counted from 0/,
        });
    }
    for (const texts of [undefined, KEY, new Set([KEY]), { 0: KEY, length: 1 }]) {
        assert.throws(() => verifier.held(texts, NOW), {
            name: "TypeError",
            message: /^the license keys have to be an array/,
        });
    }
});

test("half a surrogate pair is a character that no key has", () => {
    const damaged = (character) => verifier.verify(KEY.replace("60GSJ", `60${character}SJ`), NOW);
    assert.deepEqual(damaged(HALF_A_PAIR), damaged("\ufffd"));
    assert.deepEqual(damaged(HALF_A_PAIR).license.repairs, [{ group: 5, typed: "60?SJ", is: "60GSJ" }]);
    assert.equal(verifier.verify(HALF_A_PAIR, NOW).outcome, "malformed");
});

test("a text of any length is refused for it, and takes no memory", () => {
    for (const length of [4097, 65_536, 2 ** 26]) {
        const { outcome, message } = verifier.verify("K".repeat(length), NOW);
        assert.equal(outcome, "malformed");
        assert.match(message, new RegExp(`it has ${Math.min(length, 65_536)} bytes`));
    }
    assert.equal(verifier.verify("", NOW).outcome, "malformed");
    assert.equal(verifier.verify("\0".repeat(1000), NOW).usable, false);
});

test("a time has to be a Date that is one", () => {
    for (const now of [undefined, null, 0, 0n, "2026-11-22", {}, { getTime: () => 0 }, Object.create(Date.prototype)]) {
        assert.throws(() => verifier.verify(KEY, now), {
            name: "TypeError",
            message: /^now has to be a Date, and is /,
        });
    }
    assert.throws(() => verifier.verify(KEY, new Date(Number.NaN)), {
        name: "TypeError",
        message: "now is an invalid Date",
    });
    for (const farthest of [8.64e15, -8.64e15]) {
        assert.throws(() => verifier.verify(KEY, new Date(farthest)), {
            name: "RangeError",
            message: /^now is a Date beyond the year/,
        });
    }
    assert.equal(verifier.verify(KEY, new Date(Date.UTC(262_142, 11, 31))).outcome, "expired");
    assert.equal(verifier.verify(KEY, new Date(Date.UTC(-262_142, 0, 1))).outcome, "not-yet-valid");
});

test("a Date is what it is, whatever was done to it", () => {
    const changed = new Date(NOW);
    changed.getTime = changed.valueOf = () => Date.UTC(2020, 0, 1);
    assert.equal(verifier.verify(KEY, changed).outcome, "active");
    assert.equal(verifier.verify(KEY, vm.runInNewContext(`new Date(${NOW.getTime()})`)).outcome, "active");
});

test("settings are named as they are, and of their types", () => {
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

test("a key that is none is named by its place, and never shown", () => {
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

test("what is far too long to be a key is not looked at", () => {
    for (const key of ["x".repeat(65_537), "x".repeat(2 ** 28), new Uint8Array(2 ** 20)]) {
        assert.throws(() => new Verifier({ trusted: [key], product: 3 }), {
            name: "RangeError",
            message: /^trusted\[0\] has to have at most/,
        });
    }
});

test("bytes that were given away are no key", () => {
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

test("what is put into Object.prototype sets up no verifier, and changes no result", () => {
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

test("a setting that is inherited is seen, and leaves out no check", () => {
    const defaults = { released: "2020-01-01", trusted: [VENDOR] };
    assert.throws(() => new Verifier(Object.assign(Object.create(defaults), { product: 3 })), {
        name: "TypeError",
        message: "the settings inherit trusted: it has to be the object's own",
    });
    const evidence = Object.assign(Object.create({ issued: NOW }), { clock: NOW });
    assert.throws(() => verifier.readClock(evidence, newMark(), [KEY]), /^TypeError: the evidence inherit issued/);
});

test("__proto__ is no setting", () => {
    assert.throws(
        () => new Verifier(JSON.parse('{"__proto__": {"product": 3}}')),
        /^TypeError: the settings have no __proto__/,
    );
});

test("each setting is read once, and what a getter throws is the program's", () => {
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
        () => verifier.held(texts, NOW),
        (error) => error === mistake,
    );
});

test("a verifier that is freed meanwhile, or twice, is freed", () => {
    const one = new Verifier({ trusted: [VENDOR], product: 3 });
    const texts = Object.defineProperty([KEY], 0, {
        get() {
            one.free();
            return KEY;
        },
    });
    assert.throws(() => one.held(texts, NOW), { name: "KeywardError", code: "freed" });
    one.free();
    assert.throws(() => one.verify(KEY, NOW), { code: "freed" });
    assert.throws(() => Verifier.prototype.verify.call({}, KEY, NOW), TypeError);
});

test("a verifier is disposed of where there is such a thing", { skip: !Symbol.dispose }, () => {
    const one = new Verifier({ trusted: [VENDOR], product: 3 });
    one[Symbol.dispose]();
    assert.throws(() => one.verify(KEY, NOW), { code: "freed" });
});

test("nobody changes a result", () => {
    const frozen = (value, path) => {
        if (typeof value === "object" && value !== null && !(value instanceof Date)) {
            assert.ok(Object.isFrozen(value), path);
            Object.entries(value).forEach(([name, each]) => frozen(each, `${path}.${name}`));
        }
    };
    frozen(verifier.verify(KEY.replace("60GSJ", "606SJ"), NOW), "accepted");
    frozen(verifier.verify(KEY.replaceAll("G", "#"), NOW), "refused");
    frozen(verifier.held([KEY], NOW), "held");
    frozen(seatStanding({ seats: 3 }, 2), "seats");
    // The dates are new each time: who changes one changes nobody's.
    verifier.verify(KEY, NOW).standing.closesAt.setTime(0);
    assert.equal(verifier.verify(KEY, NOW).standing.closesAt.toISOString(), "2027-01-01T12:00:00.000Z");
});

test("a key that can't be repaired says which groups can't be read", () => {
    const groups = KEY.split("-").map((group, index) => (index % 4 === 0 ? "?????" : group));
    const { outcome, evidence, message } = verifier.verify(groups.join("-"), NOW);
    assert.equal(outcome, "damaged");
    assert.deepEqual({ ...evidence }, { ...NO_EVIDENCE, groups: 30, unreadableGroups: [1, 5, 9, 13, 17, 21, 25, 29] });
    assert.match(message, /groups 1, 5, 9, 13, 17, 21, 25, 29 of 30 can't be read/);
});

test("each refusal has the evidence of its cause, and of no other", () => {
    const SERIAL = "0102030405060708";
    const good = { trusted: [VENDOR], product: 3 };
    const locked = cases.find(({ name }) => name === "locked to a machine");
    const staging = cases.find(({ claims }) => claims.environment === "staging");
    const covered = cases.find(({ claims }) => claims.updates_through && claims.environment === "production");
    const serialOf = ({ claims }) => claims.serial;
    const elsewhere = fingerprint(3, { machineId: "elsewhere" });
    for (const [settings, text, outcome, evidence] of [
        [good, "nothing", "malformed", {}],
        [{ ...good, trusted: [] }, KEY, "unknown-key", { hint: keyId.slice(0, 4) }],
        [
            { ...good, product: 4 },
            KEY,
            "wrong-product",
            { serial: SERIAL, expectedProduct: 4, foundProduct: 3 },
        ],
        [
            good,
            staging.text,
            "wrong-environment",
            { serial: serialOf(staging), expectedEnvironment: "production", foundEnvironment: "staging" },
        ],
        [good, locked.text, "wrong-machine", { serial: serialOf(locked) }],
        [
            { ...good, machine: elsewhere },
            locked.text,
            "wrong-machine",
            { serial: serialOf(locked), matchingComponents: 0, presentComponents: 4 },
        ],
        [
            { ...good, released: "2027-07-01" },
            covered.text,
            "version-not-covered",
            { serial: serialOf(covered), updatesThrough: "2027-06-30", released: "2027-07-01" },
        ],
    ]) {
        const result = new Verifier(settings).verify(text, NOW);
        assert.equal(result.outcome, outcome);
        assert.deepEqual({ ...result.evidence }, { ...NO_EVIDENCE, ...evidence }, outcome);
    }
    assert.equal(verifier.verify(KEY, NOW).evidence, null);
});

test("a mark is 37 bytes that make sense, and evidence is Dates and milliseconds", () => {
    for (const mark of [new Uint8Array(36), new Uint8Array(38), new Uint8Array(37).fill(9)]) {
        assert.throws(() => recoverMark(mark, NOW), { name: "KeywardError", code: "bad-mark" });
        assert.throws(() => verifier.readClock({ clock: NOW }, mark, [KEY]), {
            name: "KeywardError",
            code: "bad-mark",
        });
    }
    const read = (evidence, mark = newMark()) => verifier.readClock(evidence, mark, [KEY]);
    assert.throws(() => read({ clock: NOW }, "00".repeat(37)), {
        name: "TypeError",
        message: /^the mark has to be a Uint8Array/,
    });
    assert.throws(() => read({}), { name: "TypeError", message: /^clock has to be a Date/ });
    assert.throws(() => read({ clock: NOW, now: NOW }), { name: "TypeError", message: /^the evidence have no now/ });
    for (const running of [Number.NaN, "1", 1n, null]) {
        assert.throws(() => read({ clock: NOW, running }), {
            name: "TypeError",
            message: /^running has to be a number/,
        });
    }
    for (const tolerance of [-1, Infinity, 1e300]) {
        assert.throws(() => read({ clock: NOW, tolerance }), {
            name: "RangeError",
            message: /^tolerance has to be 0 milliseconds or more/,
        });
    }
    const before = newMark();
    const kept = Uint8Array.from(before);
    assert.notDeepEqual(read({ clock: NOW, running: 0.5 }, before).mark, before);
    assert.deepEqual(before, kept, "the mark that was given is not written to");
    const recovered = recoverMark(before, NOW);
    assert.throws(() => recoverMark(recovered, NOW), { name: "KeywardError", code: "not-newer" });
});

test("a fingerprint is of named parts, as bytes or text", () => {
    assert.equal(fingerprint(3, { machineId: "a" }), fingerprint(3, { machineId: Uint8Array.of(0x61), boardId: "" }));
    assert.notEqual(fingerprint(3, { machineId: "a" }), fingerprint(4, { machineId: "a" }));
    assert.throws(() => fingerprint(3, { machine_id: "a" }), {
        name: "TypeError",
        message: /^the components have no machine_id/,
    });
    assert.throws(() => fingerprint(3, { machineId: 1 }), { name: "TypeError", message: /^machineId has to be/ });
    assert.throws(() => fingerprint(3), TypeError);
});

test("seats are whole numbers", () => {
    for (const [granted, used] of [
        [-1, 1],
        [1, 0.5],
        [2 ** 32, 1],
        [1, Number.NaN],
    ]) {
        assert.throws(() => seatStanding({ seats: granted }, used), RangeError);
    }
});

test("nothing is not unlimited: seats are granted by a license, or by a grant", () => {
    const { license } = verifier.verify(KEY, NOW);
    const { grant } = verifier.held([KEY], NOW);
    for (const granted of [license, grant, { seats: 25 }]) {
        assert.deepEqual({ ...seatStanding(granted, 24) }, { code: "within-seats", left: 1, by: null });
    }
    assert.deepEqual({ ...seatStanding({ seats: 0 }, 1) }, { code: "over-seats", left: null, by: 1 });
    assert.equal(seatStanding({ seats: null }, 24).code, "unlimited-seats");
    const refused = verifier.verify("nothing", NOW);
    const nothing = [undefined, null, 25, "25", {}, [], Object.create({ seats: null }), refused.license, refused];
    for (const granted of [...nothing, verifier.held(["nothing"], NOW), { seats: undefined }, { seats: "25" }]) {
        assert.throws(() => seatStanding(granted, 1), TypeError);
    }
});

/** A package over instances whose functions can be watched. */
async function watched(around) {
    const Instance = WebAssembly.Instance;
    const instances = [];
    WebAssembly.Instance = function watchedInstance(...given) {
        const { exports } = new Instance(...given);
        instances.push(exports);
        return { exports: { ...exports, ...around(exports, instances.length) } };
    };
    return {
        instances,
        restore: () => {
            WebAssembly.Instance = Instance;
        },
        ...(await load(module)),
    };
}

test("after a trap there is a new instance, which the old verifiers go on in", async () => {
    const trap = () => {
        throw new WebAssembly.RuntimeError("unreachable");
    };
    let traps = 0;
    const {
        Verifier: Watched,
        instances,
        restore,
    } = await watched((exports, number) => ({
        kw_verify: (...given) => (number === 1 && traps++ === 0 ? trap() : exports.kw_verify(...given)),
    }));
    try {
        const [one, other] = [3, 4].map((product) => new Watched({ trusted: [VENDOR], product }));
        assert.throws(
            () => one.verify(KEY, NOW),
            (error) => error.code === "stopped" && error.cause instanceof WebAssembly.RuntimeError,
        );
        assert.equal(other.verify(KEY, NOW).outcome, "wrong-product");
        assert.equal(one.verify(KEY, NOW).outcome, "active");
        one.free();
        other.free();
        assert.deepEqual([instances.length, traps], [2, 1]);
    } finally {
        restore();
    }
});

test("memory that grows is seen, and memory that is given back is used again", async () => {
    const { Verifier: Watched, instances, restore } = await watched(() => ({}));
    try {
        const many = Array.from({ length: 500 }, (_, index) => (index === 321 ? KEY : "K".repeat(4000)));
        const one = new Watched({ trusted: [VENDOR], product: 3 });
        const [{ memory }] = instances;
        const before = memory.buffer.byteLength;
        assert.equal(one.held(many, NOW).index, 321);
        const grown = memory.buffer.byteLength;
        assert.ok(grown > before + 1_500_000);
        for (let turn = 0; turn < 20_000; turn += 1) {
            const made = new Watched({ trusted: [], product: 3 });
            assert.throws(() => new Watched({ trusted: [""], product: 3 }));
            made.verify("K".repeat(4000), NOW);
            made.free();
        }
        assert.equal(memory.buffer.byteLength, grown);
    } finally {
        restore();
    }
});

test("a verifier that is forgotten gives its memory back", async () => {
    v8.setFlagsFromString("--expose-gc");
    const collect = vm.runInNewContext("gc");
    let free = 0;
    const { Verifier: Watched, restore } = await watched((exports) => ({
        kw_verifier_free: (pointer) => {
            free += 1;
            exports.kw_verifier_free(pointer);
        },
    }));
    try {
        for (let turn = 0; turn < 100; turn += 1) {
            new Watched({ trusted: [], product: 3 });
        }
        for (let turn = 0; turn < 20 && free < 90; turn += 1) {
            collect();
            await new Promise(setImmediate);
        }
        assert.ok(free >= 90, `${free} of 100`);
    } finally {
        restore();
    }
});
