/**
 * SIGINT and SIGTERM: the first aborts the run, which then ends in order; the second ends the process at once,
 * because a person who presses Ctrl-C twice means it.
 */
import { SyncError } from '../model/sync-error.js';

export interface Interruption {
  readonly signal: AbortSignal;
  /** 130 or 143 once a signal came. */
  status(): number | undefined;
}

const STATUS = { SIGINT: 130, SIGTERM: 143 } as const;

/** `exit` must not return to the event loop; `process.exit`'s handlers bring the cursor back. */
export function watchSignals(
  on: (signal: 'SIGINT' | 'SIGTERM', handler: () => void) => void,
  exit: (status: number) => void,
): Interruption {
  const controller = new AbortController();
  let status: number | undefined;
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    on(name, () => {
      if (status !== undefined) return exit(STATUS[name]);
      status = STATUS[name];
      controller.abort(new SyncError('interrupted', `stopped by ${name}`));
    });
  }
  return { signal: controller.signal, status: () => status };
}
