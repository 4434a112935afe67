// The page splits a text into groups by the rules of the format, while it is typed.

import assert from "node:assert/strict";
import test from "node:test";

import { firstGroups, groupsOf } from "./reading.js";
import { vectors } from "./vectors.js";

const { reading, "license-keys": keys } = await vectors();
const character = (point) => String.fromCodePoint(Number.parseInt(point.slice(2), 16));
const shown = (text) => groupsOf(text).groups.map(({ symbols, isWhole }) => [symbols, isWhole]);

test("every separator separates groups", () => {
    for (const separator of reading.separators) {
        const groups = [
            ["AAAAA", true],
            ["BBBBB", true],
        ];
        assert.deepEqual(shown(`AAAAA${character(separator)}BBBBB`), groups, separator);
    }
});

test("every symbol is shown in the form in which it is read", () => {
    for (const { character: symbol, characters } of reading.symbols) {
        for (const typed of characters) {
            assert.deepEqual(shown(typed.repeat(5)), [[symbol.repeat(5), true]], typed);
        }
    }
});

test("every other character is in no key", () => {
    for (const point of reading.unreadable) {
        const { groups } = groupsOf(`AAAA${character(point)}`);
        assert.deepEqual(
            [groups.length, groups[0].isWhole, groups[0].unreadable],
            [1, false, [character(point)]],
            point,
        );
    }
});

test("a run of five characters is a whole group, and any other run is not", () => {
    assert.deepEqual(shown("AAAAABBBBB-CCCCCC-DDDD-EEEEE"), [
        ["AAAAA", true],
        ["BBBBB", true],
        ["CCCCCC", false],
        ["DDDD", false],
        ["EEEEE", true],
    ]);
    assert.deepEqual(shown(" - \n"), []);
});

test("every license has the beginning of its signing key's licenses", () => {
    const keyId = Uint8Array.from(Buffer.from(keys.key_id, "hex"));
    for (const { text } of keys.cases) {
        assert.ok(firstGroups(keyId).includes(text.slice(0, 5)), text.slice(0, 5));
    }
    assert.deepEqual(firstGroups(keyId), ["K7PM4", "K7PM5"]);
});
