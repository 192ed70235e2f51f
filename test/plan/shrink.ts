/** Makes a history that fails smaller, step by step, as long as it still fails. */
import type { History, Step } from './history.js';

/** `failure`: the message with which a history fails; undefined: it does not. */
export async function shrink(
  history: History,
  failure: (history: History) => string | undefined | Promise<string | undefined>,
): Promise<History> {
  let smallest = history;
  for (let progress = true; progress; ) {
    progress = false;
    for (const candidate of smaller(smallest)) {
      if ((await failure(candidate)) === undefined) continue;
      smallest = candidate;
      progress = true;
      break;
    }
  }
  return smallest;
}

function* smaller(history: History): Generator<History> {
  const { steps, skews, end } = history;
  for (let length = steps.length >> 1; length >= 1; length >>= 1) {
    for (let i = 0; i + length <= steps.length; i += length) {
      yield { ...history, steps: [...steps.slice(0, i), ...steps.slice(i + length)] };
    }
  }
  for (const [i, step] of steps.entries()) {
    for (const simpler of simplerSteps(step)) yield { ...history, steps: steps.with(i, simpler) };
  }
  if (end !== 'plain') yield { ...history, end: 'plain' };
  if (skews.some((skew) => skew !== 0)) yield { ...history, skews: skews.map(() => 0) };
}

function* simplerSteps(step: Step): Generator<Step> {
  if (step.op !== 'run') return;
  const { beside, ...alone } = step;
  if (beside !== undefined) yield alone;
  if (step.faults !== 0) yield { ...step, faults: 0 };
  if (step.dissent !== 0) yield { ...step, dissent: 0 };
  for (const [i] of step.meanwhile.entries()) yield { ...step, meanwhile: step.meanwhile.toSpliced(i, 1) };
  if (step.among.length > 2) yield { ...step, among: step.among.slice(0, 2) };
}
