/**
 * Operations: how a target is made of a basis. Together they cover the target from its start to its end,
 * without overlap, in order.
 */

export interface Copy {
  readonly kind: 'copy';
  /** Offsets and lengths are in bytes. */
  readonly target: number;
  readonly basis: number;
  readonly length: number;
}

/** Bytes that the basis does not have; they are read from the target when they are sent. */
export interface Literal {
  readonly kind: 'literal';
  readonly target: number;
  readonly length: number;
}

export type Operation = Copy | Literal;
export type Emit = (operation: Operation) => void;

/** Joins copies that continue one another, and literals up to a length, before it hands them on. */
export class OperationMerger {
  readonly #emit: Emit;
  readonly #literalMax: number;
  /** Its length grows: a file of a million equal blocks is one operation and no garbage. */
  #held: { -readonly [K in keyof Copy]: Copy[K] } | { -readonly [K in keyof Literal]: Literal[K] } | undefined;

  constructor(emit: Emit, literalMax = Number.POSITIVE_INFINITY) {
    this.#emit = emit;
    this.#literalMax = literalMax;
  }

  push(operation: Operation): void {
    const held = this.#held;
    if (held !== undefined && this.#continues(held, operation)) {
      held.length += operation.length;
      return;
    }
    this.flush();
    this.#held = { ...operation };
  }

  flush(): void {
    if (this.#held !== undefined) this.#emit(this.#held);
    this.#held = undefined;
  }

  #continues(first: Operation, second: Operation): boolean {
    if (first.kind === 'copy') return second.kind === 'copy' && first.basis + first.length === second.basis;
    return second.kind === 'literal' && first.length + second.length <= this.#literalMax;
  }
}
