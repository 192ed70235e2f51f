/** A member that lies, against the real listener (L) and the real initiator (I): tests 10 to 18 of docs/SECURITY.md. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Run } from '../../../scripts/machine.mjs';
import { digestOf } from '../../../src/model/digest.js';
import type { RelPath } from '../../../src/model/path.js';
import { SyncError } from '../../../src/model/sync-error.js';
import type { Session } from '../../../src/session/channel.js';
import { KIND } from '../../../src/wire/frame.js';
import { type Arena, useArena } from './arena.js';
import {
  answerWith,
  type Book,
  dialRaw,
  dialSession,
  entryOf,
  type HostileListener,
  pack,
  push,
  RawPeer,
  randomDigest,
  type sendContent,
} from './hostile-peer.js';

let arena: Arena;
useArena((made) => {
  arena = made;
});

/** How the listener ended the sessions in which liars did these things, one after the other. */
async function endsOf(...attacks: readonly (readonly [what: string, attack: Book['attack']])[]): Promise<void> {
  for (const [what, attack] of attacks) {
    const session = await dialSession(arena.found, { ...(attack === undefined ? {} : { attack }) });
    const late = setTimeout(() => void session.close(new SyncError('timeout', 'it went on')), 5_000);
    const end = await session.closed.finally(() => clearTimeout(late));
    expect([what, end?.message]).toEqual([what, expect.stringMatching(/the other end says/)]);
    expect([what, end?.code]).toEqual([what, expect.stringMatching(/^(protocol|path)$/)]);
  }
}

/** A run that meets a liar for each of the books, and must go on with the honest peer. */
async function runWith(...books: readonly Book[]): Promise<Run> {
  books.forEach((book, i) => void answerWith(liar(i), arena.key, book));
  return arena.meet(books.length);
}

function liar(number = 0): HostileListener {
  const found = arena.liars[number];
  if (found === undefined) throw new RangeError(`there is no liar ${number}`);
  return found;
}

function problems(run: Run): string {
  return JSON.stringify(run.events.filter(({ type }) => type === 'problem'));
}

/** Targets for the listener, or claims for the initiator, in one directory. */
function claiming(packed: Uint8Array, at = ''): Book {
  return { directory: (where) => (where === at ? packed : pack([])) };
}

function inServer(name: string): string {
  return path.join(arena.server.folder, name);
}
function inClient(name: string): string {
  return path.join(arena.client.folder, name);
}

const BAD_NAMES = ['..', '.', '/etc', 'a//b', '', 'a\0b', 'a/../b', '.p2psync', '.P2PSYNC', '.p2psync. '];
const BAD_PATHS = ['../x', '/etc', 'a//b', '.p2psync/x', `${'d/'.repeat(128)}d`];

/** What could move a cursor, forge a line or turn text around: all control characters but the line's end. */
const UNSAFE = /(?!\n)[\p{Cc}\u202e]/u;

describe('test 10: names and paths that no honest peer sends', () => {
  test('10 L: a target with such a name ends the session', () =>
    endsOf(
      ...BAD_NAMES.map(
        (name) =>
          [
            JSON.stringify(name),
            async (session: Session) => void (await push(session, [['', pack([entryOf(name)])]])),
          ] as const,
      ),
    ));

  test('10 L: targets in such a directory end the session', () =>
    endsOf(
      ...BAD_PATHS.map(
        (at) => [at, async (session: Session) => void (await push(session, [[at, pack([entryOf('x')])]]))] as const,
      ),
    ));

  test('10 L: a wish for such a path ends the session', () =>
    endsOf(
      ...BAD_PATHS.map(
        (wanted) =>
          [
            wanted,
            async (session: Session) => {
              const channel = await session.open({ type: 'content' });
              const items = [{ path: wanted as RelPath, digest: randomDigest(), size: 4 }];
              await channel.send({ type: 'want', items });
            },
          ] as const,
      ),
    ));

  test('10 L: names out of order or twice end the session', () =>
    endsOf(
      ...[
        ['b', 'a'],
        ['a', 'a'],
      ].map((names) => {
        const packed = pack(names.map((name) => entryOf(name)));
        return [names.join(), async (session: Session) => void (await push(session, [['', packed]]))] as const;
      }),
    ));

  test('10 I: entries with such names end the session, and the run goes on with the others', async () => {
    const names = ['..', '/etc', 'a//b', '', 'a\0b', '.P2PSYNC'];
    const run = await runWith(...names.map((name) => claiming(pack([entryOf(name)]))));
    expect(run.status).toBe(23);
    const failed = run.events.filter(({ type, code }) => type === 'problem' && code === 'peer');
    expect(failed).toHaveLength(names.length);
  });

  test('10 B: a tree deeper than any path may be ends, on either side', async () => {
    const directory = (_where: RelPath): Uint8Array => pack([entryOf('d', { kind: 'directory' })]);
    const run = await runWith({ directory });
    expect(run.status).toBe(23);
    const deepest = 'd/'.repeat(127).concat('d');
    const session = await dialSession(arena.found);
    const applied = await push(session, [[deepest, pack([entryOf('x', { kind: 'deleted' })])]]);
    expect(applied.flatMap(({ problems: told }) => told)).toHaveLength(1);
    await session.close();
    fs.rmSync(inClient('d'), { recursive: true, force: true });
    fs.rmSync(inServer('d'), { recursive: true, force: true });
  });
});

