// Makes the npm package in a folder, of npm/ and of a module:
//
//     node crates/wasm/package.mjs keyward.wasm FOLDER
//
// The CommonJS is the same source with other words for import and export, and the module is there twice, for
// `keyward/inline` as base64.

import { cp, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

const [, , module, folder] = process.argv;
const source = fileURLToPath(new URL("npm/", import.meta.url));
const project = fileURLToPath(new URL("../../", import.meta.url));

await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });
await cp(source, folder, { recursive: true });
await cp(module, join(folder, "keyward.wasm"));
for (const license of ["LICENSE-APACHE", "LICENSE-MIT"]) {
    await cp(join(project, license), join(folder, license));
}
await cp(join(folder, "index.d.ts"), join(folder, "index.d.cts"));

const base64 = (await readFile(module)).toString("base64");
await writeFile(join(folder, "module.js"), `// keyward.wasm, in base64.\n\nexport const MODULE =\n  "${base64}";\n`);

for (const name of await readdir(folder)) {
    // A script that fetches has no CommonJS: there, `require` gets the module inside.
    if (name.endsWith(".js") && name !== "browser.js") {
        const script = await readFile(join(folder, name), "utf8");
        await writeFile(join(folder, name.replace(/\.js$/, ".cjs")), commonJs(script, name));
    }
}

/** Knows the few forms of import and export that the sources have. Others are an error. */
function commonJs(script, name) {
    const names = [];
    const converted = script
        .replace(/^import \* as (\w+) from "(.*)";$/gm, (_, whole, from) => `const ${whole} = require("${cjs(from)}");`)
        .replace(/^import (\{[^}]*\}) from "(.*)";$/gm, (_, some, from) => `const ${some} = require("${cjs(from)}");`)
        .replace(/^export (\{[^}]*\}) from "(.*)";$/gm, (_, some, from) => {
            names.push(...listed(some));
            return `const ${some} = require("${cjs(from)}");`;
        })
        .replace(/^export (\{[^}]*\});$/gm, (_, some) => {
            names.push(...listed(some));
            return "";
        })
        .replace(/^export ((?:async )?(?:const|function|class) (\w+))/gm, (_, declared, called) => {
            names.push(called);
            return declared;
        })
        .replaceAll("import.meta.url", 'require("node:url").pathToFileURL(__filename)');
    if (/^(?:import|export)\b|import\.meta/m.test(converted)) {
        throw new Error(`${basename(name)} has an import or an export of a form that package.mjs does not know`);
    }
    return `"use strict";\n\n${converted}\nmodule.exports = { ${names.join(", ")} };\n`;
}

function cjs(from) {
    return from.replace(/\.js$/, ".cjs");
}

function listed(some) {
    return some
        .slice(1, -1)
        .split(",")
        .map((each) => each.trim())
        .filter(Boolean);
}
