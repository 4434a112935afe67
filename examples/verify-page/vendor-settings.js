// The settings that vendor.json may have. The builder refuses all others, and so does the page, whose copy of the settings
// may be edited later.

const MAX = {
    product: 2 ** 32 - 1,
    editions: 2 ** 16 - 1,
    features: 63,
    limits: 255,
};
const CHECKS = {
    vendor: mistakesInName,
    support: mistakesInName,
    trusted: mistakesInKeys,
    product: (value) => (isWhole(value, MAX.product) ? [] : [`has to be a whole number from 0 to ${MAX.product}`]),
    name: mistakesInName,
    editions: (value) => mistakesInNames(value, MAX.editions),
    features: (value) => mistakesInNames(value, MAX.features),
    limits: (value) => mistakesInNames(value, MAX.limits),
};

/** The mistakes in these settings: a message for each, with its place. */
export function mistakes(settings) {
    if (!isObject(settings)) {
        return ["the settings have to be an object"];
    }
    const unknown = Object.keys(settings).filter((setting) => !Object.hasOwn(CHECKS, setting));
    return [
        ...unknown.map((setting) => `${setting}: there is no such setting; there are ${Object.keys(CHECKS).join(", ")}`),
        ...Object.entries(CHECKS).flatMap(([setting, check]) =>
            Object.hasOwn(settings, setting)
                ? check(settings[setting]).map((mistake) => `${setting}${mistake.startsWith("[") ? "" : ": "}${mistake}`)
                : [`${setting}: the setting is missing`],
        ),
    ];
}

function mistakesInName(value) {
    return typeof value === "string" && value.trim() !== "" ? [] : ["has to be a text that is not empty"];
}

/** The verifier decides whether a text is a public key. */
function mistakesInKeys(value) {
    if (!Array.isArray(value) || value.length === 0) {
        return ["has to be an array of one public key or more"];
    }
    return value.flatMap((key, index) => (typeof key === "string" ? [] : [`[${index}]: has to be a text`]));
}

function mistakesInNames(value, max) {
    if (!isObject(value)) {
        return [`has to be an object from numbers to names, such as { "1": "Home" }`];
    }
    return Object.entries(value).flatMap(([number, named]) => [
        ...(/^(0|[1-9]\d{0,9})$/.test(number) && isWhole(Number(number), max)
            ? []
            : [`["${number}"]: has to be a whole number from 0 to ${max}`]),
        ...mistakesInName(named).map((mistake) => `["${number}"]: ${mistake}`),
    ]);
}

function isObject(value) {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isWhole(value, max) {
    return Number.isInteger(value) && value >= 0 && value <= max;
}
