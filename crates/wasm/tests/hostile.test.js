// Mistakes of a program: each has an error that names it, or a defined result.

import assert from "node:assert/strict";
import test from "node:test";
import vm from "node:vm";

import { aGoodKeyVerifies, HALF_A_PAIR, KEY, keyward, NOW, VENDOR, verifier } from "./shared.js";
import { vectors } from "./vectors.js";

const { Verifier, fingerprint, newMark, recoverMark, seatStanding } = keyward;

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

test.afterEach(aGoodKeyVerifies);

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
        assert.throws(() => verifier.combine([KEY, text], NOW), {
            name: "TypeError",
            message: /license key 1, counted from 0/,
        });
    }
    for (const texts of [undefined, KEY, new Set([KEY]), { 0: KEY, length: 1 }]) {
        assert.throws(() => verifier.combine(texts, NOW), {
            name: "TypeError",
            message: /^the license keys have to be an array/,
        });
    }
});

test("half of a surrogate pair is a character that no key has", () => {
    const damaged = (character) => verifier.verify(KEY.replace("60GSJ", `60${character}SJ`), NOW);
    assert.deepEqual(damaged(HALF_A_PAIR), damaged("\ufffd"));
    assert.deepEqual(damaged(HALF_A_PAIR).license.repairs, [{ group: 5, typed: "60?SJ", expected: "60GSJ" }]);
    assert.equal(verifier.verify(HALF_A_PAIR, NOW).outcome, "malformed");
});

test("a text that is too long is refused without taking memory", () => {
    for (const length of [4097, 65_537, 2 ** 26]) {
        const { outcome, message } = verifier.verify("K".repeat(length), NOW);
        assert.equal(outcome, "malformed");
        assert.match(message, new RegExp(`it has ${Math.min(length, 65_537)} bytes`));
    }
    assert.equal(verifier.verify("", NOW).outcome, "malformed");
    assert.equal(verifier.verify("\0".repeat(1000), NOW).usable, false);
});

test("a time has to be a valid Date", () => {
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

test("a Date with changed methods keeps its time", () => {
    const changed = new Date(NOW);
    changed.getTime = changed.valueOf = () => Date.UTC(2020, 0, 1);
    assert.equal(verifier.verify(KEY, changed).outcome, "active");
    assert.equal(verifier.verify(KEY, vm.runInNewContext(`new Date(${NOW.getTime()})`)).outcome, "active");
});

test("no result can be changed", () => {
    const frozen = (value, path) => {
        if (typeof value === "object" && value !== null && !(value instanceof Date)) {
            assert.ok(Object.isFrozen(value), path);
            Object.entries(value).forEach(([name, each]) => frozen(each, `${path}.${name}`));
        }
    };
    frozen(verifier.verify(KEY.replace("60GSJ", "606SJ"), NOW), "accepted");
    frozen(verifier.verify(KEY.replaceAll("G", "#"), NOW), "refused");
    frozen(verifier.combine([KEY], NOW), "combined");
    frozen(seatStanding({ seats: 3 }, 2), "seats");
    // The dates are new each time: a changed one changes no other.
    verifier.verify(KEY, NOW).standing.closesAt.setTime(0);
    assert.equal(verifier.verify(KEY, NOW).standing.closesAt.toISOString(), "2027-01-01T12:00:00.000Z");
});

test("the refusal of a damaged key names the groups that can't be read", () => {
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

test("a mark is 37 valid bytes, and evidence is Dates and milliseconds", () => {
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

test("null is not unlimited: only a license or a grant grants seats", () => {
    const { license } = verifier.verify(KEY, NOW);
    const { grant } = verifier.combine([KEY], NOW);
    for (const granted of [license, grant, { seats: 25 }]) {
        assert.deepEqual({ ...seatStanding(granted, 24) }, { code: "within-seats", left: 1, by: null });
    }
    assert.deepEqual({ ...seatStanding({ seats: 0 }, 1) }, { code: "over-seats", left: null, by: 1 });
    assert.equal(seatStanding({ seats: null }, 24).code, "unlimited-seats");
    const refused = verifier.verify("nothing", NOW);
    const nothing = [undefined, null, 25, "25", {}, [], Object.create({ seats: null }), refused.license, refused];
    for (const granted of [...nothing, verifier.combine(["nothing"], NOW), { seats: undefined }, { seats: "25" }]) {
        assert.throws(() => seatStanding(granted, 1), TypeError);
    }
});
