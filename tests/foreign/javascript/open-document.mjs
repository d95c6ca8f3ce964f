// Opens a document that the server gave (`GET /api/v1/documents/{id}`) and prints it as JSON.
//
//   node open-document.mjs FILE [PATH=VALUE ...]
//   node open-document.mjs FILE --candidates PATH
//
// FILE    an Automerge file
// PATH    where a field stands, for instance facts/outcome; VALUE is what it must read as
//
// With --candidates it prints the values that concurrent writers left at PATH, as a list.
//
// Ends with 0, with 1 when a field reads otherwise, with 2 when the file cannot be opened.

import { readFileSync } from "node:fs";
import { candidates, content, open, valueAt } from "./document.mjs";

const [file, ...expectations] = process.argv.slice(2);
if (file === undefined) {
  console.error("usage: node open-document.mjs FILE [PATH=VALUE ...]");
  process.exit(2);
}

let document;
try {
  document = open(readFileSync(file));
} catch (error) {
  console.error(`cannot open ${file}: ${error.message ?? error}`);
  process.exit(2);
}

if (expectations[0] === "--candidates") {
  console.log(JSON.stringify(candidates(document, expectations[1])));
  process.exit();
}

const tree = content(document);
console.log(JSON.stringify(tree, null, 2));

for (const expectation of expectations) {
  const split = expectation.indexOf("=");
  const [path, wanted] = [expectation.slice(0, split), expectation.slice(split + 1)];
  const found = valueAt(tree, path);
  if (found === undefined || String(found) !== wanted) {
    console.error(`${path} reads ${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`);
    process.exitCode = 1;
  }
}
