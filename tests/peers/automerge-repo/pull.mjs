// A fresh client of the sync server: finds every document by its URL and has them on its own disk;
// then loses the connection and comes back with nothing changed.
//
//   pull.mjs PORT DIR    tells `ready`, waits for the URLs, tells `progress`, `copied`, `settled`, `idle`

import { Repo } from "@automerge/automerge-repo";
import { NodeFSStorageAdapter } from "@automerge/automerge-repo-storage-nodefs";
import { once } from "node:events";
import { secondsSince } from "../shared/program.mjs";
import { Link } from "./link.mjs";

// The library gives up a document that has not come within a minute, so a client does not ask for
// ten thousand at once.
const IN_FLIGHT = 100;

const [port, folder] = process.argv.slice(2);
process.send({ ready: true });
const [{ urls }] = await once(process, "message");

let found = 0;
let retries = 0;
const begun = performance.now();
const link = new Link(port);
const counts = () => ({ found, retries, ...link.counts() });
setInterval(() => process.send({ progress: counts() }), 1000);
const repo = new Repo({ network: [link.adapter], storage: new NodeFSStorageAdapter(folder) });
// Without this, documents that are looked for before the server has answered may count as unavailable.
await repo.networkSubsystem.whenReady();
const waiting = urls.values();
await Promise.all(Array.from({ length: IN_FLIGHT }, async () => {
  for (const url of waiting) await fetched(url);
}));
const ready_s = secondsSince(begun);
await repo.flush();
process.send({ copied: { clock_s: secondsSince(begun), ready_s } });
await link.quiet();
process.send({ settled: counts() });
process.send({ idle: await link.lostAndMadeAnew(urls.length) });

/**
 * Waits for a document, and asks anew when the library gave it up: it counts as unavailable while
 * the connection is down, and the server ends the connection of a client that was too busy to
 * answer a ping for five seconds. The adapter comes back by itself.
 */
async function fetched(url) {
  for (;;) {
    const handle = await repo.find(url, { allowableStates: ["ready", "unavailable"] }).catch(() => undefined);
    await handle?.whenReady().catch(() => undefined);
    if (handle?.isReady()) {
      if (handle.doc().comment.length < 50) throw new Error(`${url} came without its comment`);
      found += 1;
      return;
    }
    retries += 1;
  }
}
