// Every entry point of the package agrees with the vectors.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import test from "node:test";

import { load as imported } from "keyward";
import { load as importedInline } from "keyward/inline";

import { agreement } from "./agreement.js";
import { vectors } from "./vectors.js";

const require = createRequire(import.meta.url);
const all = await vectors();

const entries = {
    imported: imported,
    required: require("keyward").load,
    "imported, the module inside": importedInline,
    "required, the module inside": require("keyward/inline").load,
};

for (const [name, load] of Object.entries(entries)) {
    test(name, async () => {
        const { compared, failures } = agreement(await load(), all);
        assert.deepEqual(failures, []);
        assert.ok(compared > 1190, `only ${compared} answers were compared`);
    });
}

test("the module may come from anywhere", async () => {
    const bytes = await readFile(require.resolve("keyward/keyward.wasm"));
    const sources = [bytes, Promise.resolve(bytes), await WebAssembly.compile(bytes), new Response(bytes)];
    for (const source of sources) {
        const { seatStanding } = await imported(source);
        assert.equal(seatStanding({ seats: 1 }, 2).code, "over-seats");
    }
    await assert.rejects(imported(new Response("", { status: 404 })), /could not be fetched.* 404/);
    await assert.rejects(imported(new Uint8Array(8)), WebAssembly.CompileError);
    const empty = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
    await assert.rejects(imported(empty), { name: "KeywardError", code: "wrong-module" });
});

test("the module is loaded once", async () => {
    assert.equal(await imported(), await imported());
});
