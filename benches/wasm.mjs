// The other side of wasm.rs: for each number that comes, so many verifications, and then the outcome of the last.
//
//     node wasm.mjs PACKAGE KEY

import { createInterface } from "node:readline";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [, , packaged, key] = process.argv;
const { load } = await import(pathToFileURL(join(packaged, "node.js")));
const { Verifier } = await load();
const trusted = ["03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8"];
const verifier = new Verifier({ trusted, product: 3 });
const now = new Date("2026-06-15");

for await (const count of createInterface({ input: process.stdin })) {
    let outcome;
    for (let turn = 0; turn < Number(count); turn += 1) {
        ({ outcome } = verifier.verify(key, now));
    }
    console.log(outcome);
}
