/** Lines for `crontab -e`: listen from the start of the computer, once every quarter of an hour. */
import { shellWord } from '../group/shell-word.js';
import { type Program, wordsOf } from './service-program.js';

export function cronLines(program: Program): string {
  return `# p2psync for cron: add these lines with \`crontab -e\`. Cron mails what a run prints: nothing, unless something is wrong.
@reboot ${line(program, wordsOf(program, 'listen', '-q'))}
*/15 * * * * ${line(program, wordsOf(program, 'once', '-q', '--lock', 'skip'))}
`;
}

/** To cron a percent sign is a line break; it ends with the line whatever the quotes. */
function line({ variables }: Program, words: readonly string[]): string {
  const set = variables.map(([name, value]) => `${name}=${shellWord(value)} `).join('');
  return `${set}${words.map(shellWord).join(' ')}`.replaceAll('%', '\\%');
}
