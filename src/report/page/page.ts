/**
 * One self-contained HTML page about one or more folders: no script, nothing fetched, every name escaped. The content
 * security policy in it forbids what it does not need, should an escape ever fail.
 */
import { conflictList } from './conflicts.js';
import { differenceList, problemList } from './details.js';
import type { FolderReport } from './folder-report.js';
import { grid } from './grid.js';
import { history } from './history.js';
import { Html, html } from './html.js';
import { moment } from './marks.js';
import { overview } from './overview.js';
import { STYLE } from './style.js';

const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/** `now`: milliseconds since 1970. */
export function reportPage(reports: readonly FolderReport[], now: number, version: string): string {
  const names = reports.map(({ status }) => status.folder).join(', ');
  return html`${DOCTYPE}<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${names} – p2psync report</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
<main>
${reports.map(folder)}
<footer>Made ${moment(now)} by p2psync ${version}. <code>p2psync report</code> compares again; it changes nothing.</footer>
</main>
</body>
</html>
`.markup;
}

const DOCTYPE = new Html('<!doctype html>\n');

function folder(report: FolderReport): Html {
  return html`<article class="folder">
${overview(report)}
${conflictList(report)}
${grid(report)}
${differenceList(report)}
${problemList(report)}
${history(report)}
</article>`;
}
