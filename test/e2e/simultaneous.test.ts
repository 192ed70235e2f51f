/** Machines that all listen and all run `once` at the same moment, as cron makes them: no lock between them. */
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { at, listening, makeGroup, snapshot, writeTree } from './group.js';
import { ANY } from './said.js';

const MACHINES = 5;
/** Ten rounds, and more, are for `make soak`. */
const ROUNDS = Number(process.env.P2PSYNC_ROUNDS ?? 3);

test(
  'five machines that run at the same moment, with edits in between, converge and lose nothing',
  async () => {
    const { directory, machines } = await makeGroup(...Array.from({ length: MACHINES }, () => ({})));
    const ports: number[] = [];
    for (const machine of machines) ports.push((await listening(machine)).port);
    const written = new Set<string>();
    /** What the users themselves have replaced: that alone may be gone. */
    const overwritten = new Set<string>();
    const write = (folder: string, name: string, content: string) => {
      const file = path.join(folder, name);
      if (fs.existsSync(file)) overwritten.add(fs.readFileSync(file, 'utf8'));
      writeTree(folder, { [name]: content });
      written.add(content);
    };
    const replicas: Set<unknown>[] = machines.map(() => new Set());

    for (let round = 0; round < ROUNDS; round++) {
      machines.forEach(({ folder }, i) => {
        write(folder, 'shared', `round ${round}, machine ${i}`);
        write(folder, `dir${i}/own${round}`, `own ${round} of ${i}`);
      });
      const runs = await Promise.all(
        machines.map((machine, i) => machine.once({ ports: ports.filter((_, other) => other !== i), accept: ANY })),
      );
      runs.forEach((run, i) => {
        expect([0, 23], `machine ${i}, round ${round}:\n${run.stdout.slice(-2000)}`).toContain(run.status);
        replicas[i]?.add(run.events.find(({ type }) => type === 'start')?.replica);
      });
    }
    const settled = await at(machines, 0).once({ ports: ports.slice(1) });
    const again = await at(machines, 0).once({ ports: ports.slice(1) });

    expect(settled.summary).toMatchObject({ converged: true });
    expect(again.events.filter(({ type }) => type === 'change' || type === 'problem')).toEqual([]);
    const [first = {}, ...others] = machines.map(({ folder }) => snapshot(folder));
    for (const other of others) expect(other).toEqual(first);
    const contents = Object.keys(first).filter((name) => first[name]?.startsWith('file'));
    const held = new Set(contents.map((name) => fs.readFileSync(path.join(at(machines, 0).folder, name), 'utf8')));
    expect([...written].filter((content) => !held.has(content) && !overwritten.has(content))).toEqual([]);
    expect(contents.filter((name) => /conflict.*conflict/.test(name))).toEqual([]);
    // Two processes share a state here: none was ever taken for damaged and replaced.
    expect(replicas.map(({ size }) => size)).toEqual(machines.map(() => 1));
    expect(
      (fs.readdirSync(directory, { recursive: true }) as string[]).filter((name) => name.endsWith('.lost')),
    ).toEqual([]);
  },
  120_000 + ROUNDS * 20_000,
);
