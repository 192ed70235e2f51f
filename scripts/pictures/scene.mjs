/** Three machines with a past, for pictures: real runs of the built program, each under a host name of its own. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { makeMachine } from '../machine.mjs';

const NAMES = ['laptop', 'nas', 'studio'];

/** Runs `work` with the machines, joined, and takes all away afterwards. Needs root, for the host names. */
export async function withScene(work) {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'p2psync-scene-'));
  try {
    const machines = NAMES.map((name) =>
      makeMachine({
        name,
        folder: path.join(directory, name, 'Photos'),
        home: path.join(directory, name),
        enter: ['unshare', '--uts', 'sh', '-c', `hostname ${name} && exec "$@"`, 'sh'],
      }),
    );
    const [first, ...others] = machines;
    const invite = await first.init();
    for (const machine of others) await machine.join(invite);
    return await work(machines, directory);
  } finally {
    fs.rmSync(directory, { recursive: true, force: true });
  }
}

/** Content that compresses as little as photographs do; the same for the same name. */
export function write(machine, name, kilobytes, version = 1) {
  const file = path.join(machine.folder, name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const bytes = Buffer.alloc(kilobytes * 1024);
  let seed = [...`${name}${version}`].reduce((sum, character) => (sum * 31 + character.charCodeAt(0)) >>> 0, 7);
  for (let i = 0; i < bytes.length; i++) {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[i] = seed >>> 24;
  }
  fs.writeFileSync(file, bytes);
}

/** Changes a few bytes in the middle. */
export function edit(machine, name, text) {
  const file = path.join(machine.folder, name);
  const bytes = fs.readFileSync(file);
  bytes.write(text, bytes.length >> 1);
  fs.writeFileSync(file, bytes);
}

/** `work` while these machines listen; it gets their ports. */
export async function whileListening(machines, work) {
  const listeners = [];
  try {
    for (const [i, machine] of machines.entries()) listeners.push(await machine.listen({ port: 23_300 + 10 * i }));
    return await work(listeners.map(({ port }) => port));
  } finally {
    await Promise.all(listeners.map((listener) => listener.stop()));
  }
}
