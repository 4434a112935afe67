// Converts the module's structs into plain, frozen objects.

import { NEVER, UNLIMITED_SEATS } from "./layout.js";

const KINDS = ["standard", "trial", "stopgap"];
export const ENVIRONMENTS = ["production", "staging", "development"];

/** The result of verifying a text, for a verifier with these settings. `name` gives the code of an outcome. */
export function decided(result, settings, name) {
    const outcome = name(result.outcome);
    // Only a license that verified has a state.
    if (result.standing.valid_from.year === 0) {
        return Object.freeze({
            outcome,
            usable: false,
            message: result.message,
            license: null,
            standing: null,
            evidence: evidenceOf(outcome, result, settings),
        });
    }
    const standing = standingOf(result.standing, name);
    return Object.freeze({
        outcome,
        usable: result.is_usable,
        message: standing.text,
        license: licenseOf(result),
        standing,
        evidence: null,
    });
}

/** What several licenses allow together; null if none was accepted. */
export function entitlement(combined, name) {
    if (combined.outcome === 0) {
        return null;
    }
    const { features, seats, is_granted: isGranted } = combined.grant;
    return Object.freeze({
        outcome: name(combined.outcome),
        usable: combined.is_usable,
        index: combined.index,
        standing: standingOf(combined.standing, name),
        grant: isGranted ? Object.freeze({ features: bits(features), seats: limited(seats) }) : null,
    });
}

/** The earliest possible time, and the mark to keep. */
export function reading(read, mark) {
    const suspect = Object.freeze({
        behindBy: milliseconds(read.behind_by),
        backwardSteps: read.backward_steps,
        largestStep: milliseconds(read.largest_step),
    });
    return Object.freeze({ now: new Date(milliseconds(read.now)), suspect: read.is_suspect ? suspect : null, mark });
}

export function seatsOf({ left, over, is_unlimited: isUnlimited }) {
    if (isUnlimited) {
        return Object.freeze({ code: "unlimited-seats", left: null, by: null });
    }
    return Object.freeze(
        over > 0 ? { code: "over-seats", left: null, by: over } : { code: "within-seats", left, by: null },
    );
}

export const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

function licenseOf({ claims, key, digest, key_id: keyId, repairs, repair_count: repairCount }) {
    return Object.freeze({
        serial: hex(claims.serial),
        kind: KINDS[claims.kind],
        environment: ENVIRONMENTS[claims.environment],
        product: claims.product,
        edition: claims.edition,
        seats: limited(claims.seats),
        validFrom: dayOf(claims.valid_from),
        validThrough: dayOf(claims.valid_through),
        updatesThrough: dayOf(claims.updates_through),
        features: bits(claims.features),
        limits: limitsOf(claims.limits.slice(0, claims.limit_count)),
        licensee: claims.licensee || null,
        fingerprint: claims.is_locked ? hex(claims.fingerprint) : null,
        extension: claims.extension_size > 0 ? hex(claims.extension.subarray(0, claims.extension_size)) : null,
        key,
        digest: hex(digest),
        keyId: hex(keyId),
        repairs: Object.freeze(repairs.slice(0, repairCount).map(Object.freeze)),
    });
}

function standingOf(standing, name) {
    return Object.freeze({
        state: name(standing.state),
        usable: standing.is_usable,
        kind: KINDS[standing.kind],
        daysLeft: standing.days_left < 0 ? null : standing.days_left,
        validFrom: dayOf(standing.valid_from),
        validThrough: dayOf(standing.valid_through),
        graceDays: standing.grace_days,
        graceThrough: dayOf(standing.grace_through),
        nextReminder: dayOf(standing.next_reminder),
        opensAt: instant(standing.opens_at),
        closesAt: instant(standing.closes_at),
        graceClosesAt: instant(standing.grace_closes_at),
        hasSuccessor: standing.has_successor,
        notice: standing.notice || null,
        text: standing.text,
    });
}

function evidenceOf(outcome, { evidence, group_count: groups, unreadable_groups: unreadable }, settings) {
    const of = (cause, value) => (outcome === cause ? value : null);
    const components = evidence.present_components > 0 ? evidence : {};
    return Object.freeze({
        serial: evidence.has_serial ? hex(evidence.serial) : null,
        groups: of("damaged", groups),
        unreadableGroups: groupNumbers(unreadable),
        hint: of("unknown-key", hex(evidence.hint)),
        expectedProduct: of("wrong-product", settings.product),
        foundProduct: of("wrong-product", evidence.product),
        expectedEnvironment: of("wrong-environment", ENVIRONMENTS[settings.environment]),
        foundEnvironment: of("wrong-environment", ENVIRONMENTS[evidence.environment]),
        matchingComponents: of("wrong-machine", components.matching_components ?? null),
        presentComponents: of("wrong-machine", components.present_components ?? null),
        updatesThrough: dayOf(evidence.updates_through),
        released: of("version-not-covered", settings.released && dayOf(settings.released)),
    });
}

function groupNumbers(bytes) {
    const numbers = Array.from({ length: 8 * bytes.length }, (_, index) => index + 1);
    return Object.freeze(numbers.filter((number) => (bytes[(number - 1) >> 3] >> ((number - 1) & 7)) & 1));
}

function limitsOf(limits) {
    return Object.freeze(Object.fromEntries(limits.map(({ id, value }) => [id, Number(value)])));
}

function bits(set) {
    const numbers = Array.from({ length: 64 }, (_, index) => index);
    return Object.freeze(numbers.filter((number) => (set >> BigInt(number)) & 1n));
}

const limited = (seats) => (seats === UNLIMITED_SEATS ? null : Number(seats));

function dayOf({ year, month, day }) {
    const digits = (number, count) => String(number).padStart(count, "0");
    return year === 0 ? null : `${digits(year, 4)}-${digits(month, 2)}-${digits(day, 2)}`;
}

const instant = (time) => (time === NEVER ? null : new Date(milliseconds(time)));

/** Rounded down, since a Date has no microseconds. */
function milliseconds(microseconds) {
    const rest = ((microseconds % 1000n) + 1000n) % 1000n;
    return Number((microseconds - rest) / 1000n);
}
