// A sync server as automerge-repo-sync-server is written (its own npm release still pins
// automerge-repo 1): the node adapters of the library, and a share policy that gives a document to
// whoever asks for it by its URL but pushes none.
//
//   server.mjs DIR COUNT TEXTS    makes the documents, writes them to the disk, tells `urls` and `port`

import { ImmutableString } from "@automerge/automerge";
import { Repo } from "@automerge/automerge-repo";
import { WebSocketServerAdapter } from "@automerge/automerge-repo-network-websocket";
import { NodeFSStorageAdapter } from "@automerge/automerge-repo-storage-nodefs";
import { once } from "node:events";
import { WebSocketServer } from "ws";
import { records } from "../shared/records.mjs";

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
for (const record of records(Number(count), texts)) urls.push(repo.create(documentOf(record)).url);
await repo.flush();
process.send({ urls, port: sockets.address().port });

// Papers and marks are plain values with us too; only the comment is a Text that merges.
function documentOf({ papers, marks, comment }) {
  return { papers: fixed(papers), marks: fixed(marks), comment };
}

function fixed(values) {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, new ImmutableString(value)]));
}
