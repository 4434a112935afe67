// The codes in the package's types are those of the module, and so of the verifier.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import test from "node:test";
import { pathToFileURL } from "node:url";

import { module } from "./shared.js";
import { vectors } from "./vectors.js";

const OF_CLOCKS_AND_FILES = [
    "clock-suspect",
    "revoked",
    "on-hold",
    "stale-file",
    "stale-list",
    "rollback",
    "not-permitted",
    "untrusted-bundle",
    "not-activated",
];

function codesOfTheModule() {
    const { kw_code: code, memory } = new WebAssembly.Instance(module).exports;
    const text = (start) => {
        const bytes = new Uint8Array(memory.buffer);
        return new TextDecoder().decode(bytes.subarray(start, bytes.indexOf(0, start)));
    };
    const numbers = Array.from({ length: 256 }, (_, number) => number);
    return new Map(numbers.map((number) => [number, text(code(number))]).filter(([, code]) => code !== "none"));
}

test("the codes and numbers are those of the table of decisions", async () => {
    const { outcomes } = (await vectors()).decisions;
    assert.deepEqual(codesOfTheModule(), new Map(outcomes.map(({ number, code }) => [number, code])));
});

test("the types have every outcome of a license key, and no other", async () => {
    const manifest = createRequire(import.meta.url).resolve("keyward/package.json");
    const declared = await readFile(new URL("index.d.ts", pathToFileURL(manifest)), "utf8");
    const union = (name) => {
        const [, members] = new RegExp(`^export type ${name} =([^;]*);`, "m").exec(declared);
        return members.match(/"[^"]+"/g).map((member) => member.slice(1, -1));
    };
    const codes = [...union("State"), ...union("Refusal"), ...OF_CLOCKS_AND_FILES];
    assert.deepEqual(codes.sort(), [...codesOfTheModule().values()].sort());
});
