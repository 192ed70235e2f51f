/**
 * `make demo`: three machines played by three folders on this one. Two listen, one runs `once`; then everybody edits,
 * and it runs again. All are real processes of the built program that talk over loopback; what is printed comes from
 * their own output, and equality is proved with diff and lstat. Ends with status 1 if the folders are not equal.
 */
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { editFolders, fillFolders } from './demo/content.mjs';
import { compareFolders } from './demo/same-trees.mjs';
import { bad, bytes, count, good, heading, line } from './demo/tell.mjs';
import { makeMachine } from './machine.mjs';

const NAMES = ['laptop', 'server', 'nas'];

const work = fs.mkdtempSync(path.join(os.tmpdir(), 'p2psync-demo-'));
process.once('exit', () => fs.rmSync(work, { recursive: true, force: true }));
for (const [signal, status] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
])
  process.once(signal, () => process.exit(status));

const machines = NAMES.map((name) =>
  makeMachine({ name, folder: path.join(work, name), home: path.join(work, `${name}.home`) }),
);
const folders = Object.fromEntries(machines.map(({ name, folder }) => [name, folder]));
const [laptop, server, nas] = machines;

console.log('p2psync: three machines, played by three folders on this one');
heading('One group');
fillFolders(folders);
for (const machine of machines) line(machine.name, contentOf(machine.folder));
await makeGroup();

heading('First run: everybody gets everything');
const first = await converge();

heading('Meanwhile, on all three machines');
for (const [name, what] of editFolders(folders)) line(name, what);

heading('Second run: only what differs moves');
const second = await converge(['--delete'], ['--allow-delete']);

heading('Third run: there is nothing to do');
const third = await converge();

heading(first && second && third ? 'Three folders, one content, no server.' : 'The folders are NOT equal.');
process.exitCode = first && second && third ? 0 : 1;

async function makeGroup() {
  const invite = await laptop.init();
  line('laptop', 'p2psync init    makes the group and prints its invite, which is the key');
  for (const machine of [server, nas]) {
    await machine.join(invite);
    line(machine.name, 'p2psync join    reads the invite');
  }
}

/** laptop and server listen, nas asks; then they are held against each other. Whether they are equal. */
async function converge(askOptions = [], listenOptions = []) {
  const listeners = new Map();
  try {
    for (const machine of [laptop, server]) {
      const listener = await machine.listen({ port: await freePort(), options: listenOptions });
      listeners.set(listener.port, { ...listener, name: machine.name });
      line(machine.name, ['p2psync listen', ...listenOptions].join(' '));
    }
    line(nas.name, ['p2psync once', ...askOptions].join(' '));
    const ports = [...listeners.keys()];
    tell(await nas.once({ ports, options: askOptions }), listeners);
  } finally {
    await Promise.all([...listeners.values()].map((listener) => listener.stop()));
  }
  return prove();
}

function tell({ events, summary, seconds }, listeners) {
  const found = events.filter(({ type }) => type === 'peer').map((peer) => nameOf(peer, listeners));
  line('found', found.join(' and ') || 'nobody');
  line('did', deeds(summary));
  const content = summary.literalBytes + summary.matchedBytes + summary.reusedBytes;
  if (content > 0) line('saved', savings(summary, content));
  line('wire', `${bytes(summary.wireSent + summary.wireReceived)} to and from nas, in ${seconds.toFixed(2)} s`);
  for (const { path: name, copy } of events.filter(({ type }) => type === 'conflict')) {
    line('conflict', `${name} was edited on two machines: both are kept, the other one as ${copy}`);
  }
  for (const { path: name, message } of events.filter(({ type }) => type === 'problem'))
    line('problem', `${name}: ${message}`);
}

function nameOf(peer, listeners) {
  const listener = listeners.get(Number(peer.address.split(':').at(-1)));
  return `${listener?.name ?? peer.name} (${peer.address})`;
}

function deeds({ created, updated, metadata, deleted, conflicts }) {
  const all = [
    [created, 'created'],
    [updated, 'updated'],
    [metadata, 'with new times or modes'],
    [deleted, 'removed'],
    [conflicts, 'in conflict'],
  ].filter(([number]) => number > 0);
  return (
    all.map(([number, deed]) => `${number.toLocaleString('en')} ${deed}`).join(', ') || 'nothing: all are equal already'
  );
}

function savings({ literalBytes, matchedBytes, reusedBytes }, content) {
  const share = ((100 * literalBytes) / content).toPrecision(2);
  const parts = [`of ${bytes(content)} new content ${bytes(literalBytes)} (${Number(share)} %) had to be sent`];
  if (matchedBytes > 0) parts.push(`${bytes(matchedBytes)} came from the old file`);
  if (reusedBytes > 0) parts.push(`${bytes(reusedBytes)} from other files there`);
  return parts.join(', ');
}

function prove() {
  const { entries, bytes: size, faults } = compareFolders(machines.map(({ folder }) => folder));
  if (faults.length === 0) good(`equal by diff -r and by stat: ${count(entries, 'name')}, ${bytes(size)}`);
  else for (const fault of faults.slice(0, 20)) bad(fault);
  return faults.length === 0;
}

function contentOf(folder) {
  const { entries, bytes: size } = compareFolders([folder]);
  return `${entries.toLocaleString('en')} files and folders, ${bytes(size)}`;
}

/** A port that was free a moment ago, so that a listener of the user's own is not disturbed. */
function freePort() {
  return new Promise((resolve, reject) => {
    const probe = net.createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}
