// Prints npm/layout.js, as a module made of examples/layout.rs says it:
//
//     node crates/wasm/layout.mjs layout.wasm

import { readFile } from "node:fs/promises";

const { instance } = await WebAssembly.instantiate(await readFile(process.argv[2]));
const { layout, memory } = instance.exports;
const start = layout();
const bytes = new Uint8Array(memory.buffer);
process.stdout.write(new TextDecoder().decode(bytes.subarray(start, bytes.indexOf(0, start))));
