// The page's behaviour. It shows only what the verifier has found, as soon as it has found it.

import { load } from "keyward/inline";

import { firstGroups, fingerprintsIn, groupsOf, visible } from "./reading.js";
import { mistakes } from "./vendor-settings.js";

const element = (id) => document.getElementById(id);
/** The vendor's settings, from the top of the page. */
let vendor;

/** A text with fewer groups can't be a key, even with repairs. */
const FEWEST_GROUPS = 28;
/** The pause in typing before the result is announced. */
const PAUSE = 1000;

/** The outcomes for a customer: a style, a headline, and what to do. */
const OUTCOMES = {
    active: ["right", "This license is in force", (result) => `${vendor.name} may be used today${bounds(result)}.`],
    "expiring-soon": [
        "wait",
        "This license is in force, and ends soon",
        (result) => `${vendor.name} may be used today${bounds(result)}. To go on after the last day, renew it: ${vendor.support}.`,
    ],
    "in-grace": [
        "wait",
        "This license has ended, and may be used for some days yet",
        (result) =>
            `${vendor.name} may be used through ${inWords(result.standing.graceThrough)}${bounds(result)}. ` +
            `Renew it until then: ${vendor.support}.`,
    ],
    "not-yet-valid": [
        "wait",
        "This license begins later",
        (result) => `It may be used from ${inWords(result.standing.validFrom)}${bounds(result)}.`,
    ],
    expired: [
        "wrong",
        "This license has ended",
        () => `${vendor.name} may not be used with it any more. To renew it, ask ${vendor.support}.`,
    ],
    malformed: ["wrong", "This is not a whole license key", () => "Copy or type all of the key."],
    damaged: [
        "wrong",
        "This key has more mistakes than can be repaired",
        () =>
            "Compare it with the original, group by group. " +
            "Three groups that can't be read are repaired, or two that are wrong.",
    ],
    "unknown-key": [
        "wrong",
        "This key was not signed by a key that this page knows",
        () => `Is it from ${vendor.vendor}? If so, the page may be older than the key: ask ${vendor.support}.`,
    ],
    "bad-signature": [
        "wrong",
        "This key is not genuine",
        () => `It names a key of ${vendor.vendor}'s, which did not sign it. Ask ${vendor.support} for a genuine one.`,
    ],
    "needs-newer": ["wrong", "This key is newer than this page", () => `Ask ${vendor.support} for a newer page.`],
    "wrong-product": ["wrong", "This key is genuine, and for another product", () => `It is not for ${vendor.name}.`],
    "wrong-environment": [
        "wrong",
        "This key is genuine, and not for everyday use",
        () => `It is for tests of ${vendor.vendor}'s. Use the one for production.`,
    ],
    "wrong-machine": [
        "wait",
        "This key is genuine, and locked to one machine",
        () => `Whether it is this one, a page can't find out: ${vendor.name} can, when you enter the key there.`,
    ],
    "invalid-claims": [
        "wrong",
        "This key was issued wrongly",
        () => `The mistake is not yours: ask ${vendor.support} for another.`,
    ],
};
const MISSING = "missing";
const KINDS = { standard: "Bought", trial: "Trial", stopgap: "Stopgap, until a renewal arrives" };

const field = element("key");
let Verifier;
let verifier;
let beginnings = null;
let isAsked = false;
let corrected = "";
let drawn = "";
let announced = "";
let pause;

begin().catch((error) => {
    element("lead").textContent = `This page can't check keys here: ${error.message}`;
});

async function begin() {
    vendor = vendorSettings();
    element("lead").textContent = `For ${vendor.name}, from ${vendor.vendor}.`;
    Verifier = (await load()).Verifier;
    verifier = new Verifier(trust());
    beginnings = await knownBeginnings().catch(() => null);
    field.addEventListener("input", (event) => {
        // A pasted key is complete; a typed key may not be yet.
        isAsked = event.inputType === "insertFromPaste" || event.inputType === "insertFromDrop";
        show();
    });
    element("entry").addEventListener("submit", (event) => {
        event.preventDefault();
        isAsked = groupsOf(field.value).groups.length > 0;
        show();
        if (!isAsked) {
            element("count").textContent = "Enter a key first.";
            announceLater([element("count").textContent]);
            field.focus();
        }
    });
    element("clear").addEventListener("click", () => {
        field.value = "";
        isAsked = false;
        show();
        field.focus();
    });
    element("copy").addEventListener("click", copy);
    setInterval(show, 60_000);
    show();
}

