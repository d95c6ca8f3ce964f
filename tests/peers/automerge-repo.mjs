// automerge-repo's sync server with many documents: the first copy to a fresh client, and a
// reconnection with nothing changed.
//
//   node automerge-repo.mjs COUNT templated|high-entropy
//
// Prints one line of JSON. When the first copy does not end in five minutes, `first_pull_s` is null
// and the line says how far it came (`found`; or `made` when the server could not even be filled).

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Child } from "./shared/child.mjs";
import { stopwatch } from "./shared/processor.mjs";
import { argumentsOf, folder, report, rounded, version } from "./shared/program.mjs";

const FILL_S = 1200;
const START_S = 30;
const PULL_S = 300;
const SETTLE_S = 120;
const IDLE_S = 180;

const { count, texts } = argumentsOf("automerge-repo.mjs");
const place = folder();
const run = (name, ...args) => new Child(fileURLToPath(new URL(`automerge-repo/${name}`, import.meta.url)), args);

// The process that made the documents serves them: it has them in memory and its code is compiled,
// as in a server that has run for a while. One that starts from its disk is slower.
const server = run("server.mjs", join(place, "server"), count, texts);
const figures = {
  peer: "automerge-repo",
  version: version("@automerge/automerge-repo"),
  count,
  texts,
  ...((await server.told("urls", FILL_S)) ? await measured() : { first_pull_s: null, made: server.said.made }),
};
await server.end();
report(figures);

async function measured() {
  const client = run("client.mjs", server.said.port, join(place, "client"));
  await client.needed("ready", START_S);
  server.forgetPeakMemory();
  const processor = stopwatch([server, client]);
  client.process.send({ urls: server.said.urls });

  const pulled = await client.told("pulled", PULL_S);
  const { processor_s, others_s } = processor();
  const settled = pulled && (await client.told("settled", SETTLE_S));
  const idle = settled && (await client.told("idle", IDLE_S));
  const far = settled ?? client.said.progress ?? {};
  const figures = {
    first_pull_s: pulled?.first_pull_s ?? null,
    bytes: far.bytes,
    requests_or_messages: far.messages,
    idle_s: idle?.idle_s ?? null,
    idle_bytes: idle?.idle_bytes ?? null,
    server_rss_mb: server.peakMemoryMb(),
    client_rss_mb: client.peakMemoryMb(),
    processor_s: rounded(processor_s),
    others_s: rounded(others_s),
    found: far.found,
    ready_s: pulled?.ready_s ?? null,
    idle_messages: idle?.idle_messages ?? null,
    disconnections: far.disconnections,
    retries: far.retries,
  };
  await client.end();
  return figures;
}
