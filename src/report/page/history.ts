/** The last runs: a small chart (inline SVG, its lengths in pixels and percent, so that text keeps its size), the last one in words, and all as a table. */
import { countOf, countText, durationText, sizeText } from '../quantity.js';
import type { FolderReport, PastRun } from './folder-report.js';
import { type Html, html } from './html.js';
import { mark, moment } from './marks.js';

/** Bars: as many as can be told apart on a telephone. */
const BARS_MAX = 48;
/** Pixels. */
const HEIGHT = 132;
const FLOOR = 108;
const TOP = 14;
/** Runs from which on the dates of the first and the last one have room side by side, on a telephone too. */
const DATED_MIN = 20;
/** Percent of the width that the labels of the scale take. */
const AXIS = 8;
/** Pixels that a run without any change still shows. */
const STUB = 3;

export function history({ runs }: FolderReport): Html {
  const last = runs.at(-1);
  if (last === undefined) return html``;
  const shown = runs.slice(-BARS_MAX);
  return html`<section aria-label="The last runs">
<h2>The last ${runs.length === 1 ? 'run' : 'runs'}</h2>
<p class="lead">${lastRun(last)}</p>
<figure>
<figcaption>Files changed by each of the last ${countOf(shown.length, 'run')}, on all machines together (logarithmic)</figcaption>
${chart(shown)}
</figure>
<details><summary>All figures</summary>
<div class="scroll" role="region" aria-label="The last runs, as a table" tabindex="0">
<table class="list figures"><thead><tr><th scope="col">Run</th><th scope="col">Result</th><th scope="col">Peers</th><th scope="col">New</th><th scope="col">Changed</th><th scope="col">Restored</th><th scope="col">Deleted</th><th scope="col">Conflicts</th><th scope="col">Sent</th><th scope="col">Received</th><th scope="col">Time</th></tr></thead>
<tbody>
${[...shown].reverse().map(tableRow)}
</tbody></table></div></details>
</section>`;
}

function lastRun(run: PastRun): Html {
  const content = run.literalBytes + run.matchedBytes + run.reusedBytes;
  const did = [
    run.created > 0 ? `${countText(run.created)} new` : '',
    run.updated + run.metadata > 0 ? `${countText(run.updated + run.metadata)} changed` : '',
    run.restored > 0 ? `${countText(run.restored)} restored` : '',
    run.deleted > 0 ? `${countText(run.deleted)} deleted` : '',
    run.conflicts > 0 ? countOf(run.conflicts, 'conflict') : '',
  ].filter((part) => part !== '');
  const saved =
    run.literalBytes === content
      ? ''
      : ` ${sizeText(run.literalBytes)} of ${sizeText(content)} new content had to be sent; the rest was put together from what the receivers had.`;
  return html`${mark(run.converged ? 'equal' : 'bad', run.converged ? '✓' : '!', run.converged ? 'converged' : 'not converged')}
with ${countOf(run.peers, 'peer')}, ${moment(run.time)}, in ${durationText(run.seconds)}:
${did.length === 0 ? 'nothing to do' : did.join(', ')}.${saved}`;
}

function chart(runs: readonly PastRun[]): Html {
  const most = Math.max(10, ...runs.map(changes));
  const scale = (count: number) => Math.log10(1 + count) / Math.log10(1 + most);
  const lines: Html[] = [];
  for (let count = 1; count <= most; count *= 10) {
    const y = FLOOR - scale(count) * (FLOOR - TOP);
    lines.push(html`<line x1="0" x2="100%" y1="${y.toFixed(1)}" y2="${y.toFixed(1)}"/>`);
    if (y > TOP + 4 || count * 10 > most)
      lines.push(html`<text x="0" y="${(y - 3).toFixed(1)}">${shortCount(count)}</text>`);
  }
  const first = runs[0] as PastRun;
  const last = runs.at(-1) as PastRun;
  return html`<svg class="chart" role="img" aria-label="${chartWords(runs)}" width="100%" height="${HEIGHT}">
<g class="rules">${lines}<line class="floor" x1="0" x2="100%" y1="${FLOOR}" y2="${FLOOR}"/></g>
${runs.map((run, i) => bar(run, i, runs.length, scale))}
<text x="${AXIS}%" y="${HEIGHT - 6}">${day(first)}</text>${runs.length < DATED_MIN ? '' : html`<text x="${(AXIS + ((100 - AXIS) * runs.length) / slotsFor(runs.length)).toFixed(2)}%" y="${HEIGHT - 6}" text-anchor="end">${day(last)}</text>`}
</svg>
<p class="legend"><span class="key ok"></span> converged <span class="key failed"></span> not converged <span class="key dot"></span> with conflicts</p>`;
}

function bar(run: PastRun, i: number, count: number, scale: (count: number) => number): Html {
  const slots = slotsFor(count);
  const height = Math.max(STUB, scale(changes(run)) * (FLOOR - TOP));
  const [x, width] = [AXIS + ((i + 0.15) * (100 - AXIS)) / slots, (0.7 * (100 - AXIS)) / slots];
  const about = `${new Date(run.time).toISOString().slice(0, 16).replace('T', ' ')}: ${countOf(changes(run), 'file')} changed, ${countOf(run.conflicts, 'conflict')}, ${run.converged ? 'converged' : 'not converged'}`;
  const dot =
    run.conflicts === 0
      ? ''
      : html`<circle cx="${(x + width / 2).toFixed(2)}%" cy="${(FLOOR - height - 7).toFixed(1)}" r="3"/>`;
  return html`<g class="${run.converged ? 'ok' : 'failed'}"><title>${about}</title><rect x="${x.toFixed(2)}%" y="${(FLOOR - height).toFixed(1)}" width="${width.toFixed(2)}%" height="${height.toFixed(1)}" rx="2"/>${dot}</g>`;
}

/** A few runs get bars of the usual width and leave room for more. */
function slotsFor(runs: number): number {
  return Math.max(runs, 24);
}

function changes(run: PastRun): number {
  return run.created + run.updated + run.metadata + run.restored + run.deleted;
}

function chartWords(runs: readonly PastRun[]): string {
  const failed = runs.filter(({ converged }) => !converged).length;
  return `${countOf(runs.length, 'run')}, ${failed} not converged; between ${Math.min(...runs.map(changes))} and ${Math.max(...runs.map(changes))} files changed by one. The table has all figures.`;
}

function tableRow(run: PastRun): Html {
  const cells = [run.peers, run.created, run.updated + run.metadata, run.restored, run.deleted, run.conflicts];
  const sizes = [sizeText(run.wireSent), sizeText(run.wireReceived), durationText(run.seconds)];
  return html`<tr><td>${moment(run.time)}</td><td>${run.converged ? 'converged' : 'not converged'}</td>${cells.map((count) => html`<td class="number">${countText(count)}</td>`)}${sizes.map((size) => html`<td class="number">${size}</td>`)}</tr>`;
}

function day({ time }: PastRun): string {
  return new Date(time).toISOString().slice(0, 16).replace('T', ' ');
}

/** `1`, `100`, `1k`, `1M`: room for four characters. */
function shortCount(count: number): string {
  if (count >= 1_000_000) return `${count / 1_000_000}M`;
  return count >= 1_000 ? `${count / 1_000}k` : String(count);
}
