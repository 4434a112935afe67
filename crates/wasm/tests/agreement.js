// Compares the package with the vectors, in Node.js and in browsers.

/** JavaScript's Date has milliseconds: an instant of the vectors is rounded down to them. */
const instant = (text) => (text === null ? undefined : new Date(text.replace(/(\.\d{3})\d*Z$/, "$1Z")));
const written = (date) => (date === null ? null : date.toISOString().replace(".000Z", "Z"));
const bytes = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16));
const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const STATES = ["not-yet-valid", "active", "expiring-soon", "in-grace", "expired"];
const SOME_DAY = new Date("2026-07-01T00:00:00Z");

/** The mark with its three times rounded down to milliseconds. */
function rounded(mark) {
    const view = new DataView(bytes(mark).buffer);
    for (const place of [1, 9, 17]) {
        const time = view.getBigInt64(place);
        if (time !== -(2n ** 63n)) {
            view.setBigInt64(place, time - (((time % 1000n) + 1000n) % 1000n));
        }
    }
    return hex(new Uint8Array(view.buffer));
}

/**
 * The number of compared results, and the results that differ from the vectors. `vectors` has the files by name: all but
 * signatures.json and standing.json, whose cases are no license keys.
 */
export function agreement({ Verifier, fingerprint, newMark, recoverMark, seatStanding }, vectors) {
    const failures = [];
    let compared = 0;
    const compare = (name, found, expected) => {
        compared += 1;
        const [one, other] = [found, expected].map((value) => JSON.stringify(value ?? null));
        if (one !== other) {
            failures.push(`${name}: ${one}, and not ${other}`);
        }
    };
    const verifying = (settings, use) => {
        const verifier = new Verifier(settings);
        try {
            return use(verifier);
        } finally {
            verifier.free();
        }
    };
    const refusal = (act) => {
        try {
            act();
            return null;
        } catch (error) {
            return error.code ?? String(error);
        }
    };
    const ours = vectors["license-keys"].verifying_key;

    decisions(vectors.decisions);
    keys(vectors["license-keys"]);
    texts();
    publicKeys(vectors["public-keys"]);
    fingerprints(vectors.fingerprints);
    return { compared, failures };

    function decisions({ cases, clock, recover, seats }) {
        for (const given of cases) {
            const { name, licenses, results, held } = given;
            const settings = {
                trusted: given.trusted_keys,
                product: given.product,
                environment: given.environment,
                repair: given.repair,
                reminderDays: given.reminder_days,
                ...known({ machine: given.fingerprint, released: given.released }),
            };
            const now = instant(given.now);
            verifying(settings, (verifier) => {
                for (const [index, expected] of results.entries()) {
                    const found = verifier.verify(licenses[index], now);
                    const refused = expected.code === null ? {} : { usable: false };
                    compare(name, result(found), withoutOrder({ ...expected, ...refused }));
                    compareStanding(name, found.standing, expected);
                }
                const counting = verifier.combine(licenses, now);
                compare(`${name}, held`, together(counting), held && withoutOrder(held));
                compareStanding(`${name}, held`, counting && counting.standing, held);
            });
        }
        for (const given of clock) {
            const evidence = {
                clock: instant(given.clock),
                built: instant(given.built),
                issued: instant(given.issued),
                running: given.running_seconds * 1000,
                tolerance: given.tolerance_seconds === null ? undefined : given.tolerance_seconds * 1000,
            };
            const before = given.mark === null ? newMark() : bytes(given.mark);
            verifying({ trusted: given.trusted_keys, product: given.product }, (verifier) => {
                const { now, suspect, mark } = verifier.readClock(evidence, before, given.licenses);
                compare(`${given.name}, now`, now.getTime(), instant(given.now).getTime());
                compare(
                    `${given.name}, suspect`,
                    suspect && {
                        behind_by_seconds: Math.floor(suspect.behindBy / 1000),
                        backward_steps: suspect.backwardSteps,
                        largest_step_seconds: Math.floor(suspect.largestStep / 1000),
                    },
                    given.suspect,
                );
                compare(`${given.name}, mark`, rounded(hex(mark)), rounded(given.mark_after));
            });
        }
        for (const { name, mark, issued, mark_after: after, error } of recover) {
            // In milliseconds, the statement that is one microsecond newer is the same statement again.
            const isLost = name === "one issued a microsecond later";
            const code = refusal(() => compare(name, hex(recoverMark(bytes(mark), instant(issued))), after));
            compare(`${name}, its error`, code !== null, error !== null || isLost);
        }
        for (const { licensed, in_use: inUse, result: expected } of seats) {
            compare(`${inUse} of ${licensed} seats`, seatStanding({ seats: licensed }, inUse), expected);
        }
    }

    /** The fields that a result and its standing share have the same values. */
    function compareStanding(name, standing, expected) {
        const { state, usable } = expected ?? {};
        const found = standing && [standing.state, standing.usable];
        compare(`${name}, its standing`, found, state === undefined ? null : [state, usable]);
    }

    function result({ outcome, usable, message, license, standing }) {
        if (license === null) {
            return withoutOrder({ code: outcome, usable, message });
        }
        return withoutOrder({
            code: null,
            digest: license.digest,
            state: outcome,
            usable,
            days_left: standing.daysLeft,
            next_reminder: standing.nextReminder,
            valid_through: standing.validThrough,
            grace_through: standing.graceThrough,
            opens_at: written(standing.opensAt),
            closes_at: written(standing.closesAt),
            grace_closes_at: written(standing.graceClosesAt),
            notice: standing.notice,
            text: standing.text,
            repairs: license.repairs.map(sentence),
        });
    }

    function together(combined) {
        return (
            combined &&
            withoutOrder({
                index: combined.index,
                state: combined.outcome,
                usable: combined.usable,
                days_left: combined.standing.daysLeft,
                next_reminder: combined.standing.nextReminder,
                successor_held: combined.standing.hasSuccessor,
                features: combined.grant && combined.grant.features,
                seats: combined.grant && combined.grant.seats,
                unlimited_seats: combined.grant !== null && combined.grant.seats === null,
            })
        );
    }

    function keys({ cases, refused, key_id: keyId }) {
        for (const { name, text, claims, license_digest: digest } of cases) {
            const { grace_days: grace, ...rest } = claims;
            const { product, environment, fingerprint: machine } = rest;
            const { license, standing } = verifying({ trusted: [ours], product, environment, ...known({ machine }) }, (verifier) =>
                verifier.verify(text.toLowerCase(), SOME_DAY),
            );
            compare(name, [license.key, license.keyId, license.repairs], [text, keyId, []]);
            compare(`${name}, its claims`, claimsOf(license), withoutOrder({ ...ABSENT, ...rest }));
            if (grace !== undefined) {
                compare(`${name}, its grace`, standing.graceDays, grace);
            }
            if (digest !== undefined) {
                compare(`${name}, its digest`, license.digest, digest);
            }
        }
        for (const { name, text, error } of refused) {
            compare(
                name,
                verifying({ trusted: [ours], product: 3 }, (one) => one.verify(text, SOME_DAY).outcome),
                error,
            );
        }
    }

    function texts() {
        const { cases, separators } = vectors.reading;
        const [{ text: typical }] = cases;
        const strict = { trusted: [ours], product: 3, repair: false };
        verifying(strict, (verifier) => {
            for (const { name, text, reads_as, found, error } of cases) {
                const readsAs = reads_as ?? found;
                const { outcome, license } = verifier.verify(text, SOME_DAY);
                if (readsAs === undefined) {
                    compare(name, outcome, error);
                } else if (license !== null) {
                    compare(name, license.key, readsAs);
                } else {
                    // The claims are read, and refused for a rule.
                    compare(name, ["malformed", "damaged", "needs-newer"].includes(outcome), false);
                }
            }
            for (const separator of separators) {
                const spaced = typical.replaceAll("-", String.fromCodePoint(Number.parseInt(separator.slice(2), 16)));
                compare(`with ${separator} between groups`, verifier.verify(spaced, SOME_DAY).license?.key, typical);
            }
        });
        const { cases: damaged, verifying_key: key, product } = vectors.repair;
        verifying({ trusted: [key], product }, (verifier) => {
            for (const { name, text, reads_as: readsAs, error } of damaged) {
                const { outcome, license } = verifier.verify(text, SOME_DAY);
                compare(name, license === null ? outcome : license.key, readsAs ?? error);
            }
        });
        for (const { name, text, claims, error } of vectors.claims.cases) {
            const settings = { trusted: [ours], product: claims?.product ?? 3, environment: claims?.environment };
            const { outcome } = verifying({ ...settings, ...known({ machine: claims?.fingerprint }) }, (one) =>
                one.verify(text, SOME_DAY),
            );
            // A fingerprint without any component is readable, and fits no machine.
            const decoded = STATES.includes(outcome) || (claims?.fingerprint && outcome === "wrong-machine");
            compare(name, error === undefined ? decoded : outcome, error ?? true);
        }
        for (const { name, text, error, trusted_keys: trusted, product: ofProduct, ...rest } of vectors.verifier
            .cases) {
            const settings = { trusted, product: ofProduct, ...rest };
            const { outcome } = verifying(settings, (verifier) => verifier.verify(text, SOME_DAY));
            compare(name, error === null ? STATES.includes(outcome) : outcome, error ?? true);
        }
    }

    function publicKeys({ cases }) {
        for (const { name, public_key: key, refused } of cases) {
            for (const [form, trusted] of [
                ["hex", key],
                ["bytes", bytes(key)],
            ]) {
                const found = refusal(() => new Verifier({ trusted: [trusted], product: 3 }).free());
                compare(`${name}, as ${form}`, found, refused === undefined ? null : "not-a-public-key");
            }
        }
    }

    function fingerprints({ digests, placeholders }) {
        const PARTS = ["machineId", "boardId", "systemDisk", "networkCard", "vendorsOwn"];
        for (const { name, value, absent } of placeholders) {
            for (const part of PARTS) {
                const found = fingerprint(3, { [part]: bytes(value) });
                compare(`${name} as ${part}`, found === `01${"0".repeat(30)}`, absent);
            }
        }
        for (const { name, product, components, fingerprint: expected } of digests) {
            const given = components.map((part, index) => [PARTS[index], part === null ? undefined : bytes(part)]);
            compare(name, fingerprint(product, Object.fromEntries(given)), expected);
        }
    }
}

/** The settings of the vectors that a verifier of the package has. */
const known = (settings) => Object.fromEntries(Object.entries(settings).filter(([, value]) => value != null));

const ABSENT = { updates_through: null, licensee: null, fingerprint: null, limits: {}, extension: null };

function claimsOf(license) {
    return withoutOrder({
        kind: license.kind,
        environment: license.environment,
        serial: license.serial,
        product: license.product,
        edition: license.edition,
        seats: license.seats,
        valid_from: license.validFrom,
        valid_through: license.validThrough,
        updates_through: license.updatesThrough,
        features: license.features,
        limits: license.limits,
        licensee: license.licensee,
        fingerprint: license.fingerprint,
        extension: license.extension,
    });
}

/** A repair in the form of the vectors. */
function sentence({ group, typed, expected }) {
    return typed === "" ? `group ${group} is missing: ${expected}` : `group ${group} is ${expected}, not ${typed}`;
}

const withoutOrder = (object) =>
    Object.fromEntries(Object.entries(object).sort(([one], [other]) => (one < other ? -1 : 1)));
