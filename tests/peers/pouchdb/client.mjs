// A fresh PouchDB on its own disk that replicates a database of the server once, and once more with
// nothing changed.
//
//   client.mjs URL DIR    tells `ready`, waits for a message, tells `progress`, `pulled`, `idle`

import PouchDB from "pouchdb";
import { once } from "node:events";
import { secondsSince } from "../shared/program.mjs";
import * as wire from "../shared/wire.mjs";

const [url, folder] = process.argv.slice(2);
process.send({ ready: true });
await once(process, "message");

let found = 0;
const counts = () => ({ found, bytes: wire.bytes(), requests: wire.httpRequests() });
setInterval(() => process.send({ progress: counts() }), 1000);

const begun = performance.now();
const local = new PouchDB(folder);
const first = PouchDB.replicate(url, local);
first.on("change", (change) => (found = change.docs_written));
found = (await first).docs_written;
const pulled = { first_pull_s: secondsSince(begun), ...counts() };
process.send({ pulled: { ...pulled, held: (await local.info()).doc_count } });

const { bytes, requests } = counts();
const again = performance.now();
const second = await PouchDB.replicate(url, local);
if (second.docs_read !== 0) throw new Error(`${second.docs_read} documents came again`);
process.send({
  idle: {
    idle_s: secondsSince(again),
    idle_bytes: wire.bytes() - bytes,
    idle_requests: wire.httpRequests() - requests,
  },
});
