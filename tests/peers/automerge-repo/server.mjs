// A sync server as automerge-repo-sync-server is written (its own npm release still pins
// automerge-repo 1): the node adapters of the library, and a share policy that gives a document to
// whoever asks for it by its URL but pushes none.
//
//   server.mjs DIR COUNT TEXTS    makes the documents, writes them to the disk, tells `made`, `urls`, `port`

import { ImmutableString } from "@automerge/automerge";
import { Repo } from "@automerge/automerge-repo";
import { WebSocketServerAdapter } from "@automerge/automerge-repo-network-websocket";
import { NodeFSStorageAdapter } from "@automerge/automerge-repo-storage-nodefs";
import { once } from "node:events";
import { WebSocketServer } from "ws";
import { records } from "../shared/records.mjs";

const BATCH = 250;
const [folder, count, texts] = process.argv.slice(2);
const sockets = new WebSocketServer({ host: "127.0.0.1", port: 0 });
await once(sockets, "listening");
const repo = new Repo({
  network: [new WebSocketServerAdapter(sockets)],
  storage: new NodeFSStorageAdapter(folder),
  peerId: "storage-server",
  sharePolicy: async () => false,
});

const urls = [];
let fresh = [];
for (const record of records(Number(count), texts)) {
  const { url, documentId } = repo.create(documentOf(record));
  urls.push(url);
  fresh.push(documentId);
  if (fresh.length === BATCH) await written();
}
await written();
process.send({ urls, port: sockets.address().port });

/** Brings the batch to the disk, and gives the library's own timers and finalizers their turn. */
async function written() {
  await repo.flush(fresh);
  process.send({ made: urls.length });
  fresh = [];
}

// Papers and marks are plain values with us too; only the comment is a Text that merges.
function documentOf({ papers, marks, comment }) {
  return { papers: fixed(papers), marks: fixed(marks), comment };
}

function fixed(values) {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, new ImmutableString(value)]));
}
