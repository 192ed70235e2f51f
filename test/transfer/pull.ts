/** Has one replica install all that another has, over a session in memory. */
import { joinPath, type RelPath, ROOT } from '../../src/model/path.js';
import type { Policy } from '../../src/plan/policy.js';
import { Committer } from '../../src/transfer/committer.js';
import { ContentSource } from '../../src/transfer/content-source.js';
import { type Applied, Installer } from '../../src/transfer/installer.js';
import { sessionTo, type TestReplica } from './replica-fixture.js';

export const UNION: Policy = { deletes: false, conflict: 'keep-both' };

/** Has `receiver` install everything that `sender` has; returns what was reported. */
export async function pull(receiver: TestReplica, sender: TestReplica, policy: Policy = UNION) {
  const source = new ContentSource(receiver.replica, await sessionTo(sender.replica));
  const installer = new Installer({ replica: receiver.replica, committer: new Committer(receiver.replica), policy });
  const applying: Promise<Applied>[] = [];
  for (const path of directoriesOf(sender)) {
    const entries = sender.folder.state.directory(path) ?? [];
    const wanted = entries.map((entry) => ({ entry, origins: [{ source, path: joinPath(path, entry.name) }] }));
    applying.push(installer.apply(path, wanted)); // the next directory does not wait for it, as in a run
  }
  const applied = await Promise.all(applying);
  applied.push(...(await installer.finish()));
  await source.close();
  return {
    changes: applied.flatMap(({ path, changes }) =>
      changes.map((change) => `${change.action} ${joinPath(path, change.name)}`),
    ),
    problems: applied.flatMap(({ problems }) => problems.map(({ code, path }) => `${code} ${path}`)),
    counts: applied.flatMap(({ changes }) => changes),
  };
}

function directoriesOf({ folder }: TestReplica, path: RelPath = ROOT): RelPath[] {
  const below = (folder.state.directory(path) ?? []).filter(({ kind }) => kind === 'directory');
  return [path, ...below.flatMap(({ name }) => directoriesOf({ folder } as TestReplica, joinPath(path, name)))];
}