function vendorSettings() {
    let settings;
    try {
        settings = JSON.parse(element("vendor").textContent);
    } catch (error) {
        throw new Error(`the settings at its top are not JSON (${error.message}). Correct them in the file.`);
    }
    const [mistake] = mistakes(settings);
    if (mistake !== undefined) {
        throw new Error(`in the settings at its top, ${mistake}. Correct them in the file.`);
    }
    return settings;
}

const trust = () => ({ trusted: vendor.trusted, product: vendor.product });

/** The beginnings of keys of the trusted signing keys; null if the browser has no SHA-512. */
async function knownBeginnings() {
    const known = vendor.trusted.map(async (key) => {
        const id = await crypto.subtle.digest("SHA-512", publicKey(key));
        return firstGroups(new Uint8Array(id));
    });
    return (await Promise.all(known)).flat();
}

/** The 32 bytes of a key in hex digits, or the last 32 bytes of PEM. */
function publicKey(key) {
    const base64 = /-----BEGIN PUBLIC KEY-----([^-]*)-----END/.exec(key)?.[1];
    return base64
        ? Uint8Array.from(atob(base64.replace(/\s/g, "")), (character) => character.charCodeAt(0)).slice(-32)
        : Uint8Array.from(key.trim().match(/../g), (digits) => Number.parseInt(digits, 16));
}

function show() {
    const now = new Date();
    const { groups, isOpen } = groupsOf(field.value);
    const result = isAsked || groups.length >= FEWEST_GROUPS ? verified(field.value, now) : null;
    // While a person types, an incomplete key looks like one with mistakes.
    const isUncertain = result !== null && ["malformed", "damaged"].includes(result.outcome);
    const answer = groups.length > 0 && (isAsked || !isUncertain) ? result : null;

    element("clock").textContent = `Days are judged by this computer's clock, taken as it is: ${clock(now)}.`;
    const toDraw = JSON.stringify([groups, isOpen, answer, isUncertain]);
    if (toDraw === drawn) {
        // The page is drawn only if it changes, so that a selection is not lost every minute.
        return;
    }
    drawn = toDraw;
    const cells = answer?.license ? verifiedCells(answer.license) : typedCells(groups, isOpen, answer);
    element("groups").hidden = groups.length === 0;
    element("cells").replaceChildren(...cells.map(cellOf));
    const remarks = cells.filter(({ remark }) => remark).map(({ remark }) => remark);
    element("remarks").replaceChildren(...remarks.map((remark) => filled("li", remark)));
    element("count").textContent = counted(groups.length, answer, isUncertain);
    showAnswer(answer);
    announceLater(
        answer ? [outcomeOf(answer)[1], outcomeOf(answer)[2](answer), ...remarks] : remarks.slice(-1),
    );
}

/** The result for a text. A page can't know the machine, so a locked license is shown with the result on its own machine.
    */
function verified(text, now) {
    const result = verifier.verify(text, now);
    if (result.outcome !== "wrong-machine") {
        return result;
    }
    for (const machine of fingerprintsIn(text)) {
        const there = new Verifier({ ...trust(), machine });
        const onThat = there.verify(text, now);
        there.free();
        // Bytes that only look like its fingerprint belong to no machine of the license, and are refused again.
        if (onThat.license) {
            return onThat;
        }
    }
    return result;
}

/** Every group of a key that verified is known. */
function verifiedCells({ key, repairs }) {
    return key.split("-").map((text, index) => {
        const number = index + 1;
        const repair = repairs.find(({ group }) => group === number);
        if (!repair) {
            return { number, text, state: "right", mark: "✓", word: "right" };
        }
        const typed = repair.typed || MISSING;
        const remark =
            repair.typed === ""
                ? `Group ${number} is missing: it is ${text}.`
                : `Group ${number} is ${text}, not ${typed}.`;
        return { number, text: typed, is: text, state: "wrong", mark: "✕", word: `wrong, it is ${text}`, remark };
    });
}

