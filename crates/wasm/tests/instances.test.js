// The instance, its memory and its verifiers: freed, stopped, grown, forgotten.

import assert from "node:assert/strict";
import test from "node:test";
import v8 from "node:v8";
import vm from "node:vm";

import { load } from "keyward";

import { aGoodKeyVerifies, KEY, keyward, module, NOW, VENDOR, verifier } from "./shared.js";

const { Verifier } = keyward;

test.afterEach(aGoodKeyVerifies);

test("a verifier that is freed during a call, or twice, is freed", () => {
    const one = new Verifier({ trusted: [VENDOR], product: 3 });
    const texts = Object.defineProperty([KEY], 0, {
        get() {
            one.free();
            return KEY;
        },
    });
    assert.throws(() => one.combine(texts, NOW), { name: "KeywardError", code: "freed" });
    one.free();
    assert.throws(() => one.verify(KEY, NOW), { code: "freed" });
    assert.throws(() => Verifier.prototype.verify.call({}, KEY, NOW), TypeError);
});

test("a verifier can be disposed of with `using`", { skip: !Symbol.dispose }, () => {
    const one = new Verifier({ trusted: [VENDOR], product: 3 });
    one[Symbol.dispose]();
    assert.throws(() => one.verify(KEY, NOW), { code: "freed" });
});

/** A package over instances whose functions can be watched. */
async function watched(around) {
    const Instance = WebAssembly.Instance;
    const instances = [];
    WebAssembly.Instance = function watchedInstance(...given) {
        const { exports } = new Instance(...given);
        instances.push(exports);
        return { exports: { ...exports, ...around(exports, instances.length) } };
    };
    return {
        instances,
        restore: () => {
            WebAssembly.Instance = Instance;
        },
        ...(await load(module)),
    };
}

test("after a trap there is a new instance, in which the old verifiers work", async () => {
    const trap = () => {
        throw new WebAssembly.RuntimeError("unreachable");
    };
    let traps = 0;
    const {
        Verifier: Watched,
        instances,
        restore,
    } = await watched((exports, number) => ({
        kw_verify: (...given) => (number === 1 && traps++ === 0 ? trap() : exports.kw_verify(...given)),
    }));
    try {
        const [one, other] = [3, 4].map((product) => new Watched({ trusted: [VENDOR], product }));
        assert.throws(
            () => one.verify(KEY, NOW),
            (error) => error.code === "stopped" && error.cause instanceof WebAssembly.RuntimeError,
        );
        assert.equal(other.verify(KEY, NOW).outcome, "wrong-product");
        assert.equal(one.verify(KEY, NOW).outcome, "active");
        one.free();
        other.free();
        assert.deepEqual([instances.length, traps], [2, 1]);
    } finally {
        restore();
    }
});

test("grown memory is used correctly, and freed memory is reused", async () => {
    const { Verifier: Watched, instances, restore } = await watched(() => ({}));
    try {
        const many = Array.from({ length: 500 }, (_, index) => (index === 321 ? KEY : "K".repeat(4000)));
        const one = new Watched({ trusted: [VENDOR], product: 3 });
        const [{ memory }] = instances;
        const before = memory.buffer.byteLength;
        assert.equal(one.combine(many, NOW).index, 321);
        const grown = memory.buffer.byteLength;
        assert.ok(grown > before + 1_500_000);
        for (let turn = 0; turn < 2_000; turn += 1) {
            const made = new Watched({ trusted: [], product: 3 });
            assert.throws(() => new Watched({ trusted: [""], product: 3 }));
            made.verify("K".repeat(4000), NOW);
            made.free();
        }
        assert.equal(memory.buffer.byteLength, grown);
    } finally {
        restore();
    }
});

test("the memory of a verifier that is collected is freed", async () => {
    v8.setFlagsFromString("--expose-gc");
    const collect = vm.runInNewContext("gc");
    let free = 0;
    const { Verifier: Watched, restore } = await watched((exports) => ({
        kw_verifier_free: (pointer) => {
            free += 1;
            exports.kw_verifier_free(pointer);
        },
    }));
    try {
        for (let turn = 0; turn < 100; turn += 1) {
            new Watched({ trusted: [], product: 3 });
        }
        for (let turn = 0; turn < 20 && free < 90; turn += 1) {
            collect();
            await new Promise(setImmediate);
        }
        assert.ok(free >= 90, `${free} of 100`);
    } finally {
        restore();
    }
});
