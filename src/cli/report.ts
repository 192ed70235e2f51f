/** `p2psync report`: a comparison, told as one HTML page. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { check } from '../converge/check.js';
import type { Emit } from '../model/event.js';
import { SyncError } from '../model/sync-error.js';
import { differenceMap } from '../report/page/difference-map.js';
import type { FolderReport } from '../report/page/folder-report.js';
import { reportPage } from '../report/page/page.js';
import { gatherReport, type Heard } from './gather-report.js';
import type { Invocation } from './invocation.js';
import { type Engine, runFolders } from './run-folders.js';
import { versionText } from './version.js';

/** Problems kept for the page; it says how many more there were. */
const PROBLEMS_KEPT = 10_000;

export async function run(invocation: Invocation): Promise<number> {
  const { out, err, settings, clock } = invocation;
  const target = targetOf(invocation);
  const reports: FolderReport[] = [];
  let heard = nothingHeard();
  const engine: Engine = (folder, options, emit, signal) => check(folder, options, listenIn(heard, emit), signal);
  const status = await runFolders(invocation, 'check', engine, {
    out: target === undefined ? err : out,
    ended: async (folder, summary) => {
      reports.push(await gatherReport(folder, summary, heard, invocation));
      heard = nothingHeard();
    },
  });
  const page = reportPage(reports, clock(), versionText());
  if (target === undefined) out.write(page);
  else {
    write(target, page);
    if (!settings.quiet) out.write(`p2psync: report ${target}\n`);
  }
  return status;
}

/** The file; undefined: standard output. */
function targetOf({ settings: { output }, out, cwd }: Invocation): string | undefined {
  if (output === '-') return undefined;
  if (output !== undefined) return path.resolve(cwd, output);
  if (out.isTTY !== true) return undefined;
  return path.join(mkdtempSync(path.join(os.tmpdir(), 'p2psync-')), 'report.html');
}

/** 0600, as names of private files stand in it; a file that is there already keeps its mode. */
function write(file: string, page: string): void {
  try {
    writeFileSync(file, page, { mode: 0o600 });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SyncError('usage', `--output ${file}: expected a file that can be written: ${reason}`, { cause });
  }
}

function nothingHeard(): Heard {
  return { differences: differenceMap(), problems: [] };
}

/** Keeps what the page tells; differences are told there only. */
function listenIn({ differences, problems }: Heard, emit: Emit): Emit {
  return (event) => {
    if (event.type === 'difference') return differences.add(event);
    if (event.type === 'problem' && problems.length < PROBLEMS_KEPT) problems.push(event);
    emit(event);
  };
}
