/** Small pieces that several sections of the page share. */
import { countText } from '../quantity.js';
import type { Differing } from './difference-map.js';
import { type Html, html } from './html.js';

type Tone = 'equal' | 'differs' | 'lacks' | 'adds' | 'unknown' | 'bad';

/** A coloured word. Its sign says the same as its colour. */
export function mark(tone: Tone, sign: string, words: string): Html {
  return html`<span class="mark ${tone}"><span aria-hidden="true">${sign}</span> ${words}</span>`;
}

/** What a peer lacks, has more, and has otherwise than here. */
export function differingMarks({ onlyHere, onlyThere, different }: Differing): Html {
  const marks: Html[] = [];
  if (onlyHere > 0) marks.push(mark('lacks', '−', `${countText(onlyHere)} missing`));
  if (onlyThere > 0) marks.push(mark('adds', '+', `${countText(onlyThere)} only there`));
  if (different > 0) marks.push(mark('differs', '≠', `${countText(different)} different`));
  return html`${marks.map((each, i) => (i === 0 ? each : html` ${each}`))}`;
}

/** A moment as people and programs read it. Without seconds: the page is about days and hours. */
export function moment(time: number): Html {
  const iso = new Date(time).toISOString();
  return html`<time datetime="${iso}">${iso.slice(0, 16).replace('T', ' ')} UTC</time>`;
}
