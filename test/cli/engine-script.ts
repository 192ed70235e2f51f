/** Stands in for the engine in the bundle of bundle.ts: does what the variable ENGINE_SCRIPT says, step by step. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunOptions } from '../../src/converge/run-options.js';
import type { JoinedFolder } from '../../src/group/joined-folder.js';
import type { Emit, Summary, SyncEvent } from '../../src/model/event.js';
import { SyncError, type SyncErrorCode } from '../../src/model/sync-error.js';

export type Step =
  | { readonly emit: SyncEvent }
  | { readonly sleep: number }
  /** Prints `…marker` on standard error, for a test that waits for it. */
  | { readonly say: string }
  /** Until the signal; then ends as the engine does. */
  | { readonly untilAborted: true }
  /** Never ends, whatever the signal says. */
  | { readonly hang: true }
  | { readonly fail: SyncErrorCode; readonly message: string }
  | { readonly bug: string }
  | { readonly bugLater: string }
  /** Prints the options that arrived on standard error. */
  | { readonly tellOptions: true }
  | { readonly summary: Partial<Summary> };

async function play(name: string, options: object, emit: Emit, signal: AbortSignal): Promise<Summary> {
  const steps = JSON.parse(process.env.ENGINE_SCRIPT ?? '[]') as Step[];
  let summary: Partial<Summary> = {};
  for (const step of steps) {
    if ('emit' in step) emit(step.emit);
    else if ('sleep' in step) await sleep(step.sleep);
    else if ('say' in step) process.stderr.write(`…${step.say}\n`);
    else if ('untilAborted' in step) await aborted(signal);
    else if ('hang' in step) await sleep(60_000);
    else if ('fail' in step) throw new SyncError(step.fail, step.message);
    else if ('bug' in step) throw new TypeError(step.bug);
    else if ('bugLater' in step) setTimeout(() => Promise.reject(new TypeError(step.bugLater)), 10);
    else if ('tellOptions' in step) process.stderr.write(`…options ${JSON.stringify(options)}\n`);
    else summary = step.summary;
  }
  return { ...EMPTY, folder: name, ...summary };
}

async function aborted(signal: AbortSignal): Promise<never> {
  const keepAlive = setInterval(() => {}, 1_000);
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  clearInterval(keepAlive);
  throw signal.reason;
}

export function once(folder: JoinedFolder, options: RunOptions, emit: Emit, signal: AbortSignal): Promise<Summary> {
  return play(folder.label, options, emit, signal);
}

export async function check(
  folder: JoinedFolder,
  options: RunOptions,
  emit: Emit,
  signal: AbortSignal,
): Promise<Summary> {
  return { ...(await play(folder.label, options, emit, signal)), command: 'check' };
}

export async function listen(
  folders: readonly JoinedFolder[],
  options: object,
  emit: Emit,
  signal: AbortSignal,
): Promise<void> {
  for (const { label, folderId } of folders) {
    emit({ type: 'ready', folder: label, peerId: folderId, addresses: ['127.0.0.1'], port: 22_327 });
  }
  await play('', options, emit, signal).catch((error) => {
    if (!signal.aborted) throw error;
  });
}

const PEER = { name: 'nas', address: '127.0.0.1:22327', replica: '7200', equal: true };

const EMPTY: Summary = {
  command: 'once',
  folder: '',
  converged: true,
  root: 'ab'.repeat(32),
  entries: 2,
  bytes: 10,
  peers: [PEER],
  created: 0,
  updated: 0,
  metadata: 0,
  deleted: 0,
  restored: 0,
  conflicts: 0,
  problems: 0,
  literalBytes: 0,
  matchedBytes: 0,
  reusedBytes: 0,
  wireSent: 1,
  wireReceived: 1,
  seconds: 0.1,
  phases: {},
};
