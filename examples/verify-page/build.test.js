// The builder: settings that make a page, and messages about the others.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { access, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after, before } from "node:test";
import { fileURLToPath } from "node:url";

const BUILDER = fileURLToPath(new URL("build.mjs", import.meta.url));
const PACKAGE = fileURLToPath(new URL("node_modules/keyward", import.meta.url));
const SETTINGS = JSON.parse(await readFile(new URL("vendor.json", import.meta.url), "utf8"));

let folder;
before(async () => {
    folder = await mkdtemp(join(tmpdir(), "keyward-build-"));
});
after(() => rm(folder, { recursive: true }));

/** Runs the builder with this text as vendor.json. Returns its exit code, its errors, and whether it wrote a page. */
async function build(text) {
    const [vendor, page] = ["vendor.json", "page.html"].map((name) => join(folder, name));
    await writeFile(vendor, text);
    await rm(page, { force: true });
    const { code, errors } = await run(PACKAGE, page, vendor);
    return { code, errors: errors.replaceAll(vendor, "vendor.json"), isMade: await exists(page) };
}

function run(...words) {
    return new Promise((resolve) => {
        execFile(process.execPath, [BUILDER, ...words], (error, _, errors) => resolve({ code: error?.code ?? 0, errors }));
    });
}

function exists(path) {
    return access(path).then(
        () => true,
        () => false,
    );
}

test("the settings of the example make a page", async () => {
    assert.deepEqual(await build(JSON.stringify(SETTINGS)), { code: 0, errors: "", isMade: true });
});

const { trusted: _, ...UNTRUSTING } = SETTINGS;
for (const [name, settings, expected] of [
    ["an unknown setting", { ...SETTINGS, colour: "red" }, "colour: there is no such setting; there are vendor, "],
    ["a missing setting", UNTRUSTING, "trusted: the setting is missing"],
    ["no object", [SETTINGS], "the settings have to be an object"],
    ["an empty name", { ...SETTINGS, vendor: " " }, "vendor: has to be a text that is not empty"],
    ["a number as an address", { ...SETTINGS, support: 5 }, "support: has to be a text that is not empty"],
    ["a product in a text", { ...SETTINGS, product: "3" }, "product: has to be a whole number from 0 to 4294967295"],
    ["half a product", { ...SETTINGS, product: 2.5 }, "product: has to be a whole number from 0 to 4294967295"],
    ["a product beyond all numbers", { ...SETTINGS, product: 2 ** 32 }, "product: has to be a whole number from 0 to "],
    ["one key without an array", { ...SETTINGS, trusted: SETTINGS.trusted[0] }, "trusted: has to be an array of one "],
    ["no key", { ...SETTINGS, trusted: [] }, "trusted: has to be an array of one public key or more"],
    ["a number as a key", { ...SETTINGS, trusted: [3] }, "trusted[0]: has to be a text"],
    ["a key that is none", { ...SETTINGS, trusted: ["00".repeat(32)] }, "trusted[0]: this is not an Ed25519 public key"],
    ["editions in an array", { ...SETTINGS, editions: ["Home"] }, "editions: has to be an object from numbers to names"],
    ["a name for a number", { ...SETTINGS, editions: { home: "1" } }, 'editions["home"]: has to be a whole number from 0 to 65535'],
    ["a feature that no key has", { ...SETTINGS, features: { 64: "More" } }, 'features["64"]: has to be a whole number from 0 to 63'],
    ["a number with a zero before it", { ...SETTINGS, limits: { "01": "More" } }, 'limits["01"]: has to be a whole number'],
    ["a limit without a name", { ...SETTINGS, limits: { 1: null } }, 'limits["1"]: has to be a text that is not empty'],
]) {
    test(`${name} makes no page`, async () => {
        const { code, errors, isMade } = await build(JSON.stringify(settings));
        assert.ok(errors.startsWith(`error: vendor.json: ${expected}`), errors);
        assert.deepEqual([code, isMade], [1, false]);
    });
}

test("every mistake is named", async () => {
    const { errors } = await build(JSON.stringify({ ...SETTINGS, name: "", product: -1 }));
    assert.deepEqual(errors.split("\n"), [
        "error: vendor.json: product: has to be a whole number from 0 to 4294967295",
        "error: vendor.json: name: has to be a text that is not empty",
        "",
    ]);
});

test("a file that is not JSON makes no page", async () => {
    const { code, errors, isMade } = await build("{");
    assert.match(errors, /^error: vendor\.json: .*JSON/);
    assert.deepEqual([code, isMade], [1, false]);
});

test("too few paths and too many are refused", async () => {
    for (const words of [[], [PACKAGE], [PACKAGE, "page.html", "vendor.json", "more"]]) {
        const { code, errors } = await run(...words);
        assert.equal(code, 1);
        assert.match(errors, /^error: give two paths or three/);
    }
});
