// A server that speaks S3, over a folder, with one bucket.
//
//   node s3-server.mjs FOLDER BUCKET
//
// Prints its address, and runs until it is killed. Its key is S3RVER, its secret S3RVER.

import S3rver from "s3rver";

const [directory, bucket] = process.argv.slice(2);
const server = new S3rver({
  port: 0,
  address: "127.0.0.1",
  silent: true,
  directory,
  configureBuckets: [{ name: bucket }],
});
const { address, port } = await server.run();
console.log(`http://${address}:${port}`);
