// The vectors, by name.

import { readFile, readdir } from "node:fs/promises";
import { basename, join } from "node:path";

const folder = process.env.KEYWARD_VECTORS;

export async function vectors() {
    const files = (await readdir(folder)).filter((name) => name.endsWith(".json"));
    const read = async (name) => [basename(name, ".json"), JSON.parse(await readFile(join(folder, name), "utf8"))];
    return Object.fromEntries(await Promise.all(files.map(read)));
}
