// automerge-repo's sync server with many documents: the first copy to a fresh client, or from a client
// that made them to a fresh server; and a reconnection with nothing changed.
//
//   node automerge-repo.mjs COUNT templated|high-entropy pull|push
//
// Prints one line of JSON. When the first copy does not end in five minutes, `clock_s` is null
// and the line says how far it came (`found`; or `made` when not even filling did).

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Child } from "./shared/child.mjs";
import { stopwatch } from "./shared/processor.mjs";
import { argumentsOf, folder, report, rounded, secondsSince, version } from "./shared/program.mjs";

const FILL_S = 1200;
const START_S = 30;
const COPY_S = 300;
const SETTLE_S = 120;
const IDLE_S = 180;

const { count, texts, way } = argumentsOf("automerge-repo.mjs");
const place = folder();
const run = (name, ...args) => new Child(fileURLToPath(new URL(`automerge-repo/${name}`, import.meta.url)), args);

// The process that made the documents serves or sends them: it has them in memory and its code is compiled,
// as in a program that has run for a while. One that starts from its disk is slower.
const server = run("server.mjs", join(place, "server"), way === "pull" ? count : 0, texts);
const filled = await server.told("urls", FILL_S);
const figures = {
  peer: "automerge-repo",
  version: version("@automerge/automerge-repo"),
  way,
  count,
  texts,
  ...(filled ? await (way === "pull" ? pulled() : pushed()) : { clock_s: null, made: server.said.made }),
};
await server.end();
report(figures);

async function pulled() {
  const client = run("pull.mjs", server.said.port, join(place, "client"));
  await client.needed("ready", START_S);
  return measured(client, async () => {
    client.process.send({ urls: server.said.urls });
    return client.told("copied", COPY_S);
  });
}

async function pushed() {
  const client = run("push.mjs", server.said.port, join(place, "client"), count, texts);
  if (!(await client.told("ready", FILL_S))) return { clock_s: null, made: client.said.made };
  return measured(client, async () => {
    server.process.send({ awaited: count });
    const begun = performance.now();
    client.process.send({ begin: true });
    const held = await server.told("held", COPY_S);
    const copied = held && { clock_s: secondsSince(begun) };
    if (held) client.process.send({ held: true });
    return copied;
  });
}

async function measured(client, copying) {
  server.forgetPeakMemory();
  client.forgetPeakMemory();
  const processor = stopwatch([server, client]);
  const copied = await copying();
  const { processor_s, others_s } = processor();
  const settled = copied && (await client.told("settled", SETTLE_S));
  const idle = settled && (await client.told("idle", IDLE_S));
  const far = settled ?? client.said.progress ?? {};
  const figures = {
    clock_s: copied?.clock_s ?? null,
    bytes: far.bytes,
    requests_or_messages: far.messages,
    idle_s: idle?.idle_s ?? null,
    idle_bytes: idle?.idle_bytes ?? null,
    server_rss_mb: server.peakMemoryMb(),
    client_rss_mb: client.peakMemoryMb(),
    processor_s: rounded(processor_s),
    others_s: rounded(others_s),
    found: far.found ?? server.said.found,
    ready_s: copied?.ready_s ?? null,
    idle_messages: idle?.idle_messages ?? null,
    disconnections: far.disconnections,
    retries: far.retries,
  };
  await client.end();
  return figures;
}
