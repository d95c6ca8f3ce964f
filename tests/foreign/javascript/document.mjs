// A Tingfang document seen by Automerge's own JavaScript library, which knows nothing of Tingfang.

import * as Automerge from "@automerge/automerge";

/** Opens the bytes of a document. */
export function open(bytes) {
  return Automerge.load(new Uint8Array(bytes));
}

/**
 * The document's content as plain JSON values: Text and strings as strings, times as RFC 3339 in
 * UTC with no trailing zeros (the form of every text wire of Tingfang), keys in order.
 */
export function content(document) {
  return plain(Automerge.toJS(document));
}

/** The value at a path such as `facts/outcome`; undefined where there is none. */
export function valueAt(tree, path) {
  return path.split("/").reduce((node, key) => (node === null ? undefined : node?.[key]), tree);
}

/** The distinct values that concurrent writers left at a path, in order; one or none when nobody disagrees. */
export function candidates(document, path) {
  const keys = path.split("/");
  const field = keys.pop();
  const holder = keys.reduce((node, key) => node?.[key], document);
  const found = holder === undefined ? undefined : Automerge.getConflicts(holder, field);
  const values = found ? Object.values(found) : [holder?.[field]].filter((value) => value !== undefined);
  return [...new Set(values.map(plain))].sort();
}

function plain(value) {
  if (Automerge.isImmutableString(value)) return value.val;
  if (value instanceof Date) return value.toISOString().replace(/\.?0+Z$/, "Z");
  if (Array.isArray(value)) return value.map(plain);
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.keys(value).sort().map((key) => [key, plain(value[key])]));
  }
  return value;
}
