// Replicates one database to another, a server's (URL) and one on its own disk (DIR), and once more with nothing
// changed.
//
//   client.mjs FROM TO    tells `ready`, waits for a message, tells `progress`, `copied`, `idle`

import PouchDB from "pouchdb";
import { once } from "node:events";
import { secondsSince } from "../shared/program.mjs";
import * as wire from "../shared/wire.mjs";

const places = process.argv.slice(2);
process.send({ ready: true });
await once(process, "message");

let found = 0;
const counts = () => ({ found, bytes: wire.bytes(), requests: wire.httpRequests() });
setInterval(() => process.send({ progress: counts() }), 1000);

const begun = performance.now();
const [source, target] = places.map((place) => new PouchDB(place));
const first = PouchDB.replicate(source, target);
first.on("change", (change) => (found = change.docs_written));
found = (await first).docs_written;
const copied = { clock_s: secondsSince(begun), ...counts() };
process.send({ copied: { ...copied, held: (await target.info()).doc_count } });

const { bytes, requests } = counts();
const again = performance.now();
const second = await PouchDB.replicate(source, target);
if (second.docs_read !== 0) throw new Error(`${second.docs_read} documents came again`);
process.send({
  idle: {
    idle_s: secondsSince(again),
    idle_bytes: wire.bytes() - bytes,
    idle_requests: wire.httpRequests() - requests,
  },
});
