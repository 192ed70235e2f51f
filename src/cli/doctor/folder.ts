/** Each folder: whether it can be opened, what its file system can do, and which of its peers can be reached. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { type FileSystemTraits, fileSystemTraits } from '../../apply/file-system-traits.js';
import { openStage } from '../../apply/stage.js';
import { type Reach, reach } from '../../converge/reach.js';
import { openRoot } from '../../disk/anchored-root.js';
import { joinedFolders } from '../../group/folder-record.js';
import type { JoinedFolder } from '../../group/joined-folder.js';
import { openFolder } from '../../group/open-folder.js';
import { shellWord } from '../../group/shell-word.js';
import type { Finding } from '../../report/finding.js';
import { durationText, sizeText } from '../../report/quantity.js';
import type { RememberedPeer } from '../../state/folder-state.js';
import { openState } from '../../state/lmdb-state.js';
import { stateFile } from '../../state/state-file.js';
import { expectedError } from '../expected-error.js';
import { folderPaths } from '../folders.js';
import type { Invocation } from '../invocation.js';

/** Milliseconds. Probes that are ten minutes off are not answered at all (docs/PROTOCOL.md [answer]). */
const CLOCK_OFF = 60_000;

export async function* folderFindings(invocation: Invocation): AsyncGenerator<Finding> {
  const { operands, groups } = invocation;
  if (operands.length === 0 && joinedFolders(groups).length === 0) {
    const message = 'no folder was joined yet';
    yield {
      about: 'folder',
      level: 'note',
      message,
      fix: 'p2psync init FOLDER, or p2psync join FOLDER with an invite',
    };
    return;
  }
  for (const folder of folderPaths(invocation)) {
    try {
      const opened = openFolder(folder, groups);
      yield { about: 'folder', level: 'good', message: `${opened.root}: joined, its key and marker are there` };
      yield* diskFindings(opened);
      yield* peerFindings(opened, invocation);
    } catch (error) {
      const expected = expectedError(error);
      if (expected === undefined) throw error;
      yield { about: 'folder', level: 'failure', message: expected.message };
    }
  }
}

function* diskFindings({ root: folder }: JoinedFolder): Generator<Finding> {
  const root = openRoot(folder);
  try {
    const stage = openStage(root, { random: randomBytes, now: Date.now });
    try {
      const traits = fileSystemTraits(root, stage);
      yield { about: 'disk', level: 'good', message: `${folder}: ${describe(traits)}` };
      yield* limits(folder, traits);
    } finally {
      stage.close();
    }
  } finally {
    root.close();
  }
}

function describe({ reflink, hardLinks, symlinks, free }: FileSystemTraits): string {
  const has = (what: string, there: boolean) => `${there ? '' : 'no '}${what}`;
  return [
    `${sizeText(free)} free`,
    has('reflinks', reflink),
    has('hard links', hardLinks),
    has('symlinks', symlinks),
  ].join(', ');
}

function* limits(folder: string, { caseSensitive, unicodeExact, anyBytes }: FileSystemTraits): Generator<Finding> {
  const limit = (message: string): Finding => ({
    about: 'disk',
    level: 'note',
    message: `${folder}: ${message}; the second of two such names is refused here and reported`,
    fix: 'rename one of them on the machine that has both',
  });
  if (!caseSensitive) yield limit('names that differ in case alone are one name');
  if (!unicodeExact) yield limit('names that differ in their Unicode form alone are one name');
  if (!anyBytes)
    yield { about: 'disk', level: 'note', message: `${folder}: names that are no UTF-8 are refused here and reported` };
}

async function* peerFindings(folder: JoinedFolder, { settings, interruption }: Invocation): AsyncGenerator<Finding> {
  const remembered = await rememberedBy(folder);
  const found = await reach(folder, remembered, settings, interruption.signal);
  for (const each of found) yield peerFinding(each, settings.port);
  if (found.some(({ kind }) => kind === 'reached')) return;
  yield {
    about: 'peer',
    level: 'failure',
    message: `${folder.label}: no peer of its group answers`,
    fix: 'on another machine: p2psync join FOLDER && p2psync listen FOLDER; across a router: p2psync once --peer HOST',
  };
}

async function rememberedBy({ stateDir }: JoinedFolder): Promise<RememberedPeer[]> {
  if (!existsSync(stateFile(stateDir))) return [];
  const state = openState(stateDir, { create: false, random: randomBytes });
  try {
    return [...state.peers()];
  } finally {
    await state.close();
  }
}

export function peerFinding(found: Reach, port: number): Finding {
  switch (found.kind) {
    case 'reached': {
      const off = Math.abs(found.ahead);
      const where = `${found.name} (${found.address}) answers in ${found.rttMs.toFixed(1)}ms`;
      if (off < CLOCK_OFF) return { about: 'peer', level: 'good', message: where };
      const message = `${where}; its clock is ${durationText(off / 1000)} ${found.ahead > 0 ? 'ahead of' : 'behind'} this one`;
      return { about: 'peer', level: 'warning', message, fix: 'sudo timedatectl set-ntp true, on both' };
    }
    case 'refused': {
      const message = `${found.address} answers probes, but: ${found.error.message}`;
      const tcp = Number(found.address.split(':').at(-1) ?? port);
      return {
        about: 'peer',
        level: 'failure',
        message,
        fix: `on that machine, let TCP port ${tcp} through: sudo ufw allow ${tcp}/tcp`,
      };
    }
    case 'silent': {
      const who = `${found.name} (${found.address})`;
      if (found.connects) {
        const message = `${who} takes connections but does not answer probes: its firewall drops UDP, or another program has that port now`;
        return {
          about: 'peer',
          level: 'warning',
          message,
          fix: `on ${shellWord(found.name)}: sudo ufw allow ${port}/udp`,
        };
      }
      const message = `${who}, known from an earlier run, does not answer: it is off, elsewhere, or nothing listens there`;
      return { about: 'peer', level: 'warning', message, fix: `on ${shellWord(found.name)}: p2psync listen` };
    }
  }
}
