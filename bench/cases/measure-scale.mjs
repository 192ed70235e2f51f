/**
 * One piece of work of the scale table, measured once with each program: seconds without and with fsync, bytes on the
 * wire, peak memory of both sides, and what cp takes for the same tree. Trees that differ afterwards give no figure.
 */
import fs from 'node:fs';
import path from 'node:path';
import { run } from '../measure/run.mjs';
import { assertSameTree, copyTree } from '../measure/workspace.mjs';
import { makeGroup, measureOnce } from '../p2psync/pair.mjs';
import { startRsyncDaemon } from '../rsync/daemon.mjs';
import { startSsh, whyNoSsh } from '../rsync/ssh.mjs';

/** `work` is the workspace; `fill`, `edit`, `same`, `ssh`: of a case of scale-cases.mjs. */
export async function measureScale(request) {
  const source = path.join(request.work, 'source');
  request.fill(source);
  const held = request.same || request.edit ? path.join(request.work, 'held') : undefined;
  if (held !== undefined) copyTree(source, held);
  request.edit?.(source);
  const tree = { ...request, source, held };
  const ours = await measureOurs(tree, ['--no-fsync'], !request.onlyOurs);
  if (request.onlyOurs) return ours;
  const oursDurable = await measureOurs(tree, []);
  const theirs = await measureTheirs(tree, startRsyncDaemon, []);
  const theirsDurable = await measureTheirs(tree, startRsyncDaemon, ['--fsync']);
  const ssh = request.ssh && whyNoSsh() === undefined ? await measureTheirs(tree, startSsh, []) : undefined;
  return { ...ours, oursDurable: oursDurable.ours, theirs, theirsDurable, ssh, cp: await measureCp(tree) };
}

/** The listener runs throughout; with `memory` a further run of the same work tells the peaks. */
async function measureOurs({ network, work, source, held, edit }, options, memory = false) {
  const group = path.join(work, 'group');
  const once = async (watched) => {
    const pair = await makePair();
    const listener = await pair.answerer.listen({ options: edit ? [...options, '--allow-delete'] : options });
    const first =
      held === undefined ? undefined : await measureOnce({ network, ...pair, listener, options, silent: true });
    edit?.(pair.answerer.folder);
    const asked = edit ? [...options, '--delete'] : options;
    const figures = await measureOnce({ network, ...pair, listener, options: asked, memory: watched, silent: true });
    await listener.stop();
    assertSameTree(source, pair.asker.folder);
    fs.rmSync(group, { recursive: true });
    return { ...figures, first: first?.seconds };
  };
  const makePair = async () => {
    const fill = (folder, name) => {
      if (held !== undefined) copyTree(held, folder);
      else if (name === 'answerer') copyTree(source, folder);
    };
    const [asker, answerer] = await makeGroup({ network, work: group, names: ['asker', 'answerer'], fill });
    return { asker, answerer };
  };
  const { seconds, wire, first } = await once(false);
  const watched = memory ? await once(true) : {};
  return { ours: seconds, wire, first, peak: watched.peak, listenerPeak: watched.listenerPeak };
}

async function measureTheirs({ rsync, network, work, source, held, edit }, start, options) {
  const copy = path.join(work, 'copy');
  if (held === undefined) fs.mkdirSync(copy);
  else copyTree(held, copy);
  const server = await start({ rsync, network, work, serve: source });
  try {
    const { seconds } = await server.pull(copy, edit ? [...options, '--delete'] : options);
    assertSameTree(source, copy);
    return seconds;
  } finally {
    await server.stop();
    fs.rmSync(copy, { recursive: true });
  }
}

/** What the machine takes at least to make the tree: read, write and nothing else. */
async function measureCp({ work, source, held }) {
  if (held !== undefined) return undefined;
  const copy = path.join(work, 'copy');
  const { seconds } = await run(['cp', '-a', source, copy]);
  fs.rmSync(copy, { recursive: true });
  return seconds;
}
