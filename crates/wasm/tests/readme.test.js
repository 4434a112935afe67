// Runs the samples of the package's README.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import test from "node:test";
import { promisify } from "node:util";

const readme = await readFile(
    createRequire(import.meta.url)
        .resolve("keyward/package.json")
        .replace("package.json", "README.md"),
    "utf8",
);
const block = (language, containing) => {
    const blocks = [...readme.matchAll(/```(\w+)\n([\s\S]*?)```/g)].filter(([, of]) => of === language);
    return blocks.map(([, , contents]) => contents).find((contents) => contents.includes(containing));
};
const KEY = /node enter\.mjs (\S+)/.exec(block("sh", "node enter.mjs"))[1];

test("enter.mjs repairs the key, and prints what it allows", async () => {
    const folder = await mkdtemp(join(import.meta.dirname ?? ".", "readme-"));
    try {
        const script = join(folder, "enter.mjs");
        await writeFile(script, block("js", "process.argv"));
        const { stdout } = await promisify(execFile)("node", [script, KEY]);
        assert.equal(stdout, block("text", "active"));
        const refused = await promisify(execFile)("node", [script, "hello"]);
        assert.match(refused.stdout, /^malformed: this is not a license key: /);
    } finally {
        await rm(folder, { recursive: true });
    }
});

test("the sizes in the README are right", async () => {
    const { gzipSync } = await import("node:zlib");
    const module = await readFile(createRequire(import.meta.url).resolve("keyward/keyward.wasm"));
    const [, said] = /(\d+) KB compressed/.exec(readme);
    assert.equal(Math.round(gzipSync(module, { level: 9 }).length / 1000), Number(said));
});
