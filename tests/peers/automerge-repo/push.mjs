// A client that made documents while it was offline, and has them in memory and on its disk: connects, and the
// library announces each of them; then loses the connection and comes back with nothing changed.
//
//   push.mjs PORT DIR COUNT TEXTS    tells `made`, `ready`, waits for a message, tells `progress`; waits for another
//                                    when the server has all, tells `settled`, `idle`

import { Repo } from "@automerge/automerge-repo";
import { NodeFSStorageAdapter } from "@automerge/automerge-repo-storage-nodefs";
import { once } from "node:events";
import { fill } from "./fill.mjs";
import { Link } from "./link.mjs";

const [port, folder, count, texts] = process.argv.slice(2);
const repo = new Repo({ storage: new NodeFSStorageAdapter(folder) });
await fill(repo, Number(count), texts);
process.send({ ready: true });
await once(process, "message");

const link = new Link(port);
setInterval(() => process.send({ progress: link.counts() }), 1000);
repo.networkSubsystem.addNetworkAdapter(link.adapter);
await once(process, "message");
await link.quiet();
process.send({ settled: link.counts() });
process.send({ idle: await link.lostAndMadeAnew(Number(count)) });
