/** Two joined machines with the scenario on their folders, for as long as one test, also beside others. */
import fs from 'node:fs';
import type { TestContext } from 'vitest';
import type { Machine } from '../../../scripts/machine.mjs';
import { type AtEnd, at, openGroup } from '../group.js';
import { Scenario } from './scenario.js';

export interface ScenarioPair {
  /** For what this test starts: of tests side by side, `onTestFinished` alone does not know which one calls it. */
  readonly atEnd: AtEnd;
  readonly directory: string;
  readonly one: Machine;
  readonly two: Machine;
  readonly scenario: Scenario;
}

export async function scenarioPair({ onTestFinished }: TestContext): Promise<ScenarioPair> {
  const atEnd: AtEnd = (undo) => onTestFinished(async () => void (await undo()));
  const { directory, machines } = await openGroup(atEnd, [{}, {}]);
  const [one, two] = [at(machines, 0), at(machines, 1)];
  return { atEnd, directory: fs.realpathSync(directory), one, two, scenario: new Scenario(one, two) };
}
