/**
 * The marker `.p2psync/folder.json` inside a joined folder. It tells the folder from an empty mount point:
 * without it nothing is read or written, else an unmounted disk would look like "everything deleted".
 * It holds no secret. (docs/DESIGN.md, "Meaning")
 */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { type AnchoredRoot, openRoot } from '../disk/anchored-root.js';
import type { RelPath } from '../model/path.js';
import { SyncError } from '../model/sync-error.js';
import { syncDirectory, writeDurably } from './private-file.js';

export interface Marker {
  /** 32 hex characters, random: names this folder on this disk. */
  readonly folder: string;
  /** 32 hex characters. */
  readonly group: string;
  /** Rotations of the group's key when the marker was written. */
  readonly epoch: number;
}

const FORMAT = 1;
const DIRECTORY = '.p2psync' as RelPath;
const FILE = '.p2psync/folder.json' as RelPath;
/** Bytes; a marker has about 130. */
const MARKER_MAX = 4096;
const HEX_ID = /^[0-9a-f]{32}$/;
const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;

/** The folder's marker; undefined where there is none. Throws `not-joined` when it cannot be understood. */
export function readMarker(folder: string): Marker | undefined {
  return withRoot(folder, markerIn);
}

/** The same for a folder that is open. */
export function markerIn(root: AnchoredRoot): Marker | undefined {
  const text = readText(root);
  if (text === undefined) return undefined;
  const marker = decode(text);
  if (marker !== undefined) return marker;
  throw new SyncError('not-joined', `marker ${path.join(root.path, FILE)} is damaged: remove it and join again`);
}

export function writeMarker(folder: string, marker: Marker): void {
  withRoot(folder, (root) => {
    makeDirectory(root);
    const staged = `${FILE}.${randomBytes(8).toString('hex')}.tmp` as RelPath;
    writeDurably(root.at(staged), `${JSON.stringify({ format: FORMAT, ...marker })}\n`);
    fs.renameSync(root.at(staged), root.at(FILE));
    syncDirectory(root.directory(DIRECTORY));
  });
}

/** Removes the marker, and its directory unless something is kept there (a trash is). Says whether it is gone. */
export function removeMarker(folder: string): { directoryRemoved: boolean } {
  return withRoot(folder, (root) => {
    fs.rmSync(root.at(FILE), { force: true });
    try {
      fs.rmdirSync(root.at(DIRECTORY));
      return { directoryRemoved: true };
    } catch {
      return { directoryRemoved: false };
    }
  });
}

/** The folder with a marker that holds `directory` or is it, whoever joined it; undefined if there is none. */
export function enclosingFolder(directory: string): string | undefined {
  let at = realOrSelf(directory);
  for (;;) {
    if (fs.existsSync(path.join(at, FILE))) return at;
    const parent = path.dirname(at);
    if (parent === at) return undefined;
    at = parent;
  }
}

function withRoot<T>(folder: string, use: (root: AnchoredRoot) => T): T {
  const root = openRoot(folder);
  try {
    return use(root);
  } finally {
    root.close();
  }
}

function makeDirectory(root: AnchoredRoot): void {
  try {
    fs.mkdirSync(root.at(DIRECTORY), { mode: 0o700 });
  } catch (error) {
    // What is there may be a symlink; walking through it is refused by the root.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

function readText(root: AnchoredRoot): string | undefined {
  let fd: number;
  try {
    fd = fs.openSync(root.at(FILE), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const stat = fs.fstatSync(fd);
    return stat.isFile() && stat.size <= MARKER_MAX ? fs.readFileSync(fd, 'utf8') : '';
  } finally {
    fs.closeSync(fd);
  }
}

function decode(text: string): Marker | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { format, folder, group, epoch } = (value ?? {}) as Record<string, unknown>;
  if (format !== FORMAT || !isHexId(folder) || !isHexId(group) || !isEpoch(epoch)) return undefined;
  return { folder, group, epoch };
}

/** 16 bytes in hex, as folder and group ids are written. */
export function isHexId(value: unknown): value is string {
  return typeof value === 'string' && HEX_ID.test(value);
}

export function isEpoch(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 0xffffffff;
}

function realOrSelf(directory: string): string {
  try {
    return fs.realpathSync.native(directory);
  } catch {
    return directory;
  }
}
