/** Conflicts that wait for a person: both versions side by side, and the commands for each way out. */
import { countOf, sizeText } from '../quantity.js';
import type { FolderReport, OpenConflict, Version } from './folder-report.js';
import { type Html, html, pathHtml } from './html.js';
import { moment } from './marks.js';

const CONFLICTS_MAX = 50;

export function conflictList({ conflicts }: FolderReport): Html {
  if (conflicts.length === 0) return html``;
  const more = conflicts.length - CONFLICTS_MAX;
  return html`<section aria-label="Conflicts to settle">
<h2>Conflicts to settle</h2>
<p class="lead">These files were changed in two places at once. Nothing was lost: the version that was changed last has
the name, the other one lies beside it. Choose on any machine; the next run carries it to all.</p>
<div class="cards">${conflicts.slice(0, CONFLICTS_MAX).map(conflict)}</div>
${more > 0 ? html`<p class="more">and ${countOf(more, 'more conflict')}: <code>p2psync status --json</code> lists all.</p>` : ''}
</section>`;
}

function conflict({ path, copy, winner, loser, commands }: OpenConflict): Html {
  return html`<article class="card">
<h3>${pathHtml(path)}</h3>
<dl class="versions">${version('has the name', path, winner)}${version('kept beside it', copy, loser)}</dl>
<dl class="commands">${commands.map(({ meaning, line }) => html`<dt>${meaning}</dt><dd><code>${line}</code></dd>`)}</dl>
</article>`;
}

function version(role: string, path: OpenConflict['path'], found: Version | undefined): Html {
  const about =
    found === undefined ? html`no longer there` : html`${sizeText(found.bytes)}, changed ${moment(found.time)}`;
  return html`<div><dt>${role}</dt><dd>${pathHtml(path.slice(path.lastIndexOf('/') + 1))}<small>${about}</small></dd></div>`;
}
