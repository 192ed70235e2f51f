/**
 * Small values of the state: JSON (byte strings pass through it unharmed) behind a checksum, because an edit
 * counter with a flipped bit would give out a version twice.
 */
import { crc32 } from 'node:zlib';
import type { StateEnv } from './state-env.js';
import { type MetaKey, metaKey } from './state-keys.js';

export class SmallValues {
  readonly #env: StateEnv;

  constructor(env: StateEnv) {
    this.#env = env;
  }

  /** As it was put, which the checksum tells; undefined if there is none. Throws if it is damaged. */
  get<T>(name: MetaKey): T | undefined {
    const key = metaKey(name);
    const encoded = this.#env.get(key);
    if (encoded === undefined) return undefined;
    const json = encoded.subarray(4);
    if (encoded.length < 4 || crc32(json) !== encoded.readUInt32LE()) {
      throw this.#env.damaged(`the value of ${key.toString()} is not what was written`);
    }
    return JSON.parse(json.toString());
  }

  /** Only inside a transaction. */
  put(name: MetaKey, value: unknown): void {
    const json = Buffer.from(JSON.stringify(value));
    const encoded = Buffer.allocUnsafe(4 + json.length);
    encoded.writeUInt32LE(crc32(json));
    encoded.set(json, 4);
    this.#env.put(metaKey(name), encoded);
  }
}
