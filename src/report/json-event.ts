/**
 * Events as the objects of docs/JSON.md: pure, one object an event, in the order of fields that the page shows.
 * Names that are no UTF-8 are given exactly as `…Base64` beside their lossy text.
 */
import { type ByteString, bytesOf, isUtf8, textOf } from '../model/byte-string.js';
import type { ReportEvent, SummaryEvent } from './reporter.js';

/** The version of the format: changes when a script that follows docs/JSON.md could break. */
export const JSON_VERSION = 1;

export type JsonObject = Readonly<Record<string, unknown>>;

/** The printed form; `now` is the time of the event. Absent fields are left out, never null. */
export function jsonOf(event: ReportEvent, now: Date): JsonObject {
  return { v: JSON_VERSION, type: event.type, time: now.toISOString(), ...fieldsOf(event) };
}

function fieldsOf(event: ReportEvent): JsonObject {
  switch (event.type) {
    case 'start':
      return { command: event.command, folder: event.folder, replica: hex(event.replica) };
    case 'ready':
      return { folder: event.folder, peerId: hex(event.peerId), addresses: event.addresses, port: event.port };
    case 'peer': {
      const { name, address, replica, entries, bytes, equal } = event;
      return { name, address, replica: hex(replica), entries, bytes, equal };
    }
    case 'plan':
      return { files: event.files, bytes: event.bytes, final: event.final };
    case 'change': {
      const { action, peer, bytes, literalBytes, matchedBytes, reusedBytes } = event;
      return {
        ...nameFields('path', event.path),
        action,
        ...given({ peer }),
        bytes,
        literalBytes,
        matchedBytes,
        reusedBytes,
      };
    }
    case 'progress': {
      const { phase, files, bytes, totalFiles, totalBytes, peer, path } = event;
      const where = path === undefined ? {} : nameFields('path', path);
      return { phase, files, bytes, totalFiles, totalBytes, ...given({ peer }), ...where };
    }
    case 'conflict':
      return { ...nameFields('path', event.path), ...nameFields('copy', event.copy) };
    case 'difference': {
      const { peer, what, here, there } = event;
      return { ...nameFields('path', event.path), peer, what, here, there };
    }
    case 'problem': {
      const { code, message, fatal, peer } = event;
      return { ...nameFields('path', event.path), code, message, fatal, ...given({ peer }) };
    }
    case 'session': {
      const { folder, peer, outcome, error, created, updated, seconds } = event;
      return { folder, peer, outcome, ...given({ error }), created, updated, seconds: milliseconds(seconds) };
    }
    case 'summary':
      return summaryFields(event);
  }
}

function summaryFields(event: SummaryEvent): JsonObject {
  const { type: _type, phases, seconds, error, peers, ...rest } = event;
  return {
    ...rest,
    peers: peers.map((peer) => ({ ...peer, replica: hex(peer.replica) })),
    seconds: milliseconds(seconds),
    phases: Object.fromEntries(Object.entries(phases).map(([phase, value]) => [phase, milliseconds(value)])),
    ...given({ error }),
  };
}

/** A name as `field`, and exactly as `…Base64` where it is no UTF-8. */
export function nameFields(field: string, name: ByteString): JsonObject {
  const text = { [field]: textOf(name) };
  return isUtf8(name) ? text : { ...text, [`${field}Base64`]: bytesOf(name).toString('base64') };
}

/** Ids are byte strings inside and hex outside; what is hex already stays. */
function hex(id: string): string {
  return /^[0-9a-f]*$/.test(id) ? id : bytesOf(id).toString('hex');
}

function given(fields: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function milliseconds(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
