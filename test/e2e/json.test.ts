/** Every line that real runs print with `--json` is what docs/events.schema.json says, and every kind of line is met. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Listener, Machine, PrintedEvent } from '../../scripts/machine.mjs';
import { endOfAll, openGroup, startListening, writeTree } from './group.js';

const schema = JSON.parse(fs.readFileSync(new URL('../../docs/events.schema.json', import.meta.url), 'utf8'));
const validate = new Ajv2020({ strict: true, allErrors: true }).compile(schema);

const atEnd = endOfAll();
const met: PrintedEvent[] = [];
let [here, nas, attic]: Machine[] = [];
let open: Listener;
let readOnly: Listener;

/** Validates and keeps the events of a run. */
function kept(stdout: string): PrintedEvent[] {
  const lines = stdout.split('\n');
  expect(lines.pop()).toBe('');
  const events = lines.map((line) => JSON.parse(line) as PrintedEvent);
  for (const event of events) {
    validate(event);
    expect(validate.errors, JSON.stringify(event)).toBeNull();
  }
  met.push(...events);
  return events;
}

async function run(args: readonly string[], accept: readonly (number | string)[] = [0]): Promise<PrintedEvent[]> {
  const { stdout } = await (here as Machine).run([...args, '--json'], { accept });
  expect(/[\u007f-\u009f\u202a-\u202e\u2066-\u2069]/.test(stdout), 'an invisible character').toBe(false);
  return kept(stdout);
}

const ofType = (events: readonly PrintedEvent[], type: string) => events.filter((event) => event.type === type);

