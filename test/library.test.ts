/** The library's promises: events with names as text, how calls end when they are aborted or were not possible. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { groupEnv } from '../src/group/group-env.js';
import { initFolder, joinFolder } from '../src/group/join.js';
import { check, listen, once, type RunEvent } from '../src/index.js';
import { parseInvite } from '../src/wire/invite.js';
import { temporaryDirectory } from './disk/temporary-directory.js';

/** Two members of a group, each with places of its own; `listen` at the first free port from `port` on. */
function pair(port: number) {
  const directory = temporaryDirectory();
  const call = (name: string) => ({
    configDir: path.join(directory, name, 'config'),
    stateDir: path.join(directory, name, 'state'),
    interfaces: ['127.0.0.1'],
    port,
    discoverTime: 3_000,
  });
  const [here, there] = ['here', 'there'].map((name) => ({
    folder: path.join(directory, `${name}-folder`),
    call: call(name),
  }));
  if (here === undefined || there === undefined) throw new Error('expected two');
  for (const { folder } of [here, there]) mkdirSync(folder);
  const env = ({ configDir, stateDir }: ReturnType<typeof call>) =>
    groupEnv({ variables: { P2PSYNC_CONFIG_DIR: configDir }, home: directory, stateDir });
  const { invite } = initFolder(here.folder, env(here.call));
  joinFolder(there.folder, parseInvite(invite), env(there.call));
  return { here, there };
}

test('a run tells its events with names as text, and a listener ends when it is aborted', async () => {
  const { here, there } = pair(28_311);
  writeFileSync(path.join(there.folder, 'größe'), 'x');
  const stop = new AbortController();
  let listening: Promise<void> | undefined;
  await new Promise<void>((resolve) => {
    const onEvent = ({ type }: RunEvent) => type === 'ready' && resolve();
    listening = listen([there.folder], { ...there.call, signal: stop.signal, onEvent: (event) => void onEvent(event) });
  });
  const seen: RunEvent[] = [];
  expect((await check(here.folder, here.call)).converged).toBe(false);
  const summary = await once(here.folder, { ...here.call, onEvent: (event) => void seen.push(event) });
  expect(summary).toMatchObject({ converged: true, created: 1, peers: [expect.objectContaining({ equal: true })] });
  expect(seen.filter(({ type }) => type === 'change')).toMatchObject([{ path: 'größe', action: 'create' }]);
  expect((await check(here.folder, here.call)).converged).toBe(true);
  stop.abort();
  await expect(listening).resolves.toBeUndefined();
});

test('a run that is aborted, has nobody to meet or no joined folder rejects with the code of it', async () => {
  const { here } = pair(28_331);
  const aborted = once(here.folder, { ...here.call, signal: AbortSignal.timeout(50) });
  await expect(aborted).rejects.toMatchObject({ code: 'interrupted' });
  await expect(once(here.folder, { ...here.call, discoverTime: 50 })).rejects.toMatchObject({ code: 'no-peers' });
  await expect(once(`${here.folder}-not`, here.call)).rejects.toMatchObject({ code: 'not-joined' });
  await expect(once(here.folder, { ...here.call, peers: ['a:b'] })).rejects.toMatchObject({
    code: 'usage',
  });
});
