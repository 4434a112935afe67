// The package in browsers: the module is fetched from beside this file, and compiled as it arrives.

import { loader } from "./keyward.js";

export { KeywardError } from "./keyward.js";

export const load = loader(() => fetch(new URL("./keyward.wasm", import.meta.url)));
