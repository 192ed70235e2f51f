/** The rules of .dependency-cruiser.cjs on a small tree that breaks each of them: a rule that never fires guards nothing. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A sound tree, and beside it what must not be. */
const TREE = {
  'model/word.ts': `import { later } from '../plan/plan.js'; export const word = later;`,
  'plan/plan.ts': `import fs from 'node:fs'; export const later = fs;`,
  'wire/frame.ts': `import { setTimeout } from 'node:timers/promises'; export const frame = setTimeout;`,
  'session/channel.ts': `import net from 'node:net'; export interface Channel {} export const open = net;`,
  'scan/scan.ts': `import { open } from '../session/channel.js'; export const scan = open;`,
  'state/state.ts': `import type { Channel } from '../session/channel.js'; export type State = Channel;`,
  'apply/install.ts': `import { scan } from '../scan/scan.js'; import net from 'node:net'; export const apply = [scan, net];`,
  'transfer/move.ts': `import fs from 'node:fs'; export const move = fs;`,
  'report/lines.ts': `import { run } from '../converge/run.js'; export const lines = run;`,
  'converge/run.ts': `import { turn } from './turn.js'; export const run = turn;`,
  'converge/turn.ts': `import { run } from './run.js'; import { gone } from './gone.js'; export const turn = [run, gone];`,
};

let folder: string;
let violations: string[];

beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'p2psync-rules-'));
  for (const [name, source] of Object.entries(TREE)) {
    fs.mkdirSync(path.join(folder, 'src', path.dirname(name)), { recursive: true });
    fs.writeFileSync(path.join(folder, 'src', name), source);
  }
  for (const name of ['.dependency-cruiser.cjs', 'tsconfig.json', 'package.json']) {
    fs.copyFileSync(path.join(root, name), path.join(folder, name));
  }
  fs.symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
  violations = cruise();
});

afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

describe('import rules', () => {
  it.each([
    'model-imports-down: src/model/word.ts → src/plan/plan.ts',
    'pure-layers-no-io: src/plan/plan.ts → fs',
    'pure-layers-no-io: src/wire/frame.ts → timers/promises',
    'scan-shapes-as-types: src/scan/scan.ts → src/session/channel.ts',
    'apply-imports-down: src/apply/install.ts → src/scan/scan.ts',
    'sockets-in-session: src/apply/install.ts → net',
    'files-in-their-layers: src/transfer/move.ts → fs',
    'report-imports-down: src/report/lines.ts → src/converge/run.ts',
    'no-cycles: src/converge/run.ts → src/converge/turn.ts',
    'resolvable: src/converge/turn.ts → ./gone.js',
  ])('refuse %s', (violation) => {
    expect(violations).toContain(violation);
  });

  it('allow a shape of a sibling as a type, and a layer its own I/O', () => {
    expect(violations.filter((violation) => /src\/(state|session)\/\S+ →/.test(violation))).toEqual([]);
  });
});

function cruise(): string[] {
  const bin = path.join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const args = [bin, 'src', '--config', '.dependency-cruiser.cjs', '--output-type', 'json'];
  const run = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
  const report = JSON.parse(run.stdout) as {
    summary: { violations: { rule: { name: string }; from: string; to: string }[] };
  };
  return report.summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`);
}
