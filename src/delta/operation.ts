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
  #held: Operation | undefined;

  constructor(emit: Emit, literalMax = Number.POSITIVE_INFINITY) {
    this.#emit = emit;
    this.#literalMax = literalMax;
  }

  push(operation: Operation): void {
    const joined = this.#held && this.#join(this.#held, operation);
    if (joined === undefined) this.flush();
    this.#held = joined ?? operation;
  }

  flush(): void {
    if (this.#held !== undefined) this.#emit(this.#held);
    this.#held = undefined;
  }

  #join(first: Operation, second: Operation): Operation | undefined {
    const length = first.length + second.length;
    if (first.kind === 'copy' && second.kind === 'copy') {
      return first.basis + first.length === second.basis ? { ...first, length } : undefined;
    }
    return first.kind === 'literal' && second.kind === 'literal' && length <= this.#literalMax
      ? { ...first, length }
      : undefined;
  }
}
