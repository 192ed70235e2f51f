import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  encodeFrame,
  FRAME_MAX,
  FrameSplitter,
  HEADER_MAX,
  KIND,
  PREFIX_BYTES,
  type RawFrame,
} from '../../src/wire/frame.js';

/** Feeds chunks to a splitter and gives its frames. */
function split(...chunks: Buffer[]): RawFrame[] {
  const splitter = new FrameSplitter();
  const frames: RawFrame[] = [];
  for (const chunk of chunks) splitter.push(chunk, (frame) => frames.push(frame));
  return frames;
}

function prefix(length: number, kind = 0, channel = 1, header = 1): Buffer {
  const bytes = Buffer.alloc(PREFIX_BYTES);
  bytes.writeUInt32BE(length, 0);
  bytes[4] = kind;
  bytes.writeUInt32BE(channel, 5);
  bytes.writeUInt32BE(header, 9);
  return bytes;
}

describe('the frame splitter', () => {
  it('gives views of the chunk that brought a whole frame', () => {
    const chunk = encodeFrame(KIND.message, 7, Buffer.from('head'), Buffer.from('payload'));
    const [frame] = split(chunk);
    expect(frame).toMatchObject({ kind: KIND.message, channel: 7 });
    expect(frame?.header.toString()).toBe('head');
    expect(frame?.payload.toString()).toBe('payload');
    expect(frame?.payload.buffer).toBe(chunk.buffer);
  });

  it('gives the same frames however the stream is cut', () => {
    const part = fc.record({
      channel: fc.integer({ min: 1, max: 0xffff_ffff }),
      header: fc.uint8Array({ minLength: 1, maxLength: 40 }),
      payload: fc.uint8Array({ maxLength: 5000 }),
    });
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), fc.array(fc.integer({ min: 1, max: 3000 })), (parts, cuts) => {
        const stream = Buffer.concat(parts.map((p) => encodeFrame(KIND.open, p.channel, p.header, p.payload)));
        const chunks: Buffer[] = [];
        let at = 0;
        for (const cut of [...cuts, stream.length]) {
          chunks.push(stream.subarray(at, at + cut));
          at += cut;
        }
        const seen = split(...chunks).map((f) => [f.channel, f.header.toString('hex'), f.payload.toString('hex')]);
        const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
        expect(seen).toEqual(parts.map((p) => [p.channel, hex(p.header), hex(p.payload)]));
      }),
    );
  });

  it('takes the largest frame, byte by byte at its start', () => {
    const payload = Buffer.alloc(FRAME_MAX - 9 - 5, 3);
    const frame = encodeFrame(KIND.message, 1, Buffer.alloc(5, 1), payload);
    const chunks = [...frame.subarray(0, 20)].map((byte) => Buffer.from([byte]));
    const [got] = split(...chunks, frame.subarray(20));
    expect(got?.payload.equals(payload)).toBe(true);
  });

  it.each([0, 1, 8, FRAME_MAX + 1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1])('test 13: refuses the length %d', (length) => {
    expect(() => split(prefix(length))).toThrow(expect.objectContaining({ code: 'protocol' }));
    expect(() => split(...[...prefix(length)].map((byte) => Buffer.from([byte])))).toThrow(/expected a frame of/);
  });

  it('allocates nothing for a frame that it refuses', () => {
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 1000; i++) expect(() => split(prefix(2 ** 32 - 1))).toThrow();
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1024 * 1024);
  });

  it.each([
    ['a kind that no frame has', prefix(10, 7)],
    ['a header longer than the frame', prefix(20, 0, 1, 12)],
    ['a header beyond its limit', prefix(FRAME_MAX, 0, 1, HEADER_MAX + 1)],
    ['a message without a header', prefix(20, KIND.message, 1, 0)],
    ['an end that carries something', prefix(10, KIND.end, 1, 0)],
    ['a ping that carries something', prefix(10, KIND.ping, 0, 0)],
    ['an abort with a payload', prefix(11, KIND.abort, 1, 1)],
    ['credit of three bytes', prefix(12, KIND.credit, 1, 0)],
    ['credit with a header', prefix(14, KIND.credit, 1, 1)],
  ])('refuses %s', (_what, bytes) => {
    expect(() => split(bytes)).toThrow(expect.objectContaining({ code: 'protocol' }));
  });

  it('ends garbage with a typed error or waits for more, and never throws anything else', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 5 }), (chunks) => {
        try {
          split(...chunks.map((chunk) => Buffer.from(chunk)));
        } catch (error) {
          expect(error).toMatchObject({ name: 'SyncError', code: 'protocol' });
        }
      }),
    );
  });
});
