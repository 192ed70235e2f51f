/** Events as the engine emits them, for tests. */
import type { Summary } from '../../src/model/event.js';
import type { RelPath } from '../../src/model/path.js';
import type { ReportEvent, SummaryEvent } from '../../src/report/reporter.js';

/** The path whose UTF-8 is that of the text. */
export function pathOf(text: string): RelPath {
  return Buffer.from(text, 'utf8').toString('latin1') as RelPath;
}

const MIB = 1024 * 1024;

export function someSummary(): Summary {
  return {
    command: 'once',
    folder: 'Photos',
    converged: true,
    root: 'ab'.repeat(32),
    entries: 12_041,
    bytes: 3_400_000_000,
    peers: [
      { name: 'nas', address: '192.168.1.5:22327', replica: '72000000000000aa', equal: true },
      { name: 'laptop', address: '192.168.1.7:22327', replica: '72000000000000bb', equal: true },
    ],
    created: 41,
    updated: 6,
    metadata: 0,
    deleted: 0,
    restored: 0,
    conflicts: 1,
    problems: 0,
    wireSent: 38 * MIB,
    wireReceived: 2 * MIB,
    literalBytes: 36 * MIB,
    matchedBytes: 300 * MIB,
    reusedBytes: 64 * MIB,
    seconds: 14.2,
    phases: { scan: 1.23456, transfer: 12 },
  };
}

export function summaryEvent(changed: Partial<SummaryEvent> = {}): SummaryEvent {
  return { type: 'summary', ...someSummary(), exit: 0, dryRun: false, ...changed };
}

type Of<T extends ReportEvent['type']> = Extract<ReportEvent, { readonly type: T }>;

export const START: Of<'start'> = { type: 'start', command: 'once', folder: 'Photos', replica: '72000000000000cc' };
export const NAS: Of<'peer'> = {
  type: 'peer',
  name: 'nas',
  address: '192.168.1.5:22327',
  replica: '72000000000000aa',
  entries: 12_000,
  bytes: 3_300_000_000,
  equal: false,
};

export function change(name: string, more: Partial<Of<'change'>> = {}): ReportEvent {
  const counts = { literalBytes: 10, matchedBytes: 2, reusedBytes: 0 };
  return { type: 'change', path: pathOf(name), action: 'create', bytes: 12, ...counts, ...more };
}

export function difference(name: string, more: Partial<Of<'difference'>> = {}): ReportEvent {
  return {
    type: 'difference',
    path: pathOf(name),
    peer: 'nas',
    what: 'only-here',
    here: 'file 12 B',
    there: 'missing',
    ...more,
  };
}

export function problem(name: string, more: Partial<Of<'problem'>> = {}): ReportEvent {
  return {
    type: 'problem',
    code: 'unreadable',
    path: pathOf(name),
    message: 'permission denied',
    fatal: true,
    ...more,
  };
}

export function conflict(name: string, copy: string): ReportEvent {
  return { type: 'conflict', path: pathOf(name), copy: pathOf(copy) };
}

export function progress(files: number, bytes: number, more: Partial<Of<'progress'>> = {}): ReportEvent {
  return { type: 'progress', phase: 'transfer', files, bytes, totalFiles: 10, totalBytes: 100 * MIB, ...more };
}

export const READY: Of<'ready'> = {
  type: 'ready',
  folder: 'Photos',
  peerId: 'cd'.repeat(16),
  addresses: ['192.168.1.2', '127.0.0.1'],
  port: 22_327,
};
export const SESSION: Of<'session'> = {
  type: 'session',
  folder: 'Photos',
  peer: 'nas',
  outcome: 'done',
  created: 3,
  updated: 1,
  seconds: 2.04,
};
