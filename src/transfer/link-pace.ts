/**
 * Whether looking for chunks keeps up with a connection, as measured on it. On one that is faster, sending what the
 * other end may have takes less time than finding out that it has it.
 */

/** Bytes that must have been measured: less may have gone into buffers only. */
const EVIDENCE_BYTES = 32 * 1024 * 1024;
/** A byte counts half when so many have been measured since, so that a link that slows down is noticed. */
const MEMORY_BYTES = 256 * 1024 * 1024;

class Rate {
  readonly #evidence: number;
  #bytes = 0;
  #seconds = 0;

  constructor(evidence: number) {
    this.#evidence = evidence;
  }

  add(bytes: number, seconds: number): void {
    const kept = 2 ** (-bytes / MEMORY_BYTES);
    this.#bytes = this.#bytes * kept + bytes;
    this.#seconds = this.#seconds * kept + seconds;
  }

  /** Bytes a second; undefined while too little is known. */
  get value(): number | undefined {
    return this.#bytes >= this.#evidence && this.#seconds > 0 ? this.#bytes / this.#seconds : undefined;
  }
}

export class LinkPace {
  readonly #link: Rate;
  readonly #chunks: Rate;

  /** `evidence`: bytes that must have been measured before anything is concluded. */
  constructor({ evidence = EVIDENCE_BYTES } = {}) {
    this.#link = new Rate(evidence);
    this.#chunks = new Rate(evidence);
  }

  /** Bytes a second of the connection; undefined while too little is known. */
  get link(): number | undefined {
    return this.#link.value;
  }

  /** Content bytes that passed the connection in a time in which nothing else held them up. */
  sent(bytes: number, seconds: number): void {
    this.#link.add(bytes, seconds);
  }

  /** Content bytes that were cut into chunks while somebody waited for them. */
  cut(bytes: number, seconds: number): void {
    this.#chunks.add(bytes, seconds);
  }

  /** Whether both have been measured and the connection is the faster one. */
  get outrunsChunks(): boolean {
    const link = this.#link.value;
    const chunks = this.#chunks.value;
    return link !== undefined && chunks !== undefined && link > chunks;
  }
}
