import { expect, test } from 'vitest';
import { type RelPath, ROOT } from '../../src/model/path.js';
import type { Problem } from '../../src/model/problem.js';
import type { ContentSource } from '../../src/transfer/content-source.js';
import type { Applied, Installer } from '../../src/transfer/installer.js';
import { Assignment } from '../../src/transfer/send-assign.js';
import { serveAssign } from '../../src/transfer/serve-assign.js';
import type { MessageOf } from '../../src/wire/message.js';
import { memoryPair } from '../session/memory-pair.js';
import { entry } from '../state/state-fixture.js';

test('reports of any size arrive: thousands of changes, and problems with the longest paths', async () => {
  const change = { action: 'create', bytes: 1, literalBytes: 1, matchedBytes: 0, reusedBytes: 0 } as const;
  const changes = Array.from({ length: 3_000 }, (_, i) => ({ ...change, name: `f${i}`.padEnd(200, 'x') as never }));
  const longest = Array.from({ length: 16 }, () => 'd'.repeat(254)).join('/') as RelPath;
  const problem: Problem = { code: 'unwritable', path: longest, message: 'm'.repeat(300), fatal: true };
  const applied: Applied = { path: ROOT, changes, problems: new Array<Problem>(700).fill(problem), postponed: [] };
  const installer = { apply: async () => applied, finish: async () => [] } as unknown as Installer;
  const state = { directory: () => undefined };
  const { initiator, listener } = await memoryPair();
  listener.serve('assign', (channel) => serveAssign(channel, { installer, source: {} as ContentSource, state }));
  const heard: MessageOf<'applied'>[] = [];

  const opening = { type: 'assign', conflict: 'keep-both', deletes: false, known: 0 } as const;
  const assignment = await Assignment.open(initiator, opening, (message) => heard.push(message));
  const names = Array.from({ length: 1_200 }, (_, i) => `f${i}`).sort(); // one batch
  await assignment.push(
    ROOT,
    names.map((name) => entry(name)),
  );
  await assignment.finish();

  expect(heard.flatMap((message) => message.changes.map(({ name }) => name))).toEqual(changes.map(({ name }) => name));
  expect(heard.flatMap((message) => message.problems)).toHaveLength(700);
  expect(heard.map(({ last }) => last)).toEqual(heard.map((_, i) => i === heard.length - 1));
  await initiator.close();
});
