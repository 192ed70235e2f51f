/** `-q`: holds back what a reporter prints for a run and lets it out only if the run's exit status is not 0. */
import type { Reporter, Sink } from './reporter.js';

/** Lines held back; the last ones, which say how it ended, are kept. A listener runs for months. */
const HELD_MAX = 1_000;

/** `make` builds the reporter that is to be quiet over the sinks that it is given. */
export function quietReporter(out: Sink, err: Sink, make: (out: Sink, err: Sink) => Reporter): Reporter {
  let held: { readonly sink: Sink; readonly text: string }[] = [];
  const hold = (sink: Sink): Sink => ({
    write(text) {
      held.push({ sink, text });
      if (held.length > HELD_MAX) held = held.slice(-HELD_MAX / 2);
    },
  });
  const inner = make(hold(out), hold(err));
  return {
    event(event) {
      inner.event(event);
      if (event.type !== 'summary') return;
      if (event.exit !== 0) for (const { sink, text } of held) sink.write(text);
      held = [];
    },
    close: () => inner.close(),
  };
}
