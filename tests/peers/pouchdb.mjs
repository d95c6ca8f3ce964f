// PouchDB against pouchdb-server with many documents: the first replication to a fresh database,
// and one with nothing changed.
//
//   node pouchdb.mjs COUNT templated|high-entropy
//
// Prints one line of JSON. When the first replication does not end in five minutes, `first_pull_s`
// is null and the line says how far it came (`found`).

import { mkdirSync } from "node:fs";
import { createServer } from "node:net";
import { createRequire } from "node:module";
import { join } from "node:path";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { Child } from "./shared/child.mjs";
import { stopwatch } from "./shared/processor.mjs";
import { argumentsOf, folder, report, rounded, version } from "./shared/program.mjs";

// Its log goes to its file alone (-n; the long form is not understood); everything else is its default: leveldb, compressed answers.
const SERVER = ["--host", "127.0.0.1", "--dir", "databases", "-n"];
const START_S = 60;
const FILL_S = 300;
const PULL_S = 300;
const IDLE_S = 60;

const { count, texts } = argumentsOf("pouchdb.mjs");
const place = folder();
const run = (name, ...args) => new Child(fileURLToPath(new URL(`pouchdb/${name}`, import.meta.url)), args);

const port = await freePort();
const url = `http://127.0.0.1:${port}/records`;
const server = await serving();
const filler = run("fill.mjs", url, count, texts);
if ((await filler.needed("filled", FILL_S)) !== count) throw new Error("the server holds another count");
await filler.end();

const client = run("client.mjs", url, join(place, "client"));
await client.needed("ready", START_S);
server.forgetPeakMemory();
const processor = stopwatch([server, client]);
client.process.send({ begin: true });

const pulled = await client.told("pulled", PULL_S);
const { processor_s, others_s } = processor();
if (pulled && pulled.held !== count) throw new Error(`the client holds ${pulled.held} of ${count} documents`);
const idle = pulled && (await client.told("idle", IDLE_S));
const far = pulled ?? client.said.progress ?? {};
const figures = {
  peer: "pouchdb",
  version: `${version("pouchdb")}, pouchdb-server ${version("pouchdb-server")}`,
  count,
  texts,
  first_pull_s: pulled?.first_pull_s ?? null,
  bytes: far.bytes,
  requests_or_messages: far.requests,
  idle_s: idle?.idle_s ?? null,
  idle_bytes: idle?.idle_bytes ?? null,
  server_rss_mb: server.peakMemoryMb(),
  client_rss_mb: client.peakMemoryMb(),
  processor_s: rounded(processor_s),
  others_s: rounded(others_s),
  found: far.found,
  idle_requests: idle?.idle_requests ?? null,
};
await Promise.all([client.end(), server.end()]);
report(figures);

/** The server's own program, in a folder of its own: it writes its log and configuration where it stands. */
async function serving() {
  const cwd = join(place, "server");
  mkdirSync(cwd, { recursive: true });
  const program = createRequire(import.meta.url).resolve("pouchdb-server/bin/pouchdb-server");
  const server = new Child(program, [...SERVER, "--port", port], { cwd });
  for (const over = performance.now() + START_S * 1000; performance.now() < over; ) {
    const answer = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined);
    if (answer?.ok) return server;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error("pouchdb-server does not answer");
}

/** A port that is free now: pouchdb-server cannot be told to choose one. */
async function freePort() {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  await once(probe, "close");
  return port;
}
