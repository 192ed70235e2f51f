import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import vectors from '../../fixtures/delta/instructions.json' with { type: 'json' };
import { INSTRUCTIONS_BYTES_MAX, InstructionPacker, InstructionReader } from '../../src/delta/instruction.js';

type Step = { readonly copy: readonly [basis: number, length: number] } | { readonly literal: string };

/** The payloads of some instructions; literals are hex. */
function pack(steps: readonly Step[], targetSize: number): Uint8Array[] {
  const packer = new InstructionPacker(targetSize);
  const payloads: Uint8Array[] = [];
  for (const step of steps) {
    if ('copy' in step) {
      while (!packer.copy(...step.copy)) payloads.push(packer.take());
      continue;
    }
    const bytes = Buffer.from(step.literal, 'hex');
    for (let done = 0; done < bytes.length; ) {
      const space = packer.literal(bytes.length - done);
      if (space.length === 0) payloads.push(packer.take());
      space.set(bytes.subarray(done, done + space.length));
      done += space.length;
    }
  }
  payloads.push(packer.take());
  return payloads;
}

function unpack(payloads: readonly Uint8Array[], targetSize: number, basisSize: number): Step[] {
  const reader = new InstructionReader(targetSize, { size: basisSize });
  const steps = payloads.flatMap((payload) =>
    [...reader.read(payload)].map(
      (instruction): Step =>
        instruction.kind === 'copy'
          ? { copy: [instruction.basis, instruction.length] }
          : { literal: Buffer.from(instruction.bytes).toString('hex') },
    ),
  );
  expect(reader.complete).toBe(true);
  return steps;
}

function targetBytes(steps: readonly Step[]): number {
  return steps.reduce((sum, step) => sum + ('copy' in step ? step.copy[1] : step.literal.length / 2), 0);
}

const BASIS = 2 ** 42;
const step: fc.Arbitrary<Step> = fc.oneof(
  fc
    .tuple(
      fc.maxSafeNat().map((n) => n % (BASIS / 2)),
      fc.integer({ min: 1, max: BASIS / 2 }),
    )
    .map((copy) => ({ copy })),
  fc.uint8Array({ minLength: 1, maxLength: 500 }).map((bytes) => ({ literal: Buffer.from(bytes).toString('hex') })),
);

describe('instructions', () => {
  test('unpack to what was packed', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const size = targetBytes(steps);
        expect(unpack(pack(steps, size), size, BASIS)).toEqual(steps);
      }),
    );
  });

  test('keep to the vectors in fixtures/delta/instructions.json', () => {
    for (const { steps, basisSize, payload } of vectors) {
      const size = targetBytes(steps as Step[]);
      expect(pack(steps as Step[], size).map((p) => Buffer.from(p).toString('hex'))).toEqual([payload]);
      expect(unpack([Buffer.from(payload, 'hex')], size, basisSize)).toEqual(steps);
    }
  });

  test('of an edit in place cost a byte for the place and a few for the lengths', () => {
    const steps: Step[] = [{ copy: [0, 1000] }, { literal: '00'.repeat(24) }, { copy: [1024, 1000] }];
    expect(pack(steps, 2024)[0]).toHaveLength(3 + 1 + 24 + 3);
  });

  test('split a long literal over payloads of at most 256 KiB', () => {
    const literal = '5a'.repeat(600_000);
    const payloads = pack([{ literal }], 600_000);
    expect(payloads).toHaveLength(3);
    expect(Math.max(...payloads.map((p) => p.length))).toBeLessThanOrEqual(INSTRUCTIONS_BYTES_MAX);
    const joined = unpack(payloads, 600_000, 0).map((s) => ('literal' in s ? s.literal : ''));
    expect(joined.join('')).toBe(literal);
  });
});

describe('a peer’s instructions are refused', () => {
  // A varint 2*length+kind, then a zigzag varint for copies or the bytes for literals.
  test.each([
    ['that copy from behind the basis', '1402', 'a copy of'], // 10 bytes from offset 1 of 10
    ['that copy from before the basis', '1401', 'a copy of'],
    ['that make more than the target', '2a00', 'more than'],
    ['of no bytes', '01', 'no bytes'],
    ['whose literal is cut short', '07aabb', 'within a literal'],
    ['whose number is cut short', '80', 'within a number'],
    ['whose number is not in its shortest form', '948000', 'shortest'],
    ['whose number is too large', 'ffffffffffffffff7f', 'too large'],
  ])('%s', (_, hex, message) => {
    const reader = new InstructionReader(20, { size: 10 });
    expect(() => [...reader.read(Buffer.from(hex, 'hex'))]).toThrow(
      expect.objectContaining({ code: 'protocol', message: expect.stringContaining(message) }),
    );
  });

  test('in one frame that is too large', () => {
    const reader = new InstructionReader(2 ** 30, { size: 0 });
    expect(() => [...reader.read(Buffer.alloc(INSTRUCTIONS_BYTES_MAX + 1))]).toThrow(/in one frame/);
  });

  test('and what ends early is not complete', () => {
    const reader = new InstructionReader(20, { size: 10 });
    expect([...reader.read(Buffer.from('1400', 'hex'))]).toEqual([{ kind: 'copy', basis: 0, length: 10 }]);
    expect(reader.complete).toBe(false);
  });

  test('never with another error than a typed one, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          for (const found of new InstructionReader(1000, { size: 1000 }).read(bytes)) {
            if (found.kind === 'copy') expect(found.basis + found.length).toBeLessThanOrEqual(1000);
          }
        } catch (error) {
          expect(error).toMatchObject({ code: 'protocol' });
        }
      }),
      { numRuns: 2000 },
    );
  });
});
