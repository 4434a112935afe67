// Makes the page, one file that needs no other:
//
//     node examples/verify-page/build.mjs PACKAGE verify.html [vendor.json]
//
// PACKAGE is the folder of the npm package, such as node_modules/keyward. vendor.json has your settings; by default, it is
// the one in this folder. Settings that are unknown, missing or malformed are refused, and no page is written. The
// settings can be edited afterwards: they stand at the top of the page.

import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

import { mistakes } from "./vendor-settings.js";

const read = (path) => readFile(path, "utf8");

/** The package in CommonJS, each file a function, and the page's own files after it. */
const FILES = ["layout", "machine", "given", "answers", "keyward", "module", "inline"];
const OWN = ["vendor-settings.js", "reading.js", "page.js"];

try {
    await build(process.argv.slice(2));
} catch (error) {
    console.error(`error: ${error.message}`);
    process.exitCode = 1;
}

async function build([packaged, page, vendor = beside("vendor.json"), ...more]) {
    if (page === undefined || more.length > 0) {
        throw new Error("give two paths or three: build.mjs PACKAGE verify.html [vendor.json]");
    }
    const settings = await vendorSettings(vendor, packaged);
    const script = await scriptOf(packaged);
    const style = await read(beside("style.css"));
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
        vendor: JSON.stringify(settings, null, 2).replaceAll("<", "\\u003c"),
        style,
        script,
    };
    const template = await read(beside("template.html"));
    await writeFile(
        page,
        template.replace(/\{\{(\w+)\}\}/g, (_, part) => parts[part]),
    );
}

async function vendorSettings(file, packaged) {
    let settings;
    try {
        settings = JSON.parse(await read(file));
    } catch (error) {
        throw new Error(`${file}: ${error.message}`);
    }
    const found = mistakes(settings);
    if (found.length === 0) {
        const { load } = await import(pathToFileURL(resolve(packaged, "node.js")));
        const { Verifier } = await load();
        try {
            new Verifier({ trusted: settings.trusted, product: settings.product });
        } catch (error) {
            found.push(error.message);
        }
    }
    if (found.length > 0) {
        throw new Error(found.map((mistake) => `${file}: ${mistake}`).join("\nerror: "));
    }
    return settings;
}

async function scriptOf(packaged) {
    const files = await Promise.all(
        FILES.map(async (name) => {
            const source = await read(join(packaged, `${name}.cjs`));
            return `"./${name}.cjs": (module, require) => {\n${source}},\n`;
        }),
    );
    const own = await Promise.all(OWN.map((name) => read(beside(name))));
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
${own.map(withoutModules).join("\n")}`;
    if (/<\/script|<!--/i.test(script)) {
        throw new Error("a script in a page must not contain what ends it");
    }
    return script;
}

/** A module's source without its imports and the word `export`: all of them share one script. */
function withoutModules(source) {
    return source.replace(/^import .*;$/gm, "").replace(/^export /gm, "");
}

function beside(name) {
    return fileURLToPath(new URL(name, import.meta.url));
}