describe('symlinks', () => {
  const outside = (): Buffer => Buffer.from(path.join(arena.directory, 'canary'));

  test.each(['absolute', 'climbing'])(
    '11 B: a symlink that is %s is not made, and nothing goes through it',
    async (kind) => {
      const target = kind === 'absolute' ? outside() : Buffer.from('../canary');
      const link = entryOf('way-out', { kind: 'symlink', content: target });
      const below = pack([entryOf('x', { content: Buffer.from('through') })]);
      const content = (item: { readonly path: string }): Buffer =>
        item.path === 'way-out' ? target : Buffer.from('through');
      const book: Book = {
        directory: (where) => (where === '' ? pack([link]) : where === 'way-out' ? below : pack([])),
        content,
      };
      const session = await dialSession(arena.found, book);
      const applied = await push(session, [
        ['', pack([link])],
        ['way-out', below],
      ]);
      expect(applied.flatMap(({ problems: told }) => told).length).toBeGreaterThanOrEqual(1);
      await session.close();
      expect(fs.existsSync(inServer('way-out'))).toBe(false);
      const run = await runWith(book);
      expect(problems(run)).toMatch(/unsafe-link/);
      expect(fs.lstatSync(inClient('way-out'), { throwIfNoEntry: false })).toBeUndefined();
    },
  );

  test('11 B: a symlink that stays inside leads nowhere for what is claimed below it', async () => {
    const target = Buffer.from('sub');
    const link = entryOf('inward', { kind: 'symlink', content: target });
    const below = pack([entryOf('planted', { content: Buffer.from('through') })]);
    const book: Book = {
      directory: (where) => (where === '' ? pack([link]) : pack([])),
      content: ({ path: wanted }) => (wanted === 'inward' ? target : Buffer.from('through')),
    };
    const session = await dialSession(arena.found, book);
    const applied = await push(session, [
      ['', pack([link])],
      ['inward', below],
    ]);
    expect(applied.flatMap(({ problems: told }) => told)).toMatchObject([{ path: 'inward/planted' }]);
    await session.close();
    expect(fs.existsSync(inServer('sub/planted'))).toBe(false);
  });

  test('12 B: a local symlink is not followed for what a peer has below its name, and that is reported', async () => {
    for (const at of [inServer('mine'), inClient('mine')]) fs.symlinkSync('../canary', at);
    const below = pack([entryOf('secret', { content: Buffer.from('overwritten') })]);
    const directory = entryOf('mine', { kind: 'directory' });
    const book: Book = {
      directory: (where) => (where === '' ? pack([directory]) : where === 'mine' ? below : pack([])),
      content: () => Buffer.from('overwritten'),
    };
    const session = await dialSession(arena.found, book);
    const applied = await push(session, [['mine', below]]);
    expect(applied.flatMap(({ problems: told }) => told)).toMatchObject([{ path: 'mine/secret' }]);
    await session.close();
    const run = await runWith(book);
    expect(problems(run)).toMatch(/mine/);
    for (const at of [inServer('mine'), inClient('mine')]) {
      expect(fs.readlinkSync(at)).toBe('../canary');
      fs.unlinkSync(at);
    }
  });

  test('11 B: a symlink whose target is said to be endless is refused before it is fetched', async () => {
    const link = entryOf('endless', { kind: 'symlink', size: 2 ** 40 });
    const filler = Buffer.alloc(100_000, 0x61);
    const endless = async (_item: unknown, item: number, channel: Parameters<typeof sendContent>[0]): Promise<void> => {
      for (let sent = 0; sent < 300e6; sent += filler.length)
        await channel.send({ type: 'contents', segments: [{ item, length: filler.length, status: 'more' }] }, filler);
    };
    const book: Book = { directory: () => pack([link]), content: endless };
    const session = await dialSession(arena.found, book);
    const applied = await push(session, [['', pack([link])]]);
    expect(applied.flatMap(({ problems: told }) => told)).toHaveLength(1);
    await session.close();
    await runWith(book);
  });
});

