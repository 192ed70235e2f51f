/**
 * `node bench/codecs.mjs`: what the codecs that Node brings make of literals, in pieces of the size that a frame carries,
 * each packed by itself in one call as on the wire. With a Node that has zstd (22.15 and later) that is measured too.
 */
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { unpackPackage } from './data/npm-package.mjs';
import { textLines, writeLines } from './data/text.mjs';
import { formatTable } from './measure/table.mjs';
import { withWorkspace } from './measure/workspace.mjs';

const PIECE = 256 * 1024;
const MB = 1_000_000;

const quality = (level) => ({ params: { [zlib.constants.BROTLI_PARAM_QUALITY]: level } });
const CODECS = [
  ...[1, 6].map((level) => [`deflate ${level}`, (piece) => zlib.deflateRawSync(piece, { level }), zlib.inflateRawSync]),
  ...[1, 2, 4, 5].map((level) => [
    `brotli ${level}`,
    (piece) => zlib.brotliCompressSync(piece, quality(level)),
    zlib.brotliDecompressSync,
  ]),
  ...(zlib.zstdCompressSync === undefined ? [] : [1, 3, 6]).map((level) => [
    `zstd ${level}`,
    (piece) => zlib.zstdCompressSync(piece, { params: { [zlib.constants.ZSTD_c_compressionLevel]: level } }),
    zlib.zstdDecompressSync,
  ]),
];

await withWorkspace(async (work) => {
  const rows = [];
  for (const [name, bytes] of contents(work)) {
    const pieces = Array.from({ length: Math.ceil(bytes.length / PIECE) }, (_, n) =>
      bytes.subarray(n * PIECE, (n + 1) * PIECE),
    );
    for (const [codec, pack, unpack] of CODECS) rows.push([name, codec, ...measure(pieces, pack, unpack)]);
  }
  console.log(`Node ${process.versions.node}, pieces of ${PIECE / 1024} KiB\n`);
  console.log(formatTable(['literals', 'codec', 'part that is left', 'packs MB/s', 'unpacks MB/s'], rows));
});

function contents(work) {
  const [sql, packed] = [path.join(work, 'sql'), path.join(work, 'package')];
  writeLines(sql, textLines('sql', 30 * MB, 'sql text'));
  fs.mkdirSync(packed);
  unpackPackage('typescript', '5.9.3', packed);
  return [
    ['SQL dump', fs.readFileSync(sql)],
    ['JavaScript', fs.readFileSync(path.join(packed, 'lib/typescript.js'))],
  ];
}

/** The best of three passes: the part of the bytes that is left, and the speed of both directions. */
function measure(pieces, pack, unpack) {
  const size = pieces.reduce((sum, { length }) => sum + length, 0);
  let [packing, unpacking] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  let packed = [];
  for (let pass = 0; pass < 3; pass++) {
    const started = performance.now();
    packed = pieces.map((piece) => pack(piece));
    const between = performance.now();
    packed.map((piece) => unpack(piece));
    packing = Math.min(packing, between - started);
    unpacking = Math.min(unpacking, performance.now() - between);
  }
  const left = packed.reduce((sum, { length }) => sum + length, 0) / size;
  const speed = (milliseconds) => (size / MB / (milliseconds / 1000)).toFixed(0);
  return [left.toFixed(3), speed(packing), speed(unpacking)];
}