describe('the lines of', () => {
  let asked: string[];

  beforeAll(async () => {
    const group = await openGroup(atEnd, [
      { 'only here/ü\u202e\x07.txt': 'here', both: 'old', 'gone later': 'x' },
      { 'from nas': 'n'.repeat(300_000) },
      {},
    ]);
    [here, nas, attic] = group.machines as [Machine, Machine, Machine];
    fs.writeFileSync(Buffer.concat([Buffer.from(`${here.folder}/`), Buffer.from([0xff, 0x41])]), 'no UTF-8');
    open = await startListening(atEnd, nas, '--verbose');
    readOnly = await startListening(atEnd, attic, '--read-only');
    asked = [here.folder, '--peer', `127.0.0.1:${open.port}`, '--no-discover'];
  });

  it('a dry run: what would change on which machine, and how much', async () => {
    const events = await run(['once', '-n', ...asked], [1]);
    const changes = ofType(events, 'change');
    expect(changes.filter(({ peer }) => peer === undefined).map(({ path: name, action }) => [name, action])).toEqual([
      ['from nas', 'create'],
    ]);
    expect(changes.filter(({ peer }) => peer !== undefined)).toHaveLength(5);
    expect(changes.find(({ pathBase64 }) => pathBase64 === '/0E=')).toMatchObject({ path: '\ufffdA', bytes: 8 });
    expect(ofType(events, 'plan').at(-1)).toMatchObject({ files: 6, bytes: 300_016, final: true });
    expect(events.at(-1)).toMatchObject({ type: 'summary', dryRun: true, exit: 1, created: 6 });
    expect(fs.existsSync(path.join((here as Machine).folder, 'from nas'))).toBe(false);
  });

  it('a run: in order, progress included, with the exact denominator', async () => {
    const events = await run(['once', ...asked]);
    const types = events.map(({ type }) => type);
    expect(types[0]).toBe('start');
    expect(types.at(-1)).toBe('summary');
    expect(types.indexOf('peer')).toBeLessThan(types.indexOf('change'));
    expect(ofType(events, 'plan').at(-1)).toMatchObject({ files: 6, bytes: 300_016, final: true });
    expect(ofType(events, 'progress').length).toBeGreaterThan(0);
  });

  it('a dry run and the run after it: they say the same of what comes back', async () => {
    fs.rmSync(path.join((here as Machine).folder, 'gone later'));
    const would = await run(['once', '-n', ...asked], [1]);
    const did = await run(['once', ...asked]);
    const inShort = (events: readonly PrintedEvent[]) =>
      ofType(events, 'change').map(({ path: name, action, peer, bytes }) => ({ name, action, peer, bytes }));
    expect(inShort(would)).toEqual([{ name: 'gone later', action: 'restore', peer: undefined, bytes: 1 }]);
    expect(inShort(did)).toEqual(inShort(would));
  });

  it('a run with conflicts and problems', async () => {
    const [mine, theirs] = [here as Machine, nas as Machine];
    for (const { folder, name } of [mine, theirs]) writeTree(folder, { both: name, [`${name} only`]: name });
    execFileSync('mkfifo', [path.join(mine.folder, 'pipe')]);
    fs.linkSync(path.join(mine.folder, 'from nas'), path.join(mine.folder, 'second name'));
    const peers = ['--peer', `127.0.0.1:${readOnly.port}`];
    const events = await run(['once', ...asked, ...peers], [23]);
    expect(ofType(events, 'conflict')).toMatchObject([
      { path: 'both', copy: expect.stringMatching(/^both\.conflict-/) },
    ]);
    const codes = ofType(events, 'problem').map(({ code, fatal }) => `${code} ${fatal}`);
    expect(new Set(codes)).toEqual(new Set(['special false', 'hard-link false', 'refused true']));
    expect(events.at(-1)).toMatchObject({ exit: 23, conflicts: 1, problems: codes.length });
  });

  it('a comparison: how each path differs', async () => {
    const [mine, theirs] = [here as Machine, nas as Machine];
    writeTree(mine.folder, { mine: '1', kind: 'a file', content: '1' });
    writeTree(theirs.folder, { theirs: '1', 'kind/': '', content: '2' });
    fs.utimesSync(path.join(theirs.folder, 'from nas'), 7, 7);
    const events = await run(['check', ...asked], [1]);
    const what = Object.fromEntries(ofType(events, 'difference').map((event) => [event.path, event.what]));
    expect(what).toEqual({
      mine: 'only-here',
      theirs: 'only-there',
      kind: 'kind',
      content: 'content',
      'from nas': 'metadata',
    });
  });

  it('a run that fails, or that cannot even begin: a summary is the last line', async () => {
    const alone = [(here as Machine).folder, '--peer', '127.0.0.1:9', '--no-discover', '--discover-time', '0.2s'];
    expect((await run(['once', ...alone], [21])).at(-1)).toMatchObject({ exit: 21, error: { code: 'no-peers' } });
    expect((await run(['once', '--no-such-option'], [2])).at(-1)).toMatchObject({ exit: 2, error: { code: 'usage' } });
    expect((await run(['once', '/nowhere'], [20])).at(-1)).toMatchObject({ exit: 20, error: { code: 'not-joined' } });
  });

  it('status', async () => {
    await run(['once', ...asked]); // with a peer that is known
    const [status] = await run(['status', (here as Machine).folder]);
    const both = { path: expect.stringContaining('both.conflict-') };
    expect(status).toMatchObject({ type: 'status', conflicts: expect.arrayContaining([both]) });
    const { peers, lastRun } = status as unknown as {
      peers: { address: string; lastSeen: string }[];
      lastRun: { time: string };
    };
    const met = peers.find(({ address }) => address === `127.0.0.1:${open.port}`);
    expect(met?.lastSeen).toBe(lastRun.time);
  });

  it('doctor', async () => {
    const where = ['--interface', '127.0.0.1', '--port', String(open.port), '--discover-time', '1s'];
    const findings = await run(['doctor', (here as Machine).folder, ...where], [0, 1]);
    expect(new Set(findings.map(({ type }) => type))).toEqual(new Set(['finding']));
    expect(findings.length).toBeGreaterThan(8);
  });

  it('a listener: ready, then each session, also one that was cut off, and its summary', async () => {
    writeTree((here as Machine).folder, { big: randomBytes(8_000_000) });
    const cut = ['once', ...asked, '--bwlimit', '200KiB'];
    await (here as Machine).run([...cut, '--max-time', '1s'], { accept: [30] });
    await open.stop();
    const events = open.events.map((event) => JSON.stringify(event)).join('\n');
    const said = kept(`${events}\n`);
    expect(said[0]).toMatchObject({ type: 'ready', folder: 'machine2', port: open.port });
    const outcomes = ofType(said, 'session').map(({ outcome }) => outcome);
    expect(outcomes.slice(0, 3)).toEqual(['done', 'done', 'done']);
    expect(outcomes.at(-1)).toBe('failed');
    expect(ofType(said, 'change').length).toBeGreaterThan(0);
    expect(said.at(-1)).toMatchObject({ type: 'summary', command: 'listen', exit: 143 });
  });

  it('all of these together: no kind of line was left out', () => {
    const kinds = (schema.oneOf as { $ref: string }[]).map(({ $ref }) => $ref.split('/').at(-1));
    expect(kinds.length).toBeGreaterThan(10);
    expect(new Set(met.map(({ type }) => type))).toEqual(new Set(kinds));
  });
});
