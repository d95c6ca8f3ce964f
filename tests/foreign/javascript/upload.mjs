// Sends a file with tus' own JavaScript client, breaks off in the middle, and goes on.
//
//   node upload.mjs ENDPOINT TOKEN FILE FILETYPE
//
// Prints where the upload lies, how much was sent before it broke off, and how much the server had when
// it went on, as JSON. Ends with 0, or with 1 when the upload fails.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { Upload } from "tus-js-client";

const [endpoint, token, file, filetype] = process.argv.slice(2);
const bytes = readFileSync(file);
const CHUNK_BYTES = 100_000;

function upload(more) {
  return new Upload(bytes, {
    endpoint,
    chunkSize: CHUNK_BYTES,
    headers: { Authorization: `Bearer ${token}` },
    metadata: { sha256: createHash("sha256").update(bytes).digest("hex"), filetype },
    retryDelays: null,
    onError(error) {
      console.error(String(error));
      process.exit(1);
    },
    ...more,
  });
}

// The first half, and then the line is cut.
let brokenOff = 0;
const url = await new Promise((resolve) => {
  const first = upload({
    onChunkComplete(_, accepted) {
      if (accepted * 2 >= bytes.length) {
        brokenOff = accepted;
        first.abort();
        resolve(first.url);
      }
    },
  });
  first.start();
});

let wentOnFrom = null;
await new Promise((resolve) => {
  const second = upload({
    uploadUrl: url,
    onProgress(sent) {
      wentOnFrom ??= sent;
    },
    onSuccess: resolve,
  });
  second.start();
});
console.log(JSON.stringify({ url, size: bytes.length, brokenOff, wentOnFrom }));
