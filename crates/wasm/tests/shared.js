// Shared by the tests of misuse: a key, a verifier that accepts it, and the module that it runs in.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

import { load } from "keyward";

export const VENDOR = "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8";
export const KEY =
    "K7PM4-00108-1G818-60W40-60GSJ-08YT0-G7V4F-FYP6K-KG98Y-Z9E8E-G0HT7-BS0HQ-VDC80-VHRAB-CED8J-" +
    "M9TJZ-A9AHX-JPA40-2K3CY-F52Z2-ZY7GB-8Y7M3-SRBW8-VE3BH-4SMAG-4PZG8-D7E18-M1PYP-Z2M87-49VV3";
export const NOW = new Date("2026-11-22T08:00:00Z");
export const HALF_A_PAIR = "\ud83d";

export const module = await WebAssembly.compile(
    await readFile(createRequire(import.meta.url).resolve("keyward/keyward.wasm")),
);
export const keyward = await load();
export const verifier = new keyward.Verifier({ trusted: [VENDOR], product: 3 });

/** Checked after every mistake. */
export function aGoodKeyVerifies() {
    assert.equal(verifier.verify(KEY, NOW).outcome, "active", "a good key verifies afterwards");
}
