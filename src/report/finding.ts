/** What `p2psync doctor` finds, as text and as JSON (docs/JSON.md, "doctor"). */
import { screenMessage } from './escape.js';
import { JSON_VERSION, type JsonObject } from './json-event.js';
import type { Paint } from './paint.js';

export interface Finding {
  /** What was looked at. */
  readonly about: 'node' | 'system' | 'interface' | 'echo' | 'port' | 'firewall' | 'clock' | 'folder' | 'disk' | 'peer';
  /** `warning`: may keep a peer away or surprise; `failure`: does. */
  readonly level: 'good' | 'note' | 'warning' | 'failure';
  readonly message: string;
  /** The command, or commands, that mend it. */
  readonly fix?: string;
}

export function findingJson(finding: Finding, now: Date): JsonObject {
  return { v: JSON_VERSION, type: 'finding', time: now.toISOString(), ...finding };
}

export function findingLines({ about, level, message, fix }: Finding, paint: Paint): string[] {
  const line = `${mark(level, paint)} ${about.padEnd(9)}  ${screenMessage(message)}`;
  return fix === undefined ? [line] : [line, `             ${paint.strong('→')} ${paint.strong(screenMessage(fix))}`];
}

/** Words, not signs alone: they are read aloud and copied into mails. */
function mark(level: Finding['level'], paint: Paint): string {
  switch (level) {
    case 'good':
      return paint.good('ok  ');
    case 'note':
      return paint.dim('note');
    case 'warning':
      return paint.warn('warn');
    case 'failure':
      return paint.bad('FAIL');
  }
}
