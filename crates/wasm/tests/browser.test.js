// The package in Chromium, under a content security policy that allows a page nothing but its own scripts.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { basename, dirname, extname, join } from "node:path";
import test, { after, before } from "node:test";

import { Chromium } from "./chromium.js";
import { vectors } from "./vectors.js";

const packaged = dirname(createRequire(import.meta.url).resolve("keyward/package.json"));
const TYPES = { ".js": "text/javascript", ".html": "text/html; charset=utf-8", ".wasm": "application/octet-stream" };

/** The import of each page, and its content security policy. */
const PAGES = {
    "inline.html": ["inline.js", "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'"],
    "fetched.html": ["browser.js", "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"],
    "forbidden.html": ["inline.js", "default-src 'none'; script-src 'self'"],
};

const scripts = Object.entries(PAGES).map(([page, [entry]]) => [
    page.replace(".html", ".main.js"),
    `import { load } from "./keyward/${entry}";
   import { agreement } from "./agreement.js";
   import { all } from "./all.js";
   load().then((keyward) => agreement(keyward, all), (error) => ({ error: String(error) })).then(
     (found) => { document.body.textContent = JSON.stringify(found); document.title = "done"; },
   );`,
]);
const made = new Map([...scripts, ["all.js", `export const all = ${JSON.stringify(await vectors())};`]]);

const server = createServer(async (request, response) => {
    const name = basename(request.url);
    if (name === "readme.html") {
        response.writeHead(200, { "Content-Type": TYPES[".html"] }).end(answered);
        return;
    }
    const page = PAGES[name];
    if (page) {
        response.writeHead(200, { "Content-Type": TYPES[".html"], "Content-Security-Policy": page[1] });
        response.end(
            `<!doctype html><title>-</title><script type="module" src="${name.replace(".html", ".main.js")}"></script>`,
        );
        return;
    }
    const folder = /^\/(node_modules\/)?keyward\//.test(request.url)
        ? packaged
        : (import.meta.dirname ?? dirname(new URL(import.meta.url).pathname));
    try {
        const contents = made.get(name) ?? (await readFile(join(folder, name)));
        response.writeHead(200, { "Content-Type": TYPES[extname(name)] ?? "text/plain" }).end(contents);
    } catch {
        response.writeHead(404).end();
    }
});

/** The page that the README shows, with the key that the README shows. */
const readme = await readFile(join(packaged, "README.md"), "utf8");
const [, shown] = /```html\n([\s\S]*?)```/.exec(readme);
const [, key] = /node enter\.mjs (\S+)/.exec(readme);
const answered = shown.replace('prompt("License key")', `"${key}"`);

let chromium;
before(async () => {
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    chromium = await Chromium.start();
});
after(async () => {
    await chromium.close();
    server.close();
});

async function found(name) {
    const page = await chromium.open(`http://127.0.0.1:${server.address().port}/${name}`);
    await page.until("document.title === 'done'", 60_000);
    return JSON.parse(await page.value("document.body.textContent"));
}

for (const name of ["inline.html", "fetched.html"]) {
    test(`every answer in ${name} is the vectors'`, async () => {
        const { compared, failures, error } = await found(name);
        assert.equal(error, undefined);
        assert.deepEqual(failures, []);
        assert.ok(compared > 1190, `only ${compared} answers were compared`);
    });
}

test("without 'wasm-unsafe-eval' the module is not compiled, and load says so", async () => {
    const { error } = await found("forbidden.html");
    assert.match(error, /^CompileError: .*Content Security Policy/);
});

test("the page that the README shows says what the key is", async () => {
    const page = await chromium.open(`http://127.0.0.1:${server.address().port}/readme.html`);
    await page.until("document.body?.textContent.startsWith('active')");
    assert.equal(await page.value("document.body.textContent"), "active, perpetual");
});
