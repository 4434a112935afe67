// A Chromium without a window, controlled over two pipes: each message is JSON, and ends with a zero byte.

import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export class Chromium {
    #process;
    #profile;
    #answers = new Map();
    #listeners = new Map();
    #last = 0;

    static async start(...flags) {
        const chromium = new Chromium();
        chromium.#profile = await mkdtemp(join(tmpdir(), "keyward-chromium-"));
        chromium.#process = spawn(
            process.env.CHROMIUM ?? "chromium",
            [
                "--headless",
                // Chromium has no sandbox when it runs as root, as in a container.
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--remote-debugging-pipe",
                `--user-data-dir=${chromium.#profile}`,
                ...flags,
                "about:blank",
            ],
            { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] },
        );
        chromium.#process.once("exit", (code) => {
            for (const { reject } of chromium.#answers.values()) {
                reject(new Error(`chromium ended, with ${code}`));
            }
        });
        let rest = "";
        chromium.#process.stdio[4].setEncoding("utf8").on("data", (data) => {
            const messages = (rest + data).split("\0");
            rest = messages.pop();
            messages.forEach((message) => chromium.#hear(JSON.parse(message)));
        });
        return chromium;
    }

    #hear({ id, sessionId, method, params, result, error }) {
        if (id === undefined) {
            this.#listeners.get(sessionId)?.(method, params);
            return;
        }
        const { resolve, reject } = this.#answers.get(id);
        this.#answers.delete(id);
        error ? reject(new Error(error.message)) : resolve(result);
    }

    send(method, params = {}, sessionId = undefined) {
        this.#last += 1;
        const id = this.#last;
        this.#process.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
        return new Promise((resolve, reject) => this.#answers.set(id, { resolve, reject }));
    }

    /**
     * A new page, which has loaded; `now` is the time at which its clock begins. Its console messages and refused requests
     * are kept in `said`.
     */
    async open(url, { width = 1000, height = 900, dark = false, now = undefined } = {}) {
        const { targetId } = await this.send("Target.createTarget", { url: "about:blank" });
        const { sessionId } = await this.send("Target.attachToTarget", { targetId, flatten: true });
        const page = new Page((method, params) => this.send(method, params, sessionId));
        const loaded = new Promise((resolve) => {
            this.#listeners.set(sessionId, (method, params) => {
                page.hear(method, params);
                if (method === "Page.loadEventFired") {
                    resolve();
                }
            });
        });
        for (const domain of ["Page", "Runtime", "Log", "Network"]) {
            await page.send(`${domain}.enable`);
        }
        await page.resize(width, height);
        const scheme = [{ name: "prefers-color-scheme", value: dark ? "dark" : "light" }];
        await page.send("Emulation.setEmulatedMedia", { features: scheme });
        if (now !== undefined) {
            await page.send("Page.addScriptToEvaluateOnNewDocument", { source: `(${setClock})(${now})` });
        }
        page.requests.length = 0;
        await page.send("Page.navigate", { url: String(url) });
        await loaded;
        return page;
    }

    async close() {
        const ended = new Promise((resolve) => this.#process.once("exit", resolve));
        await this.send("Browser.close").catch(() => {});
        await ended;
        await rm(this.#profile, { recursive: true, force: true, maxRetries: 5 });
    }
}

/** Runs in a page: its clock continues from another time. */
function setClock(now) {
    const ahead = now - Date.now();
    const System = Date;
    globalThis.Date = class extends System {
        constructor(...given) {
            given.length === 0 ? super(System.now() + ahead) : super(...given);
        }
        static now() {
            return System.now() + ahead;
        }
    };
}

class Page {
    said = [];
    requests = [];

    constructor(send) {
        this.send = send;
    }

    hear(method, params) {
        if (method === "Runtime.exceptionThrown") {
            this.said.push(params.exceptionDetails.exception?.description ?? params.exceptionDetails.text);
        } else if (method === "Log.entryAdded") {
            this.said.push(params.entry.text);
        } else if (method === "Runtime.consoleAPICalled") {
            this.said.push(params.args.map(({ value }) => value).join(" "));
        } else if (method === "Network.requestWillBeSent") {
            this.requests.push(params.request.url);
        }
    }

    resize(width, height, mobile = false) {
        return this.send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile });
    }

    /** The value of an expression; if it is a promise, its result. */
    async value(expression) {
        const { result, exceptionDetails } = await this.send("Runtime.evaluate", {
            expression,
            awaitPromise: true,
            returnByValue: true,
        });
        if (exceptionDetails) {
            throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
        }
        return result.value;
    }

    /** Waits until an expression is true. */
    async until(expression, milliseconds = 20_000) {
        for (const end = Date.now() + milliseconds; Date.now() < end;) {
            if (await this.value(expression)) {
                return;
            }
            await new Promise((resolve) => setTimeout(resolve, 20));
        }
        throw new Error(`not within ${milliseconds} ms: ${expression}; the page said ${JSON.stringify(this.said)}`);
    }

    /** Types a text, key by key. */
    async type(text) {
        for (const character of text) {
            const key = { text: character, key: character, unmodifiedText: character };
            await this.send("Input.dispatchKeyEvent", { type: "keyDown", ...key });
            await this.send("Input.dispatchKeyEvent", { type: "keyUp", key: character });
        }
    }

    async press(key, code, modifiers = 0) {
        const pressed = { key, code: key, windowsVirtualKeyCode: code, modifiers };
        await this.send("Input.dispatchKeyEvent", { type: "keyDown", ...pressed });
        await this.send("Input.dispatchKeyEvent", { type: "keyUp", ...pressed });
    }

    async screenshot() {
        const { data } = await this.send("Page.captureScreenshot", { captureBeyondViewport: true });
        return Buffer.from(data, "base64");
    }
}
