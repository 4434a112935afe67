// The types of `index.d.ts` under `tsc --strict`: right programs compile, and wrong ones don't.

import { KeywardError, load, type Result, type Verifier } from "keyward";
import { load as loadInline } from "keyward/inline";

const keyward = await load();
const again: typeof keyward = await loadInline(new Uint8Array());
const verifier: Verifier = new keyward.Verifier({
    trusted: ["03a1", new Uint8Array(32)],
    product: 3,
    environment: "staging",
    machine: again.fingerprint(3, { machineId: "a", networkCard: new Uint8Array(6) }),
    released: "2026-05-01",
    reminderDays: [30, 7],
    repair: false,
});
const result: Result = verifier.verify("K7PM4", new Date());

if (result.license) {
    // A result with a license has a standing, and its outcome is a state.
    const left: number | null = result.standing.daysLeft;
    const outcome: "active" | "expiring-soon" | "in-grace" | "not-yet-valid" | "expired" = result.outcome;
    const limit: number | undefined = result.license.limits[1];
    console.log(left, outcome, limit, result.license.features.includes(2));
    // @ts-expect-error: a result can't be changed
    result.usable = true;
    // @ts-expect-error: nor a value in it
    result.license.features.push(3);
} else {
    const refused: false = result.usable;
    console.log(refused, result.evidence.unreadableGroups.join(), result.evidence.foundProduct ?? "");
    // @ts-expect-error: a refused text has no standing
    result.standing.daysLeft;
    // @ts-expect-error: a refusal is not a state
    result.outcome === "active";
}

const reading = verifier.readClock({ clock: new Date(), running: 5 }, keyward.newMark(), ["K7PM4"]);
const combined = verifier.combine(["K7PM4"], reading.now);
console.log(reading.suspect?.behindBy, keyward.recoverMark(reading.mark, new Date()));
if (combined?.grant) {
    const seats = keyward.seatStanding(combined.grant, 3);
    console.log(seats.code === "over-seats" ? seats.by + 1 : seats.left);
}
if (result.license) {
    console.log(keyward.seatStanding(result.license, 3).code);
}

try {
    verifier.free();
} catch (error) {
    console.log(error instanceof KeywardError && error.code === "freed");
}

{
    using scoped = new keyward.Verifier({ trusted: [], product: 3 });
    console.log(scoped.verify("K7PM4", new Date()).message);
}

// @ts-expect-error: a product is needed
new keyward.Verifier({ trusted: [] });
// @ts-expect-error: there is no such setting
new keyward.Verifier({ trusted: [], product: 3, release: "2026-05-01" });
// @ts-expect-error: a check can't be undefined
new keyward.Verifier({ trusted: [], product: 3, released: undefined });
// @ts-expect-error: a null grant is not unlimited
keyward.seatStanding(combined?.grant ?? null, 3);
// @ts-expect-error: a number is not a grant
keyward.seatStanding(25, 3);
// @ts-expect-error: the time is passed, as a Date
verifier.verify("K7PM4", Date.now());
// @ts-expect-error: the time is passed
verifier.verify("K7PM4");
