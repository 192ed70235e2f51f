/** The head of a folder's part of the page: its name, whether all is equal, and the figures that say most. */
import { countOf, countText, durationText, sizeText } from '../quantity.js';
import type { FolderReport } from './folder-report.js';
import { type Html, html } from './html.js';
import { mark, moment } from './marks.js';

export function overview({ status, summary, conflicts, differences, runs }: FolderReport): Html {
  const { known } = status;
  const answered = summary.peers.length;
  const equal = summary.peers.filter((peer) => peer.equal).length;
  const last = runs.at(-1);
  return html`<header class="overview">
<div class="title">
<p class="eyebrow">p2psync report</p>
<h1><bdi>${status.folder}</bdi></h1>
<p class="where"><bdi>${status.path}</bdi></p>
</div>
${verdict({ status, summary, differences })}
</header>
<dl class="tiles">
${tile('Peers', answered === 0 ? 'none' : `${equal} of ${answered}`, answered === 0 ? 'answered' : 'equal to this folder')}
${tile('This folder', known === undefined ? '–' : sizeText(known.bytes), known === undefined ? 'not scanned yet' : countOf(known.entries, 'entry', 'entries'))}
${tile('Differences', compared(summary) ? countText(differences.total) : '–', compared(summary) ? 'paths, over all peers' : 'not compared')}
${tile('Conflicts', countText(conflicts.length), conflicts.length === 0 ? 'none to settle' : 'to settle, see below')}
${tile('Last run', last === undefined ? '–' : durationText(last.seconds), last === undefined ? 'none yet' : html`${moment(last.time)}`)}
</dl>`;
}

/** Whether the comparison came to its end, so that what is not said to differ is equal. */
export function compared({ error, root }: FolderReport['summary']): boolean {
  return error === undefined && root !== '';
}

function verdict({ status, summary, differences }: Pick<FolderReport, 'status' | 'summary' | 'differences'>): Html {
  const { exit, error, peers } = summary;
  const [sign, words, tone, more] = ((): [string, string, 'equal' | 'differs' | 'unknown' | 'bad', string] => {
    if (!status.available) return ['!', 'Folder not there', 'bad', status.reason ?? ''];
    if (error?.code === 'no-peers')
      return ['?', peers.length === 0 ? 'No peer answered' : 'Too few peers', 'unknown', `${error.message}.`];
    if (error !== undefined) return ['!', 'Not compared', 'bad', error.message];
    if (exit === 0) return ['✓', 'All equal', 'equal', `${countOf(peers.length, 'peer')} compared, nothing differs.`];
    const differ = peers.filter((peer) => !peer.equal).length;
    const said = `${countOf(differences.total, 'path differs', 'paths differ')}, on ${differ} of ${countOf(peers.length, 'peer')}. \`p2psync once\` makes all equal.`;
    return exit === 1 ? ['≠', 'Differs', 'differs', said] : ['!', 'Not complete', 'bad', said];
  })();
  return html`<div class="verdict">${mark(tone, sign, words)}<p>${codeIn(more)}</p></div>`;
}

/** Commands in a message stand between backticks. */
function codeIn(message: string): Html[] {
  return message.split('`').map((part, i) => (i % 2 === 1 ? html`<code>${part}</code>` : html`${part}`));
}

function tile(name: string, figure: string, about: string | Html): Html {
  return html`<div><dt>${name}</dt><dd><b>${figure}</b><span>${about}</span></dd></div>`;
}
