/** The text of each bar row, cut to the terminal's width: pure, so that it can be tested without a terminal. */
import { screenPath, screenText } from './escape.js';
import type { Paint } from './paint.js';
import type { Progress, Row } from './progress-model.js';
import { countOf, countText, durationText, percentText, rateText, sizeText } from './quantity.js';
import { folderName } from './summary-line.js';

interface Look {
  readonly paint: Paint;
  readonly unicode: boolean;
}

/** Columns of the bar itself. */
const BAR_WIDTH = 24;
const NAME_WIDTH = 12;

/** `Photos  ██████░░░░  42%  1.2GiB of 2.9GiB  38MiB/s  45s left`; before there is a plan, the phase. */
export function totalRow(progress: Progress, width: number, look: Look): string {
  const name = screenText(folderName(progress.folder));
  if (progress.totalBytes === 0 && progress.totalFiles === 0) return fitted(`${name}  ${progress.phase}…`, width);
  const [done, whole] =
    progress.totalBytes > 0 ? [progress.bytes, progress.totalBytes] : [progress.files, progress.totalFiles];
  const figures = [
    percentText(done, whole).padStart(4),
    progress.totalBytes > 0
      ? `${sizeText(progress.bytes)} of ${sizeText(progress.totalBytes)}`
      : `${countText(progress.files)} of ${countOf(progress.totalFiles, 'file')}`,
    progress.exact ? '' : '(still counting)',
    progress.rate === undefined || progress.totalBytes === 0 ? '' : rateText(progress.rate),
    progress.eta === undefined ? '' : `${durationText(progress.eta)} left`,
  ].filter((figure) => figure !== '');
  const tail = figures.join('  ');
  const room = width - cut(name, NAME_WIDTH).length - tail.length - 5;
  const bar = room < 8 ? '' : `${look.paint.good(barOf(done, whole, Math.min(BAR_WIDTH, room), look.unicode))}  `;
  return `${cut(name, NAME_WIDTH)}  ${bar}${cut(tail, width - NAME_WIDTH - 3)}`;
}

/** `  nas           …/2019/img_0123.jpg`: the end of a path says more than its beginning. */
export function peerRow(row: Row, width: number, paint: Paint): string {
  const name = cut(screenText(row.name), NAME_WIDTH).padEnd(NAME_WIDTH);
  const room = width - NAME_WIDTH - 5;
  const path = row.path === undefined || room < 4 ? '' : cutFront(screenPath(row.path), room);
  return fitted(`  ${name}`, width) + (path === '' ? '' : `  ${paint.dim(path)}`);
}

export function overflowRow(hidden: number, paint: Paint): string {
  return paint.dim(`  and ${countOf(hidden, 'more peer')}`);
}

function barOf(done: number, whole: number, width: number, unicode: boolean): string {
  const share = whole <= 0 ? 1 : Math.min(1, Math.max(0, done / whole));
  const full = Math.floor(share * width);
  return unicode ? '█'.repeat(full) + '░'.repeat(width - full) : '#'.repeat(full) + '-'.repeat(width - full);
}

function fitted(text: string, width: number): string {
  return cut(text, Math.max(1, width - 1));
}

function cut(text: string, width: number): string {
  const characters = [...text];
  return characters.length <= width ? text : `${characters.slice(0, Math.max(0, width - 1)).join('')}…`;
}

function cutFront(text: string, width: number): string {
  const characters = [...text];
  return characters.length <= width ? text : `…${characters.slice(characters.length - width + 1).join('')}`;
}
