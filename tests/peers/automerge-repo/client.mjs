// A fresh client of the sync server: finds every document by its URL and has them on its own disk;
// then loses the connection and comes back with nothing changed.
//
//   client.mjs PORT DIR    tells `ready`, waits for the URLs, tells `progress`, `pulled`, `settled`, `idle`

import { Repo } from "@automerge/automerge-repo";
import { WebSocketClientAdapter } from "@automerge/automerge-repo-network-websocket";
import { NodeFSStorageAdapter } from "@automerge/automerge-repo-storage-nodefs";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { rounded, secondsSince } from "../shared/program.mjs";
import * as wire from "../shared/wire.mjs";

// The library gives up a document that has not come within a minute, so a client does not ask for
// ten thousand at once.
const IN_FLIGHT = 100;
const QUIET_MS = 3000;

const [port, folder] = process.argv.slice(2);
process.send({ ready: true });
const [{ urls }] = await once(process, "message");

// The library's own adapter, which tells us of every message that passes.
let messages = 0;
let lastMessage = 0;
const named = new Set();
const seen = (message) => {
  messages += 1;
  lastMessage = performance.now();
  if (message.documentId !== undefined) named.add(message.documentId);
};
class CountingAdapter extends WebSocketClientAdapter {
  send(message) {
    super.send(message);
    seen(message);
  }
}

let found = 0;
let disconnections = 0;
let retries = 0;
const counts = () => ({ found, bytes: wire.bytes(), messages, disconnections, retries });
setInterval(() => process.send({ progress: counts() }), 1000);

const begun = performance.now();
const adapter = new CountingAdapter(`ws://127.0.0.1:${port}`);
adapter.on("message", seen);
adapter.on("peer-disconnected", () => (disconnections += 1));
const repo = new Repo({ network: [adapter], storage: new NodeFSStorageAdapter(folder) });
// Without this, documents that are looked for before the server has answered may count as unavailable.
await repo.networkSubsystem.whenReady();
const waiting = urls.values();
await Promise.all(Array.from({ length: IN_FLIGHT }, async () => {
  for (const url of waiting) await fetched(url);
}));
const ready_s = secondsSince(begun);
await repo.flush();
process.send({ pulled: { first_pull_s: secondsSince(begun), ready_s } });

// The last acknowledgements still go to and fro after everything is here.
await quiet();
const before = counts();
process.send({ settled: before });

named.clear();
const again = wire.nextConnection();
adapter.socket.close();
await again;
const back = performance.now();
while (named.size < urls.length) await sleep(5);
await serverHasRead();
const read = performance.now();
await quiet();
process.send({
  idle: {
    idle_s: rounded((Math.max(read, lastMessage) - back) / 1000),
    idle_bytes: wire.bytes() - before.bytes,
    idle_messages: messages - before.messages,
  },
});

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

/** Waits until the server has read all that we sent: frames keep their order, and so does a pong. */
async function serverHasRead() {
  const pong = once(adapter.socket, "pong");
  adapter.socket.ping();
  await pong;
}

/** Waits until nothing passes any more. */
async function quiet() {
  do {
    await sleep(QUIET_MS);
    await serverHasRead();
    await sleep(QUIET_MS / 10);
  } while (performance.now() - lastMessage < QUIET_MS);
}
