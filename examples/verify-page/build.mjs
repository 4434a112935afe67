// Makes the page, one file that needs no other:
//
//     node examples/verify-page/build.mjs PACKAGE verify.html [vendor.json]
//
// PACKAGE is the npm package's folder, such as node_modules/keyward; vendor.json is yours, and this folder's where none
// is said. The page may also be given other names afterwards: they stand at its top.

import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const [, , packaged, page, vendor = beside("vendor.json")] = process.argv;
const read = (path) => readFile(path, "utf8");

/** The package in CommonJS, each file a function, and the page's own files after it. */
const FILES = ["layout", "machine", "given", "answers", "keyward", "module", "inline"];
const files = await Promise.all(
    FILES.map(async (name) => {
        const source = await read(join(packaged, `${name}.cjs`));
        return `"./${name}.cjs": (module, require) => {\n${source}},\n`;
    }),
);
const own = await Promise.all(["reading.js", "page.js"].map((name) => read(beside(name))));
const script = `
const files = {
${files.join("")}};
const loaded = {};
function require(name) {
  if (!loaded[name]) {
    loaded[name] = { exports: {} };
    files[name](loaded[name], require);
  }
  return loaded[name].exports;
}
const { load } = require("./inline.cjs");
${own
    .join("\n")
    .replace(/^import .*;$/gm, "")
    .replace(/^export /gm, "")}`;
if (/<\/script|<!--/i.test(script)) {
    throw new Error("a script in a page must not contain what ends it");
}

const style = await read(beside("style.css"));
const names = JSON.parse(await read(vendor));
const hash = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
const parts = {
    // The scripts and the style that are built in, and nothing else: no requests, no forms, no frames.
    policy: [
        "default-src 'none'",
        `script-src ${hash(script)} 'wasm-unsafe-eval'`,
        `style-src ${hash(style)}`,
        "base-uri 'none'",
        "form-action 'none'",
    ].join("; "),
    // Nothing that a name says ends the block.
    vendor: JSON.stringify(names, null, 2).replaceAll("<", "\\u003c"),
    style,
    script,
};
const template = await read(beside("template.html"));
await writeFile(
    page,
    template.replace(/\{\{(\w+)\}\}/g, (_, part) => parts[part]),
);

function beside(name) {
    return fileURLToPath(new URL(name, import.meta.url));
}
