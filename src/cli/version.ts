/** The version of this program, from the package.json that lies above the bundle and above the sources alike. */
import { readFileSync } from 'node:fs';

export function versionText(): string {
  for (const up of ['../package.json', '../../package.json']) {
    try {
      const { name, version } = JSON.parse(readFileSync(new URL(up, import.meta.url), 'utf8')) as Record<
        string,
        unknown
      >;
      if (name === 'p2psync' && typeof version === 'string') return version;
    } catch {
      // Not there: the next place is tried.
    }
  }
  return 'unknown';
}
