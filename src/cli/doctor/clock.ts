/** Whether this clock can be right: probes that are ten minutes off are not answered (docs/PROTOCOL.md [answer]). */
import { statSync } from 'node:fs';
import type { Finding } from '../../report/finding.js';
import type { Invocation } from '../invocation.js';
import { said } from './said.js';

const FIX = 'sudo timedatectl set-ntp true';

export function* clockFindings({ clock, env }: Pick<Invocation, 'clock' | 'env'>): Generator<Finding> {
  const now = clock();
  const shown = new Date(now).toISOString().replace(/\.\d+/, '');
  if (now < statSync(process.execPath).mtimeMs) {
    yield {
      about: 'clock',
      level: 'failure',
      message: `it is ${shown}, which is before this Node was installed: peers that are ten minutes off do not answer`,
      fix: FIX,
    };
    return;
  }
  const synchronised = said('timedatectl', ['show', '--property=NTPSynchronized', '--value'], env);
  if (synchronised === 'yes') yield { about: 'clock', level: 'good', message: `${shown}, synchronised` };
  else if (synchronised === 'no') {
    yield { about: 'clock', level: 'warning', message: `${shown}, synchronised with no time server`, fix: FIX };
  } else
    yield { about: 'clock', level: 'note', message: `${shown}; whether it is synchronised this system does not say` };
}
