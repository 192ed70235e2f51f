/**
 * The scan: brings the state up to date with what is on the disk, directory by directory. What is as
 * recorded is not read, and a scan that finds nothing new writes nothing. (docs/DESIGN.md, "Scan")
 */
import { ROOT } from '../model/path.js';
import { examineLater } from './examine-later.js';
import type { ScanOptions } from './scan-options.js';
import type { ScanResult } from './scan-result.js';
import { ScanRun } from './scan-run.js';
import { walkRoot } from './walk.js';

export type { ScanOptions } from './scan-options.js';
export type { ScanResult } from './scan-result.js';
export { settleMissing } from './settle-missing.js';

/**
 * Afterwards the caller decides with {@link settleMissing} what missing paths mean, before anything is served:
 * a listener scans when a probe arrives, and learns only from the session whether deletes are asked for.
 * Throws `interrupted` when the signal is aborted, and `io` or `not-joined` if the root cannot be read; what
 * was found until then is recorded.
 */
export async function scanFolder(options: ScanOptions): Promise<ScanResult> {
  const started = performance.now();
  // Handles from an earlier scan may belong to directories that have been renamed since.
  options.root.forget(ROOT);
  const run = new ScanRun(options);
  try {
    await walkRoot(run);
    await run.smallReads?.drained();
    await examineLater(run);
  } finally {
    await run.smallReads?.close();
    await run.digestThread.close();
    run.batch.flush();
  }
  return run.result((performance.now() - started) / 1000);
}