/** Other keys show only visible mistakes. */
function typedCells(groups, isOpen, answer) {
    // Keys of a later version have another beginning.
    const known = answer?.outcome === "needs-newer" ? null : beginnings;
    const parts = isOpen ? [...groups.slice(0, -1), ...inFives(groups.at(-1))] : groups;
    return parts.map((group, index) => {
        const number = index + 1;
        const cell = { number, text: visible(group.symbols) };
        if (group.unreadable.length > 0) {
            const characters = [...new Set(group.unreadable)].map(visible).join(" ");
            const remark = `Group ${number} has a character that is in no key: ${characters}`;
            return { ...cell, state: "wrong", mark: "✕", word: "has a character that is in no key", remark };
        }
        if (isOpen && index === parts.length - 1) {
            return { ...cell, state: "wait", mark: "…", word: "is not whole yet" };
        }
        if (!group.isWhole) {
            const characters = group.length === 1 ? "1 character" : `${group.length} characters`;
            const remark = `Group ${number} has ${characters}, and a group has five.`;
            return { ...cell, state: "wrong", mark: "✕", word: "does not have five characters", remark };
        }
        if (index === 0 && known && !known.includes(group.symbols)) {
            const remark = `Group 1 is not how keys of ${vendor.vendor} begin: that is ${list(known, "disjunction")}.`;
            return { ...cell, state: "wrong", mark: "✕", word: "is not how these keys begin", remark };
        }
        const word = index === 0 && known ? "is how these keys begin" : "has five characters";
        return { ...cell, state: "whole", mark: index === 0 && known ? "=" : "·", word };
    });
}

/** Characters that are typed without separators are split into groups of five. */
function inFives(group) {
    const parts = group.symbols.match(/.{1,5}/gsu) ?? [];
    return parts.map((symbols) => {
        const characters = [...symbols];
        const unreadable = characters.filter((character) => group.unreadable.includes(character));
        const isWhole = characters.length === 5 && unreadable.length === 0;
        return { symbols, length: characters.length, unreadable, isWhole };
    });
}

function cellOf({ number, text, is, state, mark, word }) {
    const cell = document.createElement("li");
    cell.className = state;
    const top = filled("span", "", "number");
    top.append(filled("span", String(number)), filled("span", mark, "mark"));
    const shown = filled("span", "", "shown");
    shown.setAttribute("aria-hidden", "true");
    shown.append(top);
    if (is) {
        const wrong = filled("span", "", "text");
        // The typed characters are crossed out.
        wrong.append(text === MISSING ? filled("small", text) : filled("s", text));
        shown.append(wrong, filled("span", is, "is"));
    } else {
        shown.append(filled("span", text, "text"));
    }
    cell.append(shown, filled("span", `Group ${number}, ${text}: ${word}`, "unseen"));
    return cell;
}

function counted(count, answer, isUncertain) {
    if (count === 0) {
        return "";
    }
    const groups = `${count} ${count === 1 ? "group" : "groups"}`;
    if (answer) {
        return groups;
    }
    return isUncertain
        ? `${groups}: this does not verify yet. If it is all, check it.`
        : `${groups}. A key has at least 30.`;
}

function showAnswer(answer) {
    element("answer").hidden = answer === null;
    corrected = answer?.license?.repairs.length > 0 ? answer.license.key : "";
    element("corrected").hidden = corrected === "";
    if (answer === null) {
        return;
    }
    const [look, headline, advice] = outcomeOf(answer);
    element("answer").className = look;
    element("headline").textContent = headline;
    element("advice").textContent = advice(answer);
    element("notice").hidden = !answer.standing?.notice;
    element("notice").textContent = answer.standing?.notice ?? "";
    const said = answer.license ? saidBy(answer) : [["In detail", sentence(answer.message)]];
    element("says").replaceChildren(...said.flatMap(([term, value]) => [filled("dt", term), filled("dd", value)]));
    // Blocks of three groups, so that a line has six groups if there is room, and three on a telephone.
    const lines = corrected.match(/(?:\w{5}-?){1,3}/g) ?? [];
    element("canonical").replaceChildren(...lines.map((line) => filled("span", line)));
}

