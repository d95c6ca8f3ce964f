// Documents of the library with the records in them.

import { ImmutableString } from "@automerge/automerge";
import { records } from "../shared/records.mjs";

const BATCH = 250;

/** Makes as many as asked for and brings them to the disk; tells `made` as it goes, gives their URLs. */
export async function fill(repo, count, texts) {
  const urls = [];
  let fresh = [];
  for (const record of records(count, texts)) {
    const { url, documentId } = repo.create(documentOf(record));
    urls.push(url);
    fresh.push(documentId);
    if (fresh.length === BATCH) await written();
  }
  await written();
  return urls;

  /** Brings the batch to the disk, and gives the library's own timers and finalizers their turn. */
  async function written() {
    await repo.flush(fresh);
    process.send({ made: urls.length });
    fresh = [];
  }
}

// Papers and marks are plain values with us too; only the comment is a Text that merges.
function documentOf({ papers, marks, comment }) {
  return { papers: fixed(papers), marks: fixed(marks), comment };
}

function fixed(values) {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, new ImmutableString(value)]));
}
