import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/command-table.js';
import { EXIT_MEANINGS } from '../../src/cli/exit-status.js';
import { manPage } from '../../src/cli/man-page.js';
import { OPTIONS } from '../../src/cli/option-table.js';

const source = manPage('1.2.3');

describe('the manual page', () => {
  it('has every command, option and exit status, with dashes that can be copied', () => {
    for (const { name } of COMMANDS) expect(source).toContain(`.B p2psync ${name}\n`);
    for (const { name } of OPTIONS) expect(source).toContain(`\\-\\-${name.replaceAll('-', '\\-')}`);
    for (const status of EXIT_MEANINGS.keys()) expect(source).toContain(`.B ${status}\n`);
  });

  it('has no line that roff would take for a request', () => {
    for (const line of source.split('\n')) {
      if (/^[.']/.test(line)) expect(line).toMatch(/^\.(TH|SH|SS|TP|PP|B|BR|I|br)\b/);
    }
  });

  it.skipIf(spawnSync('groff', ['--version']).status !== 0)('is set by groff without a warning', () => {
    const { stdout, stderr } = spawnSync('groff', ['-man', '-Tutf8', '-ww', '-P-cbou'], {
      input: source,
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(stdout).toContain('p2psync 1.2.3');
    expect(stdout).toMatch(/-n, --dry-run\n +change nothing/);
  });
});
