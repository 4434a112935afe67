// The package with the module inside: for pages that fetch nothing, and for bundlers that move files.

import { loader } from "./keyward.js";
import { MODULE } from "./module.js";

export { KeywardError } from "./keyward.js";

export const load = loader(() => Uint8Array.from(atob(MODULE), (character) => character.charCodeAt(0)));
