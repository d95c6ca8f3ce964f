// Puts records into a database: a server's, over HTTP as any client does, or a folder's.
//
//   fill.mjs URL|DIR COUNT TEXTS    tells `filled`

import PouchDB from "pouchdb";
import { records } from "../shared/records.mjs";

const BATCH = 500;
const [place, count, texts] = process.argv.slice(2);
const database = new PouchDB(place);
let batch = [];
for (const record of records(Number(count), texts)) {
  batch.push(record);
  if (batch.length === BATCH) await put();
}
await put();
process.send({ filled: (await database.info()).doc_count });

async function put() {
  const failed = (await database.bulkDocs(batch)).filter((result) => result.error);
  if (failed.length > 0) throw new Error(`${failed.length} records were not taken`);
  batch = [];
}
