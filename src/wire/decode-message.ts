/**
 * Decoders of headers: what a peer sent is unknown until this has accepted it. A number, a count of fields or a
 * value that the table does not have ends the session (docs/PROTOCOL.md [header]).
 */
import { SyncError } from '../model/sync-error.js';
import { type CborValue, decodeCbor } from './cbor.js';
import type { Field } from './field.js';
import type { Message, MessageType } from './message.js';
import { MESSAGES } from './message-table.js';

interface Decoder {
  readonly type: MessageType;
  readonly payload: boolean;
  readonly keys: readonly string[];
  readonly where: readonly string[];
  readonly fields: readonly Field<unknown>[];
}

/** By number; numbers that no message has are holes. */
const decoders: (Decoder | undefined)[] = [];
for (const [type, { number, payload, fields }] of Object.entries(MESSAGES)) {
  const keys = Object.keys(fields);
  decoders[number] = {
    type: type as MessageType,
    payload,
    keys,
    where: keys.map((key) => `${type}.${key}`),
    fields: Object.values(fields) as Field<unknown>[],
  };
}

/** The message of a header. `payloadBytes` is what follows it, so that bytes nobody asked for are refused. */
export function decodeMessage(header: Buffer, payloadBytes = 0): Message {
  const values = decodeCbor(header);
  const decoder = decoderOf(values);
  const { type, keys, where, fields } = decoder;
  if ((values as CborValue[]).length !== keys.length + 1) {
    throw bad(`${type} has ${keys.length} fields, got ${(values as CborValue[]).length - 1}`);
  }
  if (payloadBytes > 0 && !decoder.payload) throw bad(`${type} has no payload, got ${payloadBytes} bytes`);
  const message: Record<string, unknown> = { type };
  for (let i = 0; i < keys.length; i++) {
    message[keys[i] as string] = (fields[i] as Field<unknown>).decode(
      (values as CborValue[])[i + 1],
      where[i] as string,
    );
  }
  return message as unknown as Message;
}

/**
 * The versions that a hello names, read before the rest of it: a hello of a later version may have other
 * fields, and that shall be a `version` error on this side, not a `protocol` one. [hello-versions]
 */
export function versionsOf(header: Buffer): readonly number[] {
  const values = decodeCbor(header);
  if (!Array.isArray(values) || values[0] !== MESSAGES.hello.number) throw bad('expected hello as the first message');
  return MESSAGES.hello.fields.versions.decode(values[1], 'hello.versions');
}

function decoderOf(values: CborValue): Decoder {
  const number = Array.isArray(values) ? values[0] : undefined;
  const decoder = typeof number === 'number' ? decoders[number] : undefined;
  if (decoder === undefined) throw bad(`unknown message ${String(number)}`);
  return decoder;
}

function bad(message: string): SyncError {
  return new SyncError('protocol', message);
}
