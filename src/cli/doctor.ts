/** `p2psync doctor`: looks at all that keeps peers apart and names the commands that mend it. Changes nothing. */
import { wantsColour } from '../report/choose-reporter.js';
import { screenJson } from '../report/escape.js';
import { type Finding, findingJson, findingLines } from '../report/finding.js';
import { paintOf } from '../report/paint.js';
import { clockFindings } from './doctor/clock.js';
import { firewallFindings } from './doctor/firewall.js';
import { folderFindings } from './doctor/folder.js';
import { networkFindings } from './doctor/network.js';
import { nodeFindings } from './doctor/node.js';
import { portFindings } from './doctor/port.js';
import type { Invocation } from './invocation.js';

export async function run(invocation: Invocation): Promise<number> {
  const { settings, out, env, clock, interruption } = invocation;
  const paint = paintOf(wantsColour(out, { colour: settings.color }, env));
  let failures = 0;
  for (const examine of EXAMINERS) {
    if (interruption.status() !== undefined) break;
    for await (const finding of examine(invocation)) {
      if (finding.level === 'failure') failures += 1;
      if (settings.json) out.write(`${screenJson(findingJson(finding, new Date(clock())))}\n`);
      else if (!settings.quiet || finding.level === 'failure') {
        for (const line of findingLines(finding, paint)) out.write(`${line}\n`);
      }
    }
  }
  return interruption.status() ?? (failures > 0 ? 1 : 0);
}

/** In the order in which one depends on the other. */
const EXAMINERS: readonly ((invocation: Invocation) => Iterable<Finding> | AsyncIterable<Finding>)[] = [
  nodeFindings,
  clockFindings,
  networkFindings,
  portFindings,
  firewallFindings,
  folderFindings,
];