function outcomeOf({ outcome, message, license, usable }) {
    const [look, ...words] = OUTCOMES[outcome] ?? ["wrong", "This key is refused", () => sentence(message)];
    return [license?.fingerprint && usable ? "wait" : look, ...words];
}

/** The versions and the places in which a license may be used. */
function bounds({ license: { updatesThrough, fingerprint } }) {
    const versions = updatesThrough === null ? "" : `, in versions released through ${inWords(updatesThrough)}`;
    return versions + (fingerprint === null ? "" : ", on the machine that it is locked to");
}

/** The license in words, and what it allows. */
function saidBy({ license, standing }) {
    const named = (names, number, what) => names?.[number] ?? `${what} ${number}`;
    const features = license.features.map((number) => named(vendor.features, number, "feature"));
    const limits = Object.entries(license.limits).map(
        ([id, value]) => `${named(vendor.limits, id, "limit")}: ${value}`,
    );
    return [
        ["Product", `${vendor.name}, ${named(vendor.editions, license.edition, "edition")}`],
        ["Licensed to", license.licensee],
        ["Machine", license.fingerprint && `Locked to one. Whether it is this one, a page can't tell: ${vendor.name} can`],
        ["Kind", license.kind === "standard" ? null : KINDS[license.kind]],
        ["Seats", license.seats === null ? "Unlimited" : String(license.seats)],
        ["Features", features.length > 0 ? list(features) : null],
        ["Limits", limits.length > 0 ? limits.join(", ") : null],
        ["First day", inWords(license.validFrom)],
        ["Last day", license.validThrough === null ? "None: it does not end" : inWords(license.validThrough)],
        [
            "Days left",
            standing.daysLeft === null
                ? null
                : `${standing.daysLeft}${standing.state === "in-grace" ? ", of grace" : ""}`,
        ],
        [
            standing.state === "expired" ? "Was usable through" : "Usable through",
            standing.graceThrough === null
                ? null
                : `${inWords(standing.graceThrough)}, with ${standing.graceDays} days of grace`,
        ],
        [
            "Versions covered",
            license.updatesThrough === null ? null : `Those released through ${inWords(license.updatesThrough)}`,
        ],
        ["Serial", license.serial],
    ].filter(([, value]) => value !== null);
}

/** Announces a change after a pause in typing. */
function announceLater(said) {
    clearTimeout(pause);
    pause = setTimeout(() => {
        const text = said.join(" ");
        if (text !== announced) {
            announced = text;
            element("announcement").textContent = text;
        }
    }, PAUSE);
}

async function copy() {
    try {
        await navigator.clipboard.writeText(corrected);
        element("copy").textContent = "Copied";
    } catch {
        getSelection().selectAllChildren(element("canonical"));
        element("copy").textContent = "Selected: copy it now";
    }
    announced = element("copy").textContent;
    element("announcement").textContent = announced;
    setTimeout(() => {
        element("copy").textContent = "Copy the corrected key";
    }, 3000);
}

function filled(name, text, className = "") {
    const made = document.createElement(name);
    made.textContent = text;
    made.className = className;
    return made;
}

const list = (words, type = "conjunction") => new Intl.ListFormat("en", { type }).format(words);
const sentence = (text) => `${text[0].toUpperCase()}${text.slice(1)}${/[.?!]$/.test(text) ? "" : "."}`;
const inWords = (day) =>
    new Date(`${day}T00:00:00Z`).toLocaleDateString("en-GB", {
        day: "numeric",
        month: "long",
        year: "numeric",
        timeZone: "UTC",
    });
const clock = (now) => now.toLocaleString("en-GB", { dateStyle: "long", timeStyle: "short" });
