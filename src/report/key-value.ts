/** `key=value` fields of one line, as cron mails and log collectors read them. */
import { screenText } from './escape.js';

/** The fields in order; undefined ones are left out. Values with spaces, quotes or nothing in them are quoted. */
export function keyValues(fields: Readonly<Record<string, string | number | undefined>>): string {
  const shown: string[] = [];
  for (const [key, value] of Object.entries(fields)) {
    if (value !== undefined) shown.push(`${key}=${fieldText(String(value))}`);
  }
  return shown.join(' ');
}

/** One field without a space outside quotes, so that columns can be split at spaces. */
export function fieldText(value: string): string {
  const safe = screenText(value);
  return safe === '' || /[\s"=]/.test(safe) ? `"${safe.replaceAll('"', '\\"')}"` : safe;
}
