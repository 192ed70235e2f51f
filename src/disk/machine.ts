/** What this machine is called, for people. */
import os from 'node:os';

/** The host name without its domain. */
export function machineName(): string {
  return os.hostname().split('.')[0] || 'unnamed';
}
