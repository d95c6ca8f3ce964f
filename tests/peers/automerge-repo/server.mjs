// A sync server as automerge-repo-sync-server is written (its own npm release still pins
// automerge-repo 1): the node adapters of the library, and a share policy that gives a document to
// whoever asks for it by its URL but pushes none.
//
//   server.mjs DIR COUNT TEXTS    makes the documents, writes them to the disk, tells `made`, `urls`, `port`;
//                                 told how many more are to come, tells `held` when they are on the disk

import { Repo } from "@automerge/automerge-repo";
import { WebSocketServerAdapter } from "@automerge/automerge-repo-network-websocket";
import { NodeFSStorageAdapter } from "@automerge/automerge-repo-storage-nodefs";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { WebSocketServer } from "ws";
import { fill } from "./fill.mjs";

const [folder, count, texts] = process.argv.slice(2);
const sockets = new WebSocketServer({ host: "127.0.0.1", port: 0 });
await once(sockets, "listening");
const repo = new Repo({
  network: [new WebSocketServerAdapter(sockets)],
  storage: new NodeFSStorageAdapter(folder),
  peerId: "storage-server",
  sharePolicy: async () => false,
});
const urls = await fill(repo, Number(count), texts);
process.on("message", ({ awaited }) => held(awaited));
process.send({ urls, port: sockets.address().port });

/** Tells when so many documents of others have been written to the disk, and that each has its comment. */
function held(awaited) {
  const saved = new Set();
  const beat = setInterval(() => process.send({ found: saved.size }), 1000);
  repo.on("doc-metrics", async ({ type, documentId }) => {
    // A document's first write is a whole one, what the library calls compacted. It tells of a write when it begins.
    if (type !== "doc-compacted" && type !== "doc-saved") return;
    saved.add(documentId);
    if (saved.size !== awaited) return;
    clearInterval(beat);
    // Not within the library's own work.
    await sleep(0);
    await repo.flush();
    const without = Object.values(repo.handles).filter((handle) => !(handle.doc()?.comment?.length >= 50));
    if (without.length > 0) throw new Error(`${without.length} documents came without their comments`);
    process.send({ found: awaited, held: awaited });
  });
}
