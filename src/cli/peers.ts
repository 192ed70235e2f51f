/** `p2psync peers`: who answers, for one folder or every joined one. */
import { type PeerAnswer, peers } from '../converge/peers.js';
import type { SyncEvent } from '../model/event.js';
import { wantsColour } from '../report/choose-reporter.js';
import { screenJson, screenMessage, screenText } from '../report/escape.js';
import { paintOf } from '../report/paint.js';
import { peerJson, peerTable } from '../report/peer-list.js';
import { EXIT_BUG, statusOfAll, statusOfError } from './exit-status.js';
import { describeError } from './expected-error.js';
import { folderPaths, openNamed } from './folders.js';
import type { Invocation } from './invocation.js';

export async function run(invocation: Invocation): Promise<number> {
  const { interruption } = invocation;
  const statuses: number[] = [];
  for (const folder of folderPaths(invocation)) {
    statuses.push(await tellPeers(folder, invocation));
    if (interruption.status() !== undefined) break;
  }
  return interruption.status() ?? statusOfAll(statuses);
}

/** A failure is this folder's alone. A bug, and a folder that cannot be opened among several, are too. */
async function tellPeers(folder: string, invocation: Invocation): Promise<number> {
  const { settings, err, interruption } = invocation;
  const told = (text: string) => void err.write(`p2psync: ${screenMessage(text)}\n`);
  let failed = 0;
  const onEvent = (event: SyncEvent) => {
    if (event.type !== 'problem' || event.code !== 'peer') return;
    failed += 1;
    told(`${event.peer ?? 'a peer'}: ${event.message}`);
  };
  try {
    const opened = openNamed(folder, invocation);
    show(opened.label, await peers(opened, settings, onEvent, interruption.signal), invocation);
    return failed > 0 ? statusOfError('partial') : 0;
  } catch (error) {
    const { code, message } = describeError(error);
    if (interruption.status() === undefined) told(message);
    return code === 'bug' ? EXIT_BUG : statusOfError(code);
  }
}

function show(label: string, answers: readonly PeerAnswer[], { settings, out, env, clock }: Invocation): void {
  if (settings.json) {
    for (const answer of answers) out.write(`${screenJson(peerJson(answer, label, new Date(clock())))}\n`);
  } else if (!settings.quiet) {
    const paint = paintOf(wantsColour(out, { colour: settings.color }, env));
    out.write(`${paint.strong(screenText(label))}\n`);
    for (const line of peerTable(answers, paint)) out.write(`${line}\n`);
  }
}
