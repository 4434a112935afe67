// The package in Node.js: the module is read from the file beside this one.

import { readFile } from "node:fs/promises";

import { loader } from "./keyward.js";

export { KeywardError } from "./keyward.js";

export const load = loader(() => readFile(new URL("./keyward.wasm", import.meta.url)));
