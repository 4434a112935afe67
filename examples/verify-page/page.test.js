// The page as a customer uses it: from disk, in Chromium, with keyboard events.

import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after, before } from "node:test";
import { pathToFileURL } from "node:url";

import { Chromium } from "./chromium.js";
import { vectors } from "./vectors.js";

const PAGE = process.env.KEYWARD_PAGE;
const DAY = 86_400_000;
const SUMMER = Date.UTC(2026, 5, 15, 10);
const { "license-keys": keys, verifier, decisions, claims } = await vectors();
const [{ text: KEY }] = keys.cases;
const GROUPS = KEY.split("-");
const named = (name) => keys.cases.find((one) => one.name === name).text;

let chromium;
let folder;
before(async () => {
    chromium = await Chromium.start();
    folder = await mkdtemp(join(tmpdir(), "keyward-page-"));
});
after(async () => {
    await chromium.close();
    await rm(folder, { recursive: true });
});

async function open({ file = PAGE, ...settings } = {}) {
    const page = await chromium.open(pathToFileURL(file), { now: SUMMER, ...settings });
    await page.until("document.getElementById('clock').textContent !== ''");
    await page.value("document.getElementById('key').focus()");
    return page;
}

/** Pastes a text. */
function paste(page, text) {
    return page.value(`{
    const field = document.getElementById("key");
    field.value = ${JSON.stringify(text)};
    field.dispatchEvent(new InputEvent("input", { inputType: "insertFromPaste", bubbles: true }));
  }`);
}

const text = (page, id) => page.value(`document.getElementById("${id}").textContent`);
const isShown = (page, id) => page.value(`document.getElementById("${id}").getClientRects().length > 0`);
const looks = (page) => page.value(`[...document.querySelectorAll("#cells li")].map((cell) => cell.className)`);
const said = (page) =>
    page.value(`[...document.querySelectorAll("#cells li .unseen")].map((cell) => cell.textContent)`);
const remarks = (page) =>
    page.value(`[...document.querySelectorAll("#remarks li")].map((remark) => remark.textContent)`);
const facts = async (page) =>
    Object.fromEntries(
        await page.value(
            `[...document.querySelectorAll("dt")].map((term) => [term.textContent, term.nextSibling.textContent])`,
        ),
    );

/** Saves a screenshot in the folder KEYWARD_SCREENSHOTS, for a person to look at. */
async function keep(page, name, { width = 1000 } = {}) {
    if (process.env.KEYWARD_SCREENSHOTS) {
        await page.resize(width, await page.value("document.documentElement.scrollHeight"));
        await mkdir(process.env.KEYWARD_SCREENSHOTS, { recursive: true });
        await writeFile(join(process.env.KEYWARD_SCREENSHOTS, `${name}.png`), await page.screenshot());
    }
}

test("a typed key is shown as right only when the whole key verifies", async () => {
    const page = await open();
    await page.type("k7pm4-00");
    assert.deepEqual(await looks(page), ["whole", "wait"]);
    assert.deepEqual(await said(page), ["Group 1, K7PM4: is how these keys begin", "Group 2, 00: is not whole yet"]);
    await page.type("108-1u818 ");
    assert.deepEqual(await looks(page), ["whole", "whole", "wrong"]);
    assert.deepEqual(await remarks(page), ["Group 3 has a character that is in no key: u"]);
    for (let key = 0; key < 5; key += 1) {
        await page.press("Backspace", 8);
    }
    await page.type("g818 ");
    assert.deepEqual(await looks(page), ["whole", "whole", "whole"]);
    await keep(page, "typing");
    await page.type(GROUPS.slice(3, 27).join(" "));
    assert.deepEqual(await looks(page), Array(27).fill("whole"));
    assert.equal(await isShown(page, "answer"), false);
    await page.type(GROUPS.slice(27).join(" "));
    assert.deepEqual(await looks(page), Array(30).fill("right"));
    assert.equal(await text(page, "headline"), "This license is in force");
    assert.equal(await isShown(page, "corrected"), false);
    assert.deepEqual(page.said, []);
});