describe('frames', () => {
  const lengths = [0, 2 ** 31, 2 ** 32 - 1];
  const announcing = (length: number): Buffer => {
    const bytes = Buffer.alloc(13);
    bytes.writeUInt32BE(length);
    return bytes;
  };

  test.each(lengths)('13 L: a frame of %d bytes closes the connection', async (length) => {
    const peer = (await dialRaw(arena.found)).hello().bytes(announcing(length));
    await peer.closed;
    expect(peer.frames.at(-1)).toMatchObject({ kind: KIND.abort, channel: 0 });
  });

  test('13 I: such frames close the connection', async () => {
    const closed = lengths.map(
      (length, i) =>
        new Promise<void>((resolve) => {
          liar(i).onSocket = (socket) => {
            const peer = new RawPeer(socket, arena.key).hello({ purpose: 'serve' }).bytes(announcing(length));
            void peer.closed.then(resolve);
          };
        }),
    );
    const run = await arena.meet(lengths.length);
    expect(run.status).toBe(23);
    await Promise.all(closed);
  });

  /** `tree`'s number with a list of 2^53 - 1 items where its fields would be. */
  const claim = Buffer.from('82029b001fffffffffffff', 'hex');

  test('14 L: a claim of 2^53 entries allocates nothing and ends the session', async () => {
    const peer = (await dialRaw(arena.found)).hello();
    const prefix = Buffer.alloc(13);
    prefix.writeUInt32BE(9 + claim.length);
    prefix[4] = KIND.open;
    prefix.writeUInt32BE(1, 5);
    prefix.writeUInt32BE(claim.length, 9);
    peer.bytes(Buffer.concat([prefix, claim]));
    await peer.closed;
  });

  test('14 B: a root with 2^53 - 1 entries and counters, and a stall in the middle of a frame, time out', async () => {
    const whole = Number.MAX_SAFE_INTEGER;
    const begun = announcing(1_000_000);
    begun[4] = KIND.message;
    begun.writeUInt32BE(1, 5);
    begun.writeUInt32BE(100, 9);
    const peer = (await dialRaw(arena.found)).hello().bytes(begun);
    await peer.closed;
    liar().onSocket = (socket) => {
      const peer = new RawPeer(socket, arena.key).hello({ purpose: 'serve' });
      const root = {
        full: randomDigest(),
        view: randomDigest(),
        entries: whole,
        bytes: whole,
        seen: [],
        free: Number.MAX_SAFE_INTEGER,
      };
      setTimeout(() => peer.frame(KIND.message, 1, { type: 'root', ...root }).bytes(begun), 500);
    };
    const run = await arena.meet(1);
    expect(run.status).toBe(23);
    expect(problems(run)).toMatch(/progress/);
  });
});

