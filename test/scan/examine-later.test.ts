import type { Stats } from 'node:fs';
import { expect, test } from 'vitest';
import { type Name, ROOT } from '../../src/model/path.js';
import { examineLater } from '../../src/scan/examine-later.js';
import type { Postponed, ScanRun } from '../../src/scan/scan-run.js';

test('a clock that was set back makes all files of a large tree young: they are waited for once', async () => {
  const stats = { mtimeMs: 1.5, ctimeMs: 1.5 } as Stats;
  const found = { directory: ROOT, name: 'f' as Name, recorded: undefined, stats, dev: 1 };
  const postponed = Array.from({ length: 300_000 }, (_, i): Postponed => ({ found, since: i, attempts: 0 }));
  const sleep = (milliseconds: number): never => {
    throw new Error(`waits ${milliseconds}`);
  };
  const run = { postponed, pace: { sleep }, options: { now: () => 300_000 } };
  await expect(examineLater(run as unknown as ScanRun)).rejects.toThrow('waits 24');
});
