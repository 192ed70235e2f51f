/** Progress where no bar can be drawn (TERM=dumb, `--progress always` into a file): a line every few seconds. */
import { keyValues } from './key-value.js';
import { type Progress, progressModel } from './progress-model.js';
import type { ProgressView } from './progress-view.js';
import { durationText, rateText, sizeText } from './quantity.js';
import type { Sink } from './reporter.js';
import { folderName } from './summary-line.js';

/** Milliseconds between two lines. */
export const LINE_INTERVAL = 5_000;

export function progressLines(err: Sink, clock: () => number): ProgressView {
  const model = progressModel(clock);
  let last = clock();
  return {
    event(event) {
      model.event(event);
      if (event.type === 'start') last = clock();
      if (event.type !== 'progress' || clock() - last < LINE_INTERVAL) return;
      last = clock();
      err.write(`${progressLine(model.now())}\n`);
    },
    aside: (write) => write(),
    end() {},
    close() {},
  };
}

export function progressLine(progress: Progress): string {
  const fields = {
    folder: folderName(progress.folder),
    phase: progress.phase,
    files: `${progress.files}/${progress.totalFiles}`,
    bytes: `${sizeText(progress.bytes)}/${sizeText(progress.totalBytes)}`,
    rate: progress.rate === undefined ? undefined : rateText(progress.rate),
    eta: progress.eta === undefined ? undefined : durationText(progress.eta),
  };
  return `p2psync: progress ${keyValues(fields)}`;
}
