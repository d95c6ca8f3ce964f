// What this process sends and receives as a client, counted at its own sockets: a proxy in between
// would take time from a machine of two cores.

import { subscribe } from "node:diagnostics_channel";

const sockets = new Set();
let requests = 0;
let waiting = [];

subscribe("net.client.socket", ({ socket }) => {
  sockets.add(socket);
  waiting.splice(0).forEach((resolve) => resolve());
});
subscribe("http.client.request.start", () => (requests += 1));

/** Bytes of both directions so far, headers and framing included, TCP's own headers not. */
export function bytes() {
  return [...sockets].reduce((sum, socket) => sum + socket.bytesRead + socket.bytesWritten, 0);
}

/** HTTP requests so far. */
export function httpRequests() {
  return requests;
}

/** Resolves when the next connection is begun. */
export function nextConnection() {
  return new Promise((resolve) => waiting.push(resolve));
}
