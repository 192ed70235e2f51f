/** Headers of messages: the array `[number, field, field, …]` as canonical CBOR (docs/PROTOCOL.md [header]). */
import { type CborValue, encodeCbor } from './cbor.js';
import type { Field } from './field.js';
import type { Message, MessageType } from './message.js';
import { MESSAGES } from './message-table.js';

type Plan = { readonly number: number; readonly fields: readonly (readonly [key: string, field: Field<unknown>])[] };

const plans = new Map<MessageType, Plan>(
  Object.entries(MESSAGES).map(([type, { number, fields }]) => [
    type as MessageType,
    { number, fields: Object.entries(fields) as [string, Field<unknown>][] },
  ]),
);

/** The header of a message. Throws `usage` when a limit of the protocol does not let it pass. */
export function encodeMessage(message: Message): Buffer {
  const plan = plans.get(message.type) as Plan;
  const header: CborValue[] = [plan.number];
  for (const [key, field] of plan.fields)
    header.push(field.encode((message as unknown as Record<string, unknown>)[key]));
  return encodeCbor(header);
}