describe('content', () => {
  const promised = Buffer.from('0123456789');

  test('15 B: content that does not match its digest is not installed, and everything else is', async () => {
    const entries = ['bad', 'good'].map((name) => entryOf(`15-${name}`));
    const large = entryOf('15-large', { content: Buffer.alloc(600_000, 1) });
    const packed = pack([entries[0], entries[1], large].filter((entry) => entry !== undefined));
    const book: Book = {
      directory: (where) => (where === '' ? packed : pack([])),
      content: ({ path: wanted, size }) => (wanted === '15-good' ? Buffer.from(wanted) : Buffer.alloc(size, 0x58)),
    };
    const session = await dialSession(arena.found, book);
    const applied = await push(session, [['', packed]]);
    expect(applied.flatMap(({ problems: told }) => told.map(({ path: at }) => at)).sort()).toEqual([
      '15-bad',
      '15-large',
    ]);
    await session.close();
    for (const name of ['15-bad', '15-large']) expect(fs.existsSync(inServer(name))).toBe(false);
    expect(fs.readFileSync(inServer('15-good'), 'utf8')).toBe('15-good');
    fs.rmSync(inClient('15-good'), { force: true });

    const run = await runWith(book);
    expect(run.status).toBe(23);
    for (const name of ['15-bad', '15-large']) expect(fs.existsSync(inClient(name))).toBe(false);
    expect(fs.readFileSync(inClient('15-good'), 'utf8')).toBe('15-good');
  });

  test.each([9, 11])('16 B: %d bytes where 10 were declared are refused', async (length) => {
    const entry = entryOf(`16-${length}`, { content: promised });
    const sent = Buffer.concat([promised, promised]).subarray(0, length);
    const book: Book = { directory: (where) => (where === '' ? pack([entry]) : pack([])), content: () => sent };
    const session = await dialSession(arena.found, book);
    const applied = await push(session, [['', pack([entry])]]).catch(() => []);
    if (applied.length > 0) expect(applied.flatMap(({ problems: told }) => told)).toHaveLength(1);
    await session.close();
    expect(fs.existsSync(inServer(entry.name))).toBe(false);
    const run = await runWith(book);
    expect(run.status).toBe(23);
    expect(fs.existsSync(inClient(entry.name))).toBe(false);
  });

  test('16 B: a segment that claims more bytes than its frame has is refused', async () => {
    const entry = entryOf('16-segment', { content: promised });
    const content: Book['content'] = async (_want, item, channel) =>
      channel.send({ type: 'contents', segments: [{ item, length: 10, status: 'last' }] }, promised.subarray(0, 9));
    const book: Book = { directory: (where) => (where === '' ? pack([entry]) : pack([])), content };
    const session = await dialSession(arena.found, book);
    await push(session, [['', pack([entry])]]).catch(() => []);
    await session.close();
    expect((await runWith(book)).status).toBe(23);
    for (const at of [inServer, inClient]) expect(fs.existsSync(at(entry.name))).toBe(false);
  });
});

describe('names that are harmless', () => {
  const NAMES = ['__proto__', 'constructor', 'toString'];
  const STRANGE = ['esc\x1b[2Jape', 'new\nline', 'r\u202etxt.exe', 'bell\x07', 'c1\u009b31m'];

  test('17 B: files called like properties of an object are synchronised as any other', async () => {
    for (const name of NAMES) fs.writeFileSync(inServer(name), `of the server: ${name}`);
    fs.mkdirSync(inClient('hasOwnProperty'));
    fs.writeFileSync(inClient('hasOwnProperty/__proto__'), 'of the client');
    await arena.honestRun();
    for (const name of NAMES) expect(fs.readFileSync(inClient(name), 'utf8')).toBe(`of the server: ${name}`);
    expect(fs.readFileSync(inServer('hasOwnProperty/__proto__'), 'utf8')).toBe('of the client');
  });

  test('18 B: control characters in names arrive exactly and are escaped on a screen', async () => {
    for (const name of STRANGE) fs.writeFileSync(inServer(name), digestOf(Buffer.from(name)));
    const said = await arena.client.run(
      ['once', arena.client.folder, '--peer', `127.0.0.1:${arena.listener.port}`, '--no-discover', '-v'],
      { accept: [0] },
    );
    for (const name of STRANGE) expect(fs.existsSync(inClient(name))).toBe(true);
    expect(said.stdout + said.stderr).not.toMatch(UNSAFE);
  });

  test('18 I: what a peer calls itself, and why it says that it failed, is escaped on a screen', async () => {
    const evil = 'x\x1b[31m\nforged line\u202e';
    answerWith(liar(), arena.key, {
      hello: { name: evil },
      attack: async (session) => {
        await session.close(new SyncError('io', evil));
      },
    });
    for (const json of [[], ['--json']]) {
      const said = await arena.client.run(
        ['once', arena.client.folder, '--peer', `127.0.0.1:${liar().port}`, '--no-discover', '-v', ...json],
        { accept: [21, 23] },
      );
      expect(said.stdout + said.stderr).not.toMatch(UNSAFE);
      expect(said.stdout + said.stderr).not.toMatch(/^forged line/m);
    }
  });
});