test("a result is announced once, after a pause", async () => {
    const page = await open();
    await page.value(`{
    globalThis.changes = [];
    const region = document.getElementById("announcement");
    new MutationObserver(() => changes.push(region.textContent)).observe(region, { childList: true });
  }`);
    await page.type(KEY.replace("60GSJ", "606SJ"));
    await page.until("changes.length > 0");
    await page.value("new Promise((resolve) => setTimeout(resolve, 1500))");
    const changes = await page.value("changes");
    assert.match(changes.at(-1), /^This license is in force .* Group 5 is 60GSJ, not 606SJ\.$/);
    assert.ok(changes.length <= 2, JSON.stringify(changes));
});

test("for a pasted key, the page shows the license and what it allows", async () => {
    const page = await open();
    await paste(page, KEY);
    assert.deepEqual(await looks(page), Array(30).fill("right"));
    assert.deepEqual(await facts(page), {
        Product: "Acme Studio, Professional",
        Seats: "25",
        Features: "Export to PDF, Teamwork, and Plug-ins",
        "First day": "1 January 2026",
        "Last day": "31 December 2026",
        "Days left": "199",
        "Usable through": "14 January 2027, with 14 days of grace",
        Serial: "0102030405060708",
    });
    assert.match(await text(page, "clock"), /this computer's clock, taken as it is: 15 June 2026/);
    await keep(page, "pasted");
});

test("mistakes are repaired and shown: the group, the typed characters and the right ones", async () => {
    const page = await open();
    await paste(page, KEY.replace("60GSJ", "606SJ").replace("SRBW8-", ""));
    const wrong = Array(30).fill("right");
    wrong[4] = wrong[22] = "wrong";
    assert.deepEqual(await looks(page), wrong);
    assert.deepEqual(await remarks(page), ["Group 5 is 60GSJ, not 606SJ.", "Group 23 is missing: it is SRBW8."]);
    assert.equal(await text(page, "canonical"), KEY);
    await keep(page, "repaired");
});

test("for a damaged key, the page asks to compare it with the original", async () => {
    const page = await open();
    const damaged = GROUPS.map((group, index) => (index % 5 === 0 ? "?????" : group)).join("-");
    await paste(page, damaged);
    assert.equal(await text(page, "headline"), "This key has more mistakes than can be repaired");
    assert.equal((await looks(page)).filter((look) => look === "wrong").length, 6);
    assert.equal((await looks(page)).includes("right"), false);
});

test("an incomplete key is refused only when the person asks", async () => {
    const page = await open();
    const wrong = GROUPS.map((group, index) => ([3, 9, 15, 21].includes(index) ? "00000" : group));
    await page.type(wrong.join("-"));
    assert.equal(await isShown(page, "answer"), false);
    assert.match(await text(page, "count"), /^30 groups: this does not verify yet/);
    // With the keyboard alone.
    await page.press("Tab", 9);
    assert.equal(await page.value("document.activeElement.textContent"), "Check");
    await page.press(" ", 32);
    assert.equal(await text(page, "headline"), "This key has more mistakes than can be repaired");
});

test("an expired license is shown as genuine and not usable", async () => {
    const page = await open({ now: Date.UTC(2028, 0, 1) });
    await paste(page, KEY);
    assert.deepEqual(await looks(page), Array(30).fill("right"));
    assert.equal(await text(page, "headline"), "This license has ended");
    assert.match(await text(page, "advice"), /^Acme Studio may not be used .*support@acme\.example/);
    assert.equal(await page.value("document.getElementById('answer').className"), "wrong");
    await keep(page, "expired");
});

test("a license in grace is shown with the end of its grace period", async () => {
    const page = await open({ now: Date.UTC(2027, 0, 5) });
    await paste(page, KEY);
    assert.equal(
        await text(page, "advice"),
        "Acme Studio may be used through 14 January 2027. Renew it until then: support@acme.example.",
    );
    assert.equal((await facts(page))["Days left"], "9, of grace");
});

test("another vendor's key is shown as unknown", async () => {
    const { trusted_keys: trusted } = verifier.cases.find(
        (one) => one.error === "unknown-key" && one.trusted_keys.length > 0,
    );
    const file = join(folder, "another.html");
    await writeFile(file, (await readFile(PAGE, "utf8")).replace(keys.verifying_key, trusted[0]));
    const page = await open({ file });
    await paste(page, KEY);
    assert.equal(await text(page, "headline"), "This key was not signed by a key that this page knows");
    const [first, ...others] = await looks(page);
    // The page recognises the beginning of the key, and knows nothing about the other groups.
    assert.deepEqual([first, new Set(others)], ["wrong", new Set(["whole"])]);
    assert.match((await remarks(page))[0], /^Group 1 is not how keys of Acme begin: that is K\w{4} or K\w{4}\.$/);
    await keep(page, "another-vendor");
});

test("every outcome has its own words", async () => {
    // Two outcomes can't occur on a page: updates always cover it, and a locked license is shown as on its machine. A
    // fingerprint without components is the exception.
    const ours = [[keys.verifying_key], 3, "production", true, [30, 14, 7]];
    const headlines = new Map();
    for (const given of decisions.cases) {
        const [{ code, state }] = given.results;
        const outcome = code ?? state;
        const settings = [given.trusted_keys, given.product, given.environment, given.repair, given.reminder_days];
        const isAsked = JSON.stringify(settings) === JSON.stringify(ours) && given.released === null;
        if (isAsked && outcome !== "wrong-machine" && !headlines.has(outcome)) {
            // The page's clock runs: at a microsecond before a license opens, the page would be too late to show it as
            // closed.
            const page = await open({ now: Date.parse(given.now) - (outcome === "not-yet-valid" ? DAY : 0) });
            await paste(page, given.licenses[0]);
            headlines.set(outcome, await text(page, "headline"));
        }
    }
    assert.deepEqual(
        [...headlines.keys()].sort(),
        [
            ...["active", "bad-signature", "damaged", "expired", "expiring-soon", "in-grace", "invalid-claims"],
            ...["malformed", "needs-newer", "not-yet-valid", "unknown-key", "wrong-environment", "wrong-product"],
        ],
    );
    assert.equal(new Set(headlines.values()).size, headlines.size, JSON.stringify([...headlines]));
    assert.ok(![...headlines.values()].includes("This key is refused"));
});

test("for a key or a file in any form, the page has the result of the verifier", async () => {
    const arrived = decisions.cases.filter(({ name }) => name.startsWith("arrives: "));
    assert.ok(arrived.length >= 175);
    const page = await open();
    for (const { name, licenses, results } of arrived) {
        await paste(page, licenses[0]);
        const [{ code, message }] = results;
        const detail = (await facts(page))["In detail"];
        const expected = code === null ? undefined : `${message[0].toUpperCase()}${message.slice(1)}.`;
        assert.equal(detail, expected, name);
        assert.equal((await text(page, "headline")) === "This license is in force", code === null, name);
    }
});

test("a license with updates through a day is shown with the versions that it covers", async () => {
    const page = await open();
    await paste(page, named("perpetual with updates through a day"));
    assert.equal(
        await text(page, "advice"),
        "Acme Studio may be used today, in versions released through 30 June 2027.",
    );
    assert.equal((await facts(page))["Versions covered"], "Those released through 30 June 2027");
});

test("a locked license is shown with its days, and a note that the page can't know the machine", async () => {
    const locked = named("locked to a machine");
    const groups = locked.split("-");
    const without = (index) => groups.filter((_, each) => each !== index).join("-");
    for (const typed of [locked, locked.toLowerCase().replaceAll("-", ""), without(3), without(groups.length - 2)]) {
        const page = await open();
        await paste(page, typed);
        assert.equal(await text(page, "headline"), "This license is in force");
        assert.equal(
            await text(page, "advice"),
            "Acme Studio may be used today, on the machine that it is locked to.",
        );
        const { Machine: machine, "Last day": last } = await facts(page);
        assert.match(machine, /^Locked to one. Whether it is this one, a page can't tell/);
        assert.equal(last, "31 December 2026");
        assert.equal(await page.value("document.getElementById('answer').className"), "wait");
        assert.deepEqual(new Set(await looks(page)).has("right"), true);
    }
    const page = await open({ now: Date.UTC(2028, 0, 1) });
    await paste(page, locked);
    assert.equal(await text(page, "headline"), "This license has ended");
});

test("a key that fits no machine is shown as genuine and locked", async () => {
    const page = await open();
    const none = claims.cases.find((one) => /^010{30}$/.test(one.claims?.fingerprint));
    await paste(page, none.text);
    assert.equal(await text(page, "headline"), "This key is genuine, and locked to one machine");
    assert.equal((await looks(page)).includes("right"), false);
});

test("without a text, the page asks for a key", async () => {
    const page = await open();
    for (const nothing of ["", " -\n"]) {
        await paste(page, nothing);
        await page.value("document.querySelector('#entry [type=submit]').click()");
        assert.equal(await text(page, "count"), "Enter a key first.");
        assert.equal(await isShown(page, "answer"), false);
        assert.equal(await page.value("document.activeElement.id"), "key");
    }
    await page.until("document.getElementById('announcement').textContent === 'Enter a key first.'");
});

test("unchanged parts are not drawn again", async () => {
    const page = await open();
    await paste(page, KEY);
    await page.value("window.drawn = document.querySelector('#cells li'); undefined");
    await paste(page, `${KEY}\n`);
    assert.equal(await page.value("window.drawn === document.querySelector('#cells li')"), true);
    await paste(page, KEY.replace("60GSJ", "606SJ"));
    assert.equal(await page.value("window.drawn === document.querySelector('#cells li')"), false);
});

test("an invisible character is shown by its number", async () => {
    const page = await open();
    await paste(page, "K7PM4-00\u202e08-00\ud83d08");
    assert.deepEqual(await remarks(page), [
        "Group 2 has a character that is in no key: U+202E",
        "Group 3 has a character that is in no key: U+D83D",
    ]);
    assert.match((await said(page))[1], /^Group 2, 00U\+202E08: /);
});

test("every control has a name, and copying is announced", async () => {
    const page = await open();
    await paste(page, KEY.replace("60GSJ", "606SJ"));
    assert.equal(await page.value("document.getElementById('key').labels[0].textContent"), "License key");
    const names = await page.value(
        `[...document.querySelectorAll("button, section")].map((each) =>
            (document.getElementById(each.getAttribute("aria-labelledby")) ?? each).textContent)`,
    );
    assert.deepEqual(names, ["Check", "Clear", "Group by group", "This license is in force", "Copy the corrected key"]);
    const roles = await page.value(`[...document.querySelectorAll("ol, ul")].map((each) => each.getAttribute("role"))`);
    assert.deepEqual(roles, ["list", "list"]);
    await page.value("document.getElementById('copy').click()");
    await page.until("/^(Copied|Selected)/.test(document.getElementById('announcement').textContent)");
});

test("colour is never the only sign: every coloured cell also has a mark and words", async () => {
    const page = await open();
    const MARKS = { right: "✓", wrong: "✕", wait: "…", whole: "·=" };
    for (const typed of [KEY.replace("60GSJ", "606SJ").replace("SRBW8-", ""), "K7PM4-00108-1U818-60", "KAAAA-???"]) {
        await paste(page, typed);
        const cells = await page.value(
            `[...document.querySelectorAll("#cells li")].map((cell) =>
                [cell.className, cell.querySelector(".mark").textContent, cell.querySelector(".unseen").textContent])`,
        );
        assert.ok(cells.length > 1);
        for (const [look, mark, words] of cells) {
            assert.ok(mark !== "" && MARKS[look].includes(mark), `${look} has ${mark}`);
            assert.match(words, /^Group \d+, .+: .+/);
        }
    }
});

test("invalid settings at the top of the page are named", async () => {
    const file = join(folder, "slip.html");
    const slips = [
        ['"vendor": "Acme",', '"vendor": "Acme"', /: the settings at its top are not JSON \(.+\)\. Correct them in the file\./],
        ['"vendor":', '"vender":', /: in the settings at its top, vender: there is no such setting; .+\. Correct them/],
        ['"product": 3', '"product": "3"', /, product: has to be a whole number from 0 to 4294967295\. Correct them/],
    ];
    for (const [right, wrong, told] of slips) {
        await writeFile(file, (await readFile(PAGE, "utf8")).replace(right, wrong));
        const page = await chromium.open(pathToFileURL(file));
        await page.until("document.getElementById('lead').textContent !== ''");
        const lead = await text(page, "lead");
        assert.match(lead, /^This page can't check keys here: /);
        assert.match(lead, told);
    }
});

test("nothing leaves the page", async () => {
    const page = await open();
    await paste(page, KEY);
    assert.deepEqual(page.requests, [pathToFileURL(PAGE).href]);
    const tried = `fetch("https://acme.example/").then(() => "let out", () => "kept")`;
    assert.equal(await page.value(tried), "kept");
    assert.ok(
        page.said.some((line) => line.includes("Content Security Policy")),
        JSON.stringify(page.said),
    );
    assert.equal(await page.value("localStorage.length + document.cookie.length"), 0);
});

for (const dark of [false, true]) {
    test(`every text is legible, in ${dark ? "dark" : "light"} colours`, async () => {
        const page = await open({ dark });
        for (const typed of [
            KEY.replace("60GSJ", "606SJ").replace("SRBW8-", ""),
            "K7PM4-0010",
            KEY.replaceAll("G", "?"),
        ]) {
            await paste(page, typed);
            const [count, least] = await page.value(`(${contrasts})()`);
            assert.ok(count > 10);
            assert.ok(least.ratio >= 4.5, JSON.stringify(least));
        }
        await paste(page, KEY.replace("60GSJ", "606SJ").replace("SRBW8-", ""));
        const background = await page.value("getComputedStyle(document.documentElement).backgroundColor");
        assert.equal(background, dark ? "rgb(21, 24, 28)" : "rgb(251, 250, 247)");
        await keep(page, dark ? "dark" : "light");
    });
}

/** Runs in the page: the number of elements with text, and the element with the lowest contrast (WCAG 2). */
function contrasts() {
    const numbers = (colour) => colour.match(/[\d.]+/g).map(Number);
    const luminance = (colour) => {
        const [red, green, blue] = numbers(colour).map((value) => {
            const part = value / 255;
            return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const behind = (element) => {
        const colour = getComputedStyle(element).backgroundColor;
        return numbers(colour)[3] === 0 && element.parentElement ? behind(element.parentElement) : colour;
    };
    const all = [...document.body.querySelectorAll("*")]
        .filter((each) => each.getClientRects().length > 0 && !each.matches(".unseen"))
        .filter((each) => [...each.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()))
        .map((each) => {
            const [one, other] = [luminance(getComputedStyle(each).color), luminance(behind(each))];
            return { ratio: (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05), text: each.textContent };
        });
    return [all.length, all.reduce((least, each) => (each.ratio < least.ratio ? each : least))];
}

test("on a telephone of 360 pixels nothing is cut off", async () => {
    const page = await open({ width: 360, height: 740 });
    for (const typed of [KEY, KEY.replace("60GSJ", "606SJ"), "x".repeat(300)]) {
        await paste(page, typed);
        const { scrollWidth, clientWidth } = await page.value(
            "(({ scrollWidth, clientWidth }) => ({ scrollWidth, clientWidth }))(document.documentElement)",
        );
        assert.ok(scrollWidth <= clientWidth && clientWidth <= 360, `${scrollWidth} of ${clientWidth}`);
    }
    await paste(page, KEY.replace("60GSJ", "606SJ"));
    const tops = await page.value(`[...document.querySelectorAll("#cells li")].map((cell) => cell.offsetTop)`);
    assert.equal(new Set(tops).size, 10, "three groups to a line");
    await keep(page, "telephone", { width: 360 });
});

test("with letters of twice the size, a telephone still shows everything", async () => {
    const page = await open({ width: 360, height: 740 });
    await page.value("document.documentElement.style.fontSize = '212.5%'");
    assert.equal(await page.value("getComputedStyle(document.body).fontSize"), "34px");
    for (const typed of [KEY.replace("60GSJ", "606SJ").replace("SRBW8-", ""), KEY.replaceAll("G", "?"), "x".repeat(99)]) {
        await paste(page, typed);
        const beyond = await page.value(`(${overflowing})()`);
        assert.deepEqual(beyond, []);
    }
    await paste(page, KEY.replace("60GSJ", "606SJ").replace("SRBW8-", ""));
    const heights = await page.value(`[...document.querySelectorAll("#cells .text")].map((each) => each.offsetHeight)`);
    assert.ok(Math.max(...heights) < 68, "a group is on one line");
    await keep(page, "large-letters", { width: 360 });
});

/** Runs in the page: the elements that reach beyond the right edge or their own box. */
function overflowing() {
    const width = document.documentElement.clientWidth;
    return [...document.body.querySelectorAll("*")]
        .filter((each) => each.getClientRects().length > 0 && !each.closest(".unseen"))
        .filter(
            (each) =>
                each.getBoundingClientRect().right > width + 0.5 ||
                (each.clientWidth > 0 && each.scrollWidth > each.clientWidth + 1),
        )
        .map((each) => `${each.tagName} ${each.id} ${each.className}`);
}

test("a print has the groups and the result, in black, and no buttons", async () => {
    const page = await open();
    await paste(page, KEY.replace("60GSJ", "606SJ"));
    await page.send("Emulation.setEmulatedMedia", { media: "print" });
    assert.deepEqual(
        [await isShown(page, "entry"), await isShown(page, "copy"), await isShown(page, "cells")],
        [false, false, true],
    );
    assert.equal(await page.value("getComputedStyle(document.body).color"), "rgb(0, 0, 0)");
    await keep(page, "print");
});

test("the vendor's names and key are at the top of the file", async () => {
    const der = `302a300506032b6570032100${keys.verifying_key}`;
    const pem = `-----BEGIN PUBLIC KEY-----\\n${Buffer.from(der, "hex").toString("base64")}\\n-----END PUBLIC KEY-----`;
    const changed = (await readFile(PAGE, "utf8"))
        .replace('"Acme Studio"', '"Bolt & <b>Nut</b>"')
        .replace(`"${keys.verifying_key}"`, `"${pem}"`);
    const file = join(folder, "bolt.html");
    await writeFile(file, changed);
    const page = await open({ file });
    await paste(page, KEY);
    assert.equal((await facts(page)).Product, "Bolt & <b>Nut</b>, Professional");
    await paste(page, "KAAAA-");
    assert.match((await remarks(page))[0], /K7PM4 or K7PM5/);
});

test("a page with an invalid public key reports it, and verifies nothing", async () => {
    const file = join(folder, "none.html");
    await writeFile(file, (await readFile(PAGE, "utf8")).replace(keys.verifying_key, "00".repeat(32)));
    const page = await chromium.open(pathToFileURL(file));
    await page.until("document.getElementById('lead').textContent.startsWith('This page')");
    assert.match(
        await text(page, "lead"),
        /^This page can't check keys here: trusted\[0\]: this is not an Ed25519 public key/,
    );
});
