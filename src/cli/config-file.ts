/**
 * `config.json` in the configuration directory: `{ "bwlimit": "10MiB", "exclude": ["*.tmp"] }`. Keys are the
 * options' names without dashes and without `no-`; values are read exactly as on the command line.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { CommandSpec } from './command-spec.js';
import { OPTIONS, type OptionSpec } from './option-table.js';
import { readOption } from './parse-arguments.js';
import type { Settings } from './settings.js';
import { didYouMean } from './suggest.js';
import { takes } from './takes.js';
import { usageError } from './usage-error.js';

/** Settings from the file that the command takes; the others are checked too, so that a typo shows at once. */
export function configSettings(configDir: string, command: CommandSpec): Partial<Settings> {
  const file = path.join(configDir, 'config.json');
  const config = readConfig(file);
  const found: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(config)) {
    const spec = CONFIGURABLE.get(key);
    if (spec === undefined)
      throw usageError(`${file}: unknown key ${JSON.stringify(key)}.${didYouMean(key, CONFIGURABLE.keys())}`);
    const setting = settingOf(spec, value, `${file}: "${key}"`);
    if (takes(command, spec))
      found[spec.setting] = PLACES.has(spec.setting) ? path.resolve(configDir, String(setting)) : setting;
  }
  return found as Partial<Settings>;
}

const CONFIGURABLE: ReadonlyMap<string, OptionSpec> = new Map(
  OPTIONS.filter((spec) => spec.once !== true).map((spec) => [spec.name.replace(/^no-/, ''), spec]),
);

/** Relative ones in the file are relative to it, not to where p2psync happens to be started. */
const PLACES: ReadonlySet<keyof Settings> = new Set(['keyFile', 'stateDir', 'logFile']);

function readConfig(file: string): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw usageError(`${file} cannot be read: ${(error as Error).message}`, error);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw usageError(`${file}: expected JSON: ${(error as Error).message}`, error);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw usageError(`${file}: expected one object such as {"bwlimit": "10MiB"}`);
}

function settingOf(spec: OptionSpec, value: unknown, source: string): unknown {
  if (spec.takes === 'flag' || spec.takes === 'off') {
    if (typeof value === 'boolean') return value;
    throw usageError(`${source}: expected true or false, got ${JSON.stringify(value)}`);
  }
  if (spec.takes === 'optional' && value === true) return readOption(spec, [''], source); // as without a value
  const values = spec.repeat === true && Array.isArray(value) ? value : [value];
  return readOption(
    spec,
    values.map((item) => textOf(item, source)),
    source,
  );
}

function textOf(value: unknown, source: string): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  throw usageError(`${source}: expected a text or a number, got ${JSON.stringify(value)}`);
}
