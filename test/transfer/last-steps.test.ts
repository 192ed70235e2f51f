import { describe, expect, test } from 'vitest';
import { parentOf, type RelPath } from '../../src/model/path.js';
import type { Step } from '../../src/transfer/decide-step.js';
import { LastSteps } from '../../src/transfer/last-steps.js';
import { makeReplica } from './replica-fixture.js';

/** Ten files and what else is named, so that eleven removals are more than a few. */
const TREE = Object.fromEntries([...'abcdefghij'].map((name) => [name, name]));

function stepsFor(paths: { readonly remove: readonly string[]; readonly replace?: readonly string[] }): LastSteps {
  const steps = new LastSteps();
  for (const path of paths.remove) steps.remove(parentOf(path as RelPath), { path } as Step);
  for (const path of paths.replace ?? []) steps.replace(parentOf(path as RelPath), { path } as Step);
  return steps;
}

/** Each step when it was begun and, a moment later, when it was over. */
async function carriedOut(steps: LastSteps): Promise<string[]> {
  const log: string[] = [];
  const carry = (what: string) => async (_parent: RelPath, step: Step) => {
    log.push(`${what} ${step.path}`);
    await new Promise((resolve) => setImmediate(resolve));
    log.push(`${step.path} is done`);
  };
  await steps.carryOut(carry('remove'), carry('replace'));
  return log;
}

describe('the last steps of a run', () => {
  test('remove children before their parents, all of them before anything takes the place of a directory', async () => {
    const steps = stepsFor({ remove: ['d', 'd/e', 'd/e/f'], replace: ['d', 'x'] });
    expect(await carriedOut(steps)).toEqual([
      ...['remove d/e/f', 'remove d/e', 'remove d'],
      ...['d/e/f is done', 'd/e is done', 'd is done'],
      ...['replace d', 'd is done'],
      ...['replace x', 'x is done'],
    ]);
    expect(await carriedOut(steps)).toEqual([]);
  });

  test('are none of them done when too much would go, and it is said why', async () => {
    const { replica } = await makeReplica({ ...TREE, k: 'k', l: 'l' });
    const steps = stepsFor({ remove: [...'abcdefghijk'], replace: ['l'] });
    expect(steps.refuse({ state: replica.state, maxDelete: 90 })).toMatchObject({
      code: 'refused',
      message: expect.stringMatching(/^11 of 12 entries would be deleted here, more than --max-delete 90%/),
      fatal: true,
    });
    expect(await carriedOut(steps)).toEqual([]);
  });

  test('are done when they are few, or what the user said lets them go', async () => {
    const { replica } = await makeReplica({ ...TREE, k: 'k', l: 'l' });
    for (const [remove, maxDelete] of [
      ['abcdefghij', 1],
      ['abcdefghijkl', 100],
    ] as const) {
      const steps = stepsFor({ remove: [...remove] });
      expect(steps.refuse({ state: replica.state, maxDelete })).toBeUndefined();
      expect(await carriedOut(steps)).toHaveLength(2 * remove.length);
    }
  });

  test('without a removal are never too much', async () => {
    const { replica } = await makeReplica();
    const steps = stepsFor({ remove: [], replace: ['x'] });
    expect(steps.refuse({ state: replica.state, maxDelete: 0 })).toBeUndefined();
  });
});
