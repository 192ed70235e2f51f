/**
 * HTML as a template that escapes: what is put into it is text, unless it is Html itself. Names from disks and peers
 * are hostile (docs/SECURITY.md test 18), so control and bidi characters never get through either.
 */
import type { ByteString } from '../../model/byte-string.js';
import { screenMessage, screenPath } from '../escape.js';

/** Text that is markup already. Made by {@link html} alone. */
export class Html {
  readonly markup: string;

  constructor(markup: string) {
    this.markup = markup;
  }
}

export type Content = Html | string | number | undefined | readonly Content[];

export function html(literals: TemplateStringsArray, ...values: readonly Content[]): Html {
  let markup = literals[0] ?? '';
  values.forEach((value, i) => {
    markup += markupOf(value) + (literals[i + 1] ?? '');
  });
  return new Html(markup);
}

/** A path (bytes) as text whose own direction does not reach what stands around it; `title` has it whole. */
export function pathHtml(path: ByteString): Html {
  return html`<bdi class="path">${screenPath(path)}</bdi>`;
}

function markupOf(value: Content): string {
  if (value === undefined) return '';
  if (value instanceof Html) return value.markup;
  if (typeof value === 'object') return value.map(markupOf).join('');
  return screenMessage(String(value)).replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`);
}
