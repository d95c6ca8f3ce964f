// A client's connection to the sync server by the library's own adapter, which tells us of every message
// that passes.

import { WebSocketClientAdapter } from "@automerge/automerge-repo-network-websocket";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { rounded } from "../shared/program.mjs";
import * as wire from "../shared/wire.mjs";

const QUIET_MS = 3000;

/** Connects as soon as its adapter is given to a Repo. */
export class Link {
  disconnections = 0;
  #messages = 0;
  #lastMessage = 0;
  #named = new Set();

  constructor(port) {
    const seen = (message) => this.#seen(message);
    class CountingAdapter extends WebSocketClientAdapter {
      send(message) {
        super.send(message);
        seen(message);
      }
    }
    this.adapter = new CountingAdapter(`ws://127.0.0.1:${port}`);
    this.adapter.on("message", seen);
    this.adapter.on("peer-disconnected", () => (this.disconnections += 1));
  }

  /** Both ways so far. */
  counts() {
    return { bytes: wire.bytes(), messages: this.#messages, disconnections: this.disconnections };
  }

  /** Loses the connection, comes back with nothing changed, and gives what it takes until the server has read all. */
  async lostAndMadeAnew(documents) {
    const before = this.counts();
    this.#named.clear();
    const again = wire.nextConnection();
    this.adapter.socket.close();
    await again;
    const back = performance.now();
    while (this.#named.size < documents) await sleep(5);
    await this.#serverHasRead();
    const read = performance.now();
    await this.quiet();
    return {
      idle_s: rounded((Math.max(read, this.#lastMessage) - back) / 1000),
      idle_bytes: wire.bytes() - before.bytes,
      idle_messages: this.#messages - before.messages,
    };
  }

  /** Waits until nothing passes any more: the last acknowledgements go to and fro after everything is there. */
  async quiet() {
    do {
      await sleep(QUIET_MS);
      await this.#serverHasRead();
      await sleep(QUIET_MS / 10);
    } while (performance.now() - this.#lastMessage < QUIET_MS);
  }

  /** Waits until the server has read all that we sent: frames keep their order, and so does a pong. */
  async #serverHasRead() {
    const pong = once(this.adapter.socket, "pong");
    this.adapter.socket.ping();
    await pong;
  }

  #seen(message) {
    this.#messages += 1;
    this.#lastMessage = performance.now();
    if (message.documentId !== undefined) this.#named.add(message.documentId);
  }
}
