/** Who has what: a row for each directory that differs or lies right below the folder, a column for each peer. */
import type { PeerSummary } from '../../model/event.js';
import { nameOf, parentOf, type RelPath, ROOT } from '../../model/path.js';
import { countOf, countText, sizeText } from '../quantity.js';
import { depthOf, parentsFirst } from './difference-map.js';
import type { FolderReport, HeldDirectory } from './folder-report.js';
import { type Html, html, pathHtml } from './html.js';
import { differingMarks, mark, moment } from './marks.js';
import { compared } from './overview.js';

/** Rows for directories that differ, then for those that are equal: what fits on a screen or two. */
export const DIFFERING_MAX = 60;
const EQUAL_MAX = 20;
/** Columns. Peers that differ come first. */
const PEERS_MAX = 12;

export function grid(report: FolderReport): Html {
  const columns = columnsOf(report);
  const shown = columns.slice(0, PEERS_MAX);
  const { rows, hidden } = rowsOf(report);
  return html`<section aria-label="Who has what">
<h2>Who has what</h2>
<p class="legend">${mark('equal', '✓', 'equal to here')} ${mark('lacks', '−', 'missing there')} ${mark('adds', '+', 'only there')} ${mark('differs', '≠', 'there in another version')}</p>
<div class="scroll" role="region" aria-label="Who has what, as a table" tabindex="0">
<table class="grid">
<thead><tr><th scope="col">Directory</th><th scope="col">Here</th>${shown.map(peerHead)}</tr></thead>
<tbody>
${rows.map((row) => rowHtml(row, shown, report))}
</tbody>
</table>
</div>
${hidden > 0 ? html`<p class="more">and ${countOf(hidden, 'more directory', 'more directories')} without a row; their differences count in the rows above them.</p>` : ''}
${columns.length > PEERS_MAX ? html`<p class="more">and ${countOf(columns.length - PEERS_MAX, 'more peer')}; those that differ come first.</p>` : ''}
</section>`;
}

/** A peer that was compared, or one that answered some earlier run. */
interface Column {
  readonly name: string;
  readonly address: string;
  readonly now?: PeerSummary;
  readonly lastSeen?: number;
}

function columnsOf({ status, summary }: FolderReport): Column[] {
  const answered = [...summary.peers].sort((a, b) => Number(a.equal) - Number(b.equal) || (a.name < b.name ? -1 : 1));
  const addresses = new Set(answered.map(({ address }) => address));
  const silent = (status.known?.peers ?? []).filter(({ address }) => !addresses.has(address));
  return [...answered.map((peer) => ({ name: peer.name, address: peer.address, now: peer })), ...silent];
}

function peerHead({ name, address, lastSeen }: Column): Html {
  const about = lastSeen === undefined ? html`<bdi>${address}</bdi>` : html`last seen ${moment(lastSeen)}`;
  return html`<th scope="col"><bdi>${name}</bdi><small>${about}</small></th>`;
}

interface Row {
  readonly path: RelPath;
  readonly held: Pick<HeldDirectory, 'entries' | 'bytes'> | undefined;
}

function rowsOf({ status, directories, held, differences }: FolderReport): { rows: Row[]; hidden: number } {
  const differing = differences.directories(DIFFERING_MAX);
  const isListed = new Set(differing);
  const equal = directories.filter(({ path }) => !isListed.has(path)).map(({ path }) => path);
  const paths = [...differing, ...equal.slice(0, EQUAL_MAX)].sort(parentsFirst);
  const without = differences.directories(Number.POSITIVE_INFINITY).length - differing.length;
  return {
    rows: [{ path: ROOT, held: status.known }, ...paths.map((path) => ({ path, held: held(path) }))],
    hidden: Math.max(0, equal.length - EQUAL_MAX) + without,
  };
}

function rowHtml({ path, held }: Row, columns: readonly Column[], report: FolderReport): Html {
  const depth = Math.min(6, depthOf(path));
  const here =
    held === undefined
      ? mark('unknown', '–', 'not here')
      : html`<b>${countText(held.entries)}</b> <small>${sizeText(held.bytes)}</small>`;
  const differing = report.differences.below(path);
  const cells = columns.map(
    ({ name, now }) =>
      html`<td data-peer="${name}"><span class="cell">${cell(now, differing.get(name), report)}</span></td>`,
  );
  return html`<tr${path === ROOT ? html` class="whole"` : ''}><th scope="row" class="depth${depth}">${rowName(path)}</th><td data-peer="Here"><span class="cell">${here}</span></td>${cells}</tr>`;
}

/** On a wide screen the place in the tree is seen from the indent, else the parents stand before the name. */
function rowName(path: RelPath): Html {
  if (path === ROOT) return html`<em>the whole folder</em>`;
  const parent = parentOf(path);
  const before = parent === ROOT ? '' : html`<span class="parents">${pathHtml(parent)}/</span>`;
  return html`${before}${pathHtml(nameOf(path))}<span aria-hidden="true">/</span>`;
}

function cell(
  now: PeerSummary | undefined,
  differing: Parameters<typeof differingMarks>[0] | undefined,
  { summary }: FolderReport,
): Html {
  if (differing !== undefined) return differingMarks(differing);
  if (now === undefined || !compared(summary)) return mark('unknown', '?', 'not asked');
  return mark('equal', '✓', 'equal');
}
