/** What arrives must not make the receiver collect its whole heap again and again: it takes more time than TLS. */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { at, openGroup, startListening } from './group.js';

const COUNTER = fileURLToPath(new URL('./count-collections.cjs', import.meta.url));
const MIB = 1024 * 1024;

test('receiving 128 MiB collects the whole heap a few times at most', async () => {
  const counted = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'p2psync-count-')), 'count');
  onTestFinished(() => fs.rmSync(path.dirname(counted), { recursive: true }));
  const enter = ['env', `COUNT_COLLECTIONS=${counted}`, `NODE_OPTIONS=--require=${COUNTER}`];
  const { machines } = await openGroup(onTestFinished, [{}, { large: randomBytes(128 * MIB) }], enter);
  const { port } = await startListening(onTestFinished, at(machines, 1));
  const { summary } = await at(machines, 0).once({ ports: [port], options: ['--no-fsync'] });
  expect(summary).toMatchObject({ exit: 0, literalBytes: 128 * MIB });
  expect(Number(fs.readFileSync(counted, 'utf8'))).toBeLessThan(5); // without care one for every 11 MiB
});
