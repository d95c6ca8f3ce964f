// PouchDB against pouchdb-server with many documents: the first replication to a fresh database on the client
// or on the server, and one with nothing changed.
//
//   node pouchdb.mjs COUNT templated|high-entropy pull|push
//
// Prints one line of JSON. When the first replication does not end in five minutes, `clock_s` is null
// and the line says how far it came (`found`).

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
const COPY_S = 300;
const IDLE_S = 60;

const { count, texts, way } = argumentsOf("pouchdb.mjs");
const place = folder();
const run = (name, ...args) => new Child(fileURLToPath(new URL(`pouchdb/${name}`, import.meta.url)), args);

const port = await freePort();
const url = `http://127.0.0.1:${port}/records`;
const server = await serving();
const local = join(place, "client");
const [from, to] = way === "pull" ? [url, local] : [local, url];
const filler = run("fill.mjs", from, count, texts);
if ((await filler.needed("filled", FILL_S)) !== count) throw new Error("the database holds another count");
await filler.end();

const client = run("client.mjs", from, to);
await client.needed("ready", START_S);
server.forgetPeakMemory();
const processor = stopwatch([server, client]);
client.process.send({ begin: true });

const copied = await client.told("copied", COPY_S);
const { processor_s, others_s } = processor();
if (copied && copied.held !== count) throw new Error(`${copied.held} of ${count} documents have come`);
const idle = copied && (await client.told("idle", IDLE_S));
const far = copied ?? client.said.progress ?? {};
const figures = {
  peer: "pouchdb",
  version: `${version("pouchdb")}, pouchdb-server ${version("pouchdb-server")}`,
  way,
  count,
  texts,
  clock_s: copied?.clock_s ?? null,
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
