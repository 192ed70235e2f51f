/** The sections that list things one by one: what differs, what went wrong. */
import { countOf, countText } from '../quantity.js';
import type { FolderReport } from './folder-report.js';
import { type Html, html, pathHtml } from './html.js';
import { mark } from './marks.js';

/** Problems that are listed: a tree full of hard links must not bury the rest. */
const PROBLEMS_MAX = 50;

export function differenceList({ differences }: FolderReport): Html {
  const { listed, total } = differences;
  if (total === 0) return html``;
  const rows = listed.map(
    ({ path, peer, what, here, there }) => html`<tr>
<td data-peer="Path">${pathHtml(path)}</td><td data-peer="Peer"><bdi>${peer}</bdi></td><td data-peer="What">${KINDS[what]}</td>
<td data-peer="Here">${side(here)}</td><td data-peer="There">${side(there)}</td></tr>`,
  );
  const more = total - listed.length;
  return html`<section aria-label="What differs">
<h2>What differs</h2>
<details${total <= 25 ? html` open` : ''}><summary>${countOf(total, 'path', 'paths')} one by one</summary>
<div class="scroll" role="region" aria-label="What differs, as a table" tabindex="0">
<table class="list"><thead><tr><th scope="col">Path</th><th scope="col">Peer</th><th scope="col">What</th><th scope="col">Here</th><th scope="col">There</th></tr></thead>
<tbody>
${rows}
</tbody></table></div>
${more > 0 ? html`<p class="more">and ${countText(more)} more: <code>p2psync check --json</code> lists all.</p>` : ''}
</details>
</section>`;
}

export function problemList({ problems }: FolderReport): Html {
  if (problems.length === 0) return html``;
  const items = problems
    .slice(0, PROBLEMS_MAX)
    .map(
      ({ code, path, message, peer }) =>
        html`<li><code>${code}</code> ${peer === undefined ? '' : html`<bdi>${peer}</bdi>: `}${path === '' ? '' : html`${pathHtml(path)}: `}${message}</li>`,
    );
  const more = problems.length - items.length;
  return html`<section aria-label="Problems">
<h2>Problems</h2>
<ul class="problems">${items}</ul>
${more > 0 ? html`<p class="more">and ${countText(more)} more: <code>p2psync check --json</code> lists all.</p>` : ''}
</section>`;
}

const KINDS = {
  'only-here': mark('lacks', '−', 'missing there'),
  'only-there': mark('adds', '+', 'only there'),
  kind: mark('differs', '≠', 'another kind'),
  content: mark('differs', '≠', 'content'),
  metadata: mark('differs', '≠', 'time or mode'),
} as const;

/** `file 12 B mode 644 …`: the kind and the rest, which matters only beside that of the other side. */
function side(text: string): Html {
  return text === 'missing' ? html`<span class="soft">–</span>` : html`<small>${text}</small>`;
}
