// What both programs share: their arguments, a folder that goes away, and one line of JSON.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TEXTS } from "./records.mjs";

const WAYS = ["pull", "push"];

/** COUNT, TEXTS and WAY from the command line, or the end of the program with 2. */
export function argumentsOf(name) {
  const [count, texts, way] = process.argv.slice(2);
  if (!/^[1-9]\d*$/.test(count ?? "") || !TEXTS.includes(texts) || !WAYS.includes(way)) {
    console.error(`usage: node ${name} COUNT ${TEXTS.join("|")} ${WAYS.join("|")}`);
    process.exit(2);
  }
  return { count: Number(count), texts, way };
}

/** A folder for this run alone; it is removed when the program ends. */
export function folder() {
  const path = mkdtempSync(join(tmpdir(), "tingfang-peers-"));
  process.on("exit", () => rmSync(path, { recursive: true, force: true, maxRetries: 3 }));
  return path;
}

/** The version of an installed package. */
export function version(name) {
  const file = new URL(`../node_modules/${name}/package.json`, import.meta.url);
  return JSON.parse(readFileSync(file, "utf8")).version;
}

/** Seconds since a moment of `performance.now()`. */
export function secondsSince(begun) {
  return rounded((performance.now() - begun) / 1000);
}

/** Something in thousandths; null when it is not known. */
export function rounded(value) {
  return Number.isFinite(value) ? Math.round(value * 1000) / 1000 : null;
}

/** Prints the figures and ends, whatever timers the libraries still hold. */
export function report(figures) {
  console.log(JSON.stringify(figures));
  process.exit();
}
