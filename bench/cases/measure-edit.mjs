/**
 * One edit measured with both programs: the receiver holds the folder as it was, the sender as it is now, and the
 * receiver's user starts the transfer. Afterwards both trees must be equal, or there is no figure.
 */
import fs from 'node:fs';
import path from 'node:path';
import { ageTree } from '../data/age-tree.mjs';
import { assertSameTree, copyTree, readTree } from '../measure/workspace.mjs';
import { converge, makeGroup, measureOnce } from '../p2psync/pair.mjs';
import { startRsyncDaemon } from '../rsync/daemon.mjs';

/** Wire bytes, seconds and, with `memory`, peak bytes of rsync; `options` such as `-z`. */
export async function measureRsync({ rsync, network, work, edit, options = [], memory = false }) {
  const [old, now, receiver] = ['rsync-old', 'rsync-now', 'rsync-receiver'].map((name) => path.join(work, name));
  if (!fs.existsSync(now)) prepare(edit, old, now);
  copyTree(old, receiver);
  for (const folder of [now, receiver]) readTree(folder);
  const asked = edit.deletes ? [...options, '--delete-after'] : options;
  const daemon = await startRsyncDaemon({ rsync, network, work, serve: now });
  try {
    const before = network.wireBytes();
    const { seconds, peakBytes } = await daemon.pull(receiver, asked, { memory });
    const wire = network.wireBytes() - before;
    assertSameTree(now, receiver);
    return { seconds, wire, peak: peakBytes };
  } finally {
    await daemon.stop();
    fs.rmSync(receiver, { recursive: true });
  }
}

/** Removes what {@link measureRsync} keeps between the runs of one case. */
export function forgetRsync(work) {
  for (const name of ['rsync-old', 'rsync-now']) fs.rmSync(path.join(work, name), { recursive: true, force: true });
}

/** The same for p2psync; `options` of `once`. `again`: a second run right after, which has nothing to do. */
export async function measureP2psync({ network, work, edit, memory = false, again = false, options = [] }) {
  const group = path.join(work, 'group');
  const { receiver, sender } = await (edit.stranger ? strangers : acquaintances)({ network, work: group, edit });
  for (const { folder } of [sender, receiver]) readTree(folder);
  const listener = await sender.listen({ options: edit.deletes ? ['--allow-delete'] : [] });
  try {
    const asked = edit.deletes ? [...options, '--delete'] : options;
    const pair = { network, asker: receiver, answerer: sender, listener, options: asked };
    const first = await measureOnce({ ...pair, memory });
    assertSameTree(sender.folder, receiver.folder);
    const second = again ? await measureOnce(pair) : undefined;
    return { ...figures(first), summary: first.summary, again: second && figures(second) };
  } finally {
    await listener.stop();
    fs.rmSync(group, { recursive: true });
  }
}

function figures({ seconds, wire, peak, listenerPeak }) {
  return { seconds, wire, peak, listenerPeak };
}

/** Sender and receiver held the old folder, both; then the sender's was edited. */
async function acquaintances({ network, work, edit }) {
  const [receiver, sender] = await makeGroup({
    network,
    work,
    names: ['receiver', 'sender'],
    fill: (folder) => makeOld(edit, folder),
  });
  await converge({ asker: receiver, answerer: sender });
  edit.after(sender.folder);
  return { receiver, sender };
}

/** An editor held the old folder with the receiver; the sender got the new one from the editor, whole. */
async function strangers({ network, work, edit }) {
  const fill = (folder, name) => (name === 'sender' ? undefined : makeOld(edit, folder));
  const [receiver, editor, sender] = await makeGroup({ network, work, names: ['receiver', 'editor', 'sender'], fill });
  await converge({ asker: receiver, answerer: editor });
  edit.after(editor.folder);
  await converge({ asker: sender, answerer: editor });
  fs.rmSync(editor.folder, { recursive: true });
  return { receiver, sender };
}

/** The sender's folder is made from a copy of the old one, so that times and inodes are like those of real edits. */
function prepare(edit, old, now) {
  fs.mkdirSync(old, { recursive: true });
  makeOld(edit, old);
  copyTree(old, now);
  edit.after(now);
}

function makeOld(edit, folder) {
  edit.before(folder);
  ageTree(folder);
}
