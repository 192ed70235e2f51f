/** Claims about history, tree and progress that a lying member makes: what they must not break, beyond the twenty. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Run } from '../../../scripts/machine.mjs';
import { digestOf } from '../../../src/model/digest.js';
import { type Entry, lineageOf } from '../../../src/model/entry.js';
import type { ReplicaId } from '../../../src/model/version-vector.js';
import type { Session } from '../../../src/session/channel.js';
import { type Arena, useArena } from './arena.js';
import { answerWith, type Book, dialSession, entryOf, pack, push, randomDigest } from './hostile-peer.js';

let arena: Arena;
useArena((made) => {
  arena = made;
});

async function runWith(...books: readonly Book[]): Promise<Run> {
  for (const [i, book] of books.entries()) answerWith(arena.liars[i] as Arena['liars'][number], arena.key, book);
  return arena.meet(books.length);
}

const MOST = Number.MAX_SAFE_INTEGER;

describe('history', () => {
  test('a counter of 2^53 - 1 in the name of the attacked replica does not end its own counting', async () => {
    const session = await dialSession(arena.found, { content: ({ path: name }) => Buffer.from(name) });
    const entry = entryOf('pushed', { vector: [[session.peer.replica, MOST]] });
    await push(session, [['', pack([entry])]]);
    await session.close();
    fs.writeFileSync(path.join(arena.server.folder, 'pushed'), 'edited here afterwards');
    fs.writeFileSync(path.join(arena.server.folder, 'new-afterwards'), 'new');
    await arena.honestRun();
    expect(fs.readFileSync(path.join(arena.client.folder, 'pushed'), 'utf8')).toBe('edited here afterwards');

    let client: ReplicaId | undefined;
    const forged = (): Uint8Array =>
      pack([entryOf('pulled', { vector: [[client ?? ('r.......' as ReplicaId), MOST]] })]);
    await runWith({
      attack: async (session: Session) => {
        client = session.peer.replica;
      },
      directory: (where) => (where === '' ? forged() : pack([])),
      content: ({ path: name }) => Buffer.from(name),
    });
    fs.writeFileSync(path.join(arena.client.folder, 'pulled'), 'edited there afterwards');
    await arena.honestRun();
    expect(fs.readFileSync(path.join(arena.server.folder, 'pulled'), 'utf8')).toBe('edited there afterwards');
  });

  test('ids without number do not make every later run slower', async () => {
    const before = await arena.client.once({ ports: [arena.listener.port] });
    const session = await dialSession(arena.found, { content: ({ path: name }) => Buffer.from(name) });
    for (let round = 0; round < 20; round++) {
      const vector = Array.from(
        { length: 1000 },
        (_, i) => [`r${String(round * 1000 + i).padStart(7, '0')}` as ReplicaId, 1] as const,
      );
      await push(session, [['', pack([entryOf(`many-${round}`, { vector })])]]);
      const tooMany = vector.concat(vector.map(([id]) => [`s${id.slice(1)}` as ReplicaId, 1] as const));
      const [applied] = await push(session, [['', pack([entryOf('too-many', { vector: tooMany })])]]);
      expect(applied?.problems).toMatchObject([{ code: 'refused' }]);
    }
    await session.close();
    await arena.honestRun(); // brings what was planted
    const after = await arena.client.once({ ports: [arena.listener.port] });
    expect(Number(after.summary?.wireReceived)).toBeLessThan(Number(before.summary?.wireReceived) + 100_000);
  });

  test('what was not superseded is kept, whatever vector and lineage say of it', async () => {
    fs.writeFileSync(path.join(arena.server.folder, 'mine'), 'the only copy');
    const forged = (lineage: Entry['lineage']): Entry =>
      entryOf('mine', {
        content: Buffer.from('forged'),
        mtime: MOST,
        lineage,
        vector: [['rliar..1' as ReplicaId, MOST]],
      });
    const session = await dialSession(arena.found, { content: () => Buffer.from('forged') });
    await push(session, [['', pack([forged([lineageOf(randomDigest())])])]], { conflict: 'newest' });
    await push(session, [['', pack([forged([lineageOf(digestOf(Buffer.from('the only copy')))])])]]);
    await push(
      session,
      [['', pack([entryOf('mine', { kind: 'deleted', vector: [['rliar..1' as ReplicaId, MOST]] })])]],
      {
        deletes: true,
      },
    );
    await session.close();
    const texts = everyFile(arena.server.folder).map((file) => fs.readFileSync(file, 'utf8'));
    expect(texts).toContain('the only copy');
    expect(fs.existsSync(path.join(arena.server.folder, 'mine'))).toBe(true);
  });
});

describe('a run that does not end by itself', () => {
  test('goes on without a peer that stops answering questions about its tree', async () => {
    const run = await runWith(
      {
        tree: async (channel) => {
          const root = {
            full: randomDigest(),
            view: randomDigest(),
            entries: 1,
            bytes: 1,
            seen: [],
            free: Number.MAX_SAFE_INTEGER,
          };
          await channel.send({ type: 'root', ...root });
          await channel.end(); // answers nothing any more, but stays and reads
        },
      },
      {
        directory: () => pack([entryOf('never-sent')]),
        content: async (_item, _number, channel) => channel.end(),
      },
      { assign: async (channel) => channel.end() },
    );
    expect(run.status).toBe(23);
    expect(run.seconds).toBeLessThan(20);
  });

  test('ends with peers that send what is empty for ever', async () => {
    const forever = async (send: () => Promise<void>): Promise<void> => {
      for (;;) await send();
    };
    const packed = pack([entryOf('stuffed', { content: Buffer.alloc(20_000) })]);
    const run = await runWith(
      {
        directory: (where, channel) =>
          forever(() => channel.send({ type: 'directory', path: where, last: false })).then(() => packed),
      },
      {
        directory: (where) => (where === '' ? packed : pack([])),
        content: (_want, item, channel) =>
          forever(() => channel.send({ type: 'contents', segments: [{ item, length: 0, status: 'more' }] })),
      },
      {
        assign: async (channel) => {
          await channel.receive();
          const nothing = { type: 'applied', path: '' as never, changes: [], problems: [], last: false } as const;
          await forever(() => channel.send(nothing));
        },
      },
    );
    expect(run.status).toBe(23);
    expect(run.seconds).toBeLessThan(20);
  });

  test('prints no more than it was told to do, whatever a peer reports', async () => {
    const run = await runWith({
      assign: async (channel) => {
        await channel.receive();
        const problem = { code: 'refused', path: 'x', message: 'y'.repeat(1000), fatal: false } as const;
        const problems = Array.from({ length: 200 }, () => ({ ...problem, path: problem.path as never }));
        for (let i = 0; i < 200; i++)
          await channel.send({ type: 'applied', path: '' as never, changes: [], problems, last: false });
      },
    });
    expect(run.status).toBe(23);
    expect(run.events.length).toBeLessThan(2_000);
  });
});

describe('the listener goes on', () => {
  test('serving others while a member opens all channels and deltas that it may and answers none', async () => {
    const file = path.join(arena.server.folder, 'large');
    fs.writeFileSync(file, Buffer.alloc(3_000_000, 7));
    await arena.honestRun();
    const session = await dialSession(arena.found);
    const wish = { path: 'large' as never, digest: digestOf(Buffer.alloc(3_000_000, 7)), size: 3_000_000 };
    const basis = { basis: randomDigest(), basisSize: 2 ** 42 };
    for (let i = 0; i < 60; i++) await session.open({ type: 'delta', ...wish, ...basis });
    const run = await arena.client.once({ ports: [arena.listener.port] });
    expect(run.summary).toMatchObject({ converged: true });
    await session.close();
  });

  test('when a member asks for several assignments at once and finishes none', async () => {
    const session = await dialSession(arena.found);
    const half = Buffer.alloc(250_000, 1);
    const opening = { type: 'assign', conflict: 'keep-both', deletes: false, known: 0 } as const;
    const channels = await Promise.all(Array.from({ length: 40 }, () => session.open(opening)));
    await Promise.allSettled(
      channels.map(async (channel) => {
        for (let i = 0; i < 30; i++) await channel.send({ type: 'target', path: '' as never, last: false }, half);
      }),
    );
    await session.close();
  });
});

/** All regular files below a folder, what p2psync keeps aside included. */
function everyFile(folder: string): string[] {
  const names = fs.readdirSync(folder, { recursive: true }) as string[];
  return names.map((name) => path.join(folder, name)).filter((name) => fs.lstatSync(name).isFile());
}

test('a member that opens session after session is refused beyond what one address may have', async () => {
  const sockets = await Promise.allSettled(Array.from({ length: 60 }, () => dialSession(arena.found)));
  const sessions = sockets.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  expect(sessions.length).toBeLessThanOrEqual(32);
  await Promise.all(sessions.map((session) => session.close()));
});

test('a peer that is alive and keeps content, listings or a delta back holds a run no longer than the timeout', async () => {
  const forever = (): Promise<never> => new Promise(() => {});
  const at = path.join(arena.client.folder, 'delta-basis');
  fs.writeFileSync(at, Buffer.alloc(100_000, 3));
  const other = entryOf('delta-basis', { content: Buffer.alloc(100_000, 4), mtime: 2_000_000_000_000_000 });
  const run = await runWith(
    { directory: () => pack([entryOf('kept-back')]), content: async () => forever() },
    { directory: forever },
    { directory: (where) => (where === '' ? pack([other]) : pack([])), delta: forever },
  );
  expect(run.status).toBe(23);
  expect(run.seconds).toBeLessThan(25);
  fs.rmSync(at);
});
