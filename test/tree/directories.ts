/** Arbitrary directories, as replicas hold them. */
import fc from 'fast-check';
import type { ByteString } from '../../src/model/byte-string.js';
import type { Digest } from '../../src/model/digest.js';
import type { Directory, Lineage, LocalEntry, LocalStat, TreeSummary } from '../../src/model/entry.js';
import type { Name } from '../../src/model/path.js';
import { isReserved } from '../../src/model/path-rule.js';
import type { ReplicaId, VersionVector } from '../../src/model/version-vector.js';

export function bytes(length: number): fc.Arbitrary<ByteString> {
  return fc.uint8Array({ minLength: length, maxLength: length }).map((value) => Buffer.from(value).toString('latin1'));
}

export const digests = bytes(32) as fc.Arbitrary<Digest>;

export const names = fc
  .uint8Array({ minLength: 1, maxLength: 255 })
  .map((value) => Buffer.from(value.filter((byte) => byte !== 0 && byte !== 0x2f)).toString('latin1') as Name)
  .filter((name) => name !== '' && name !== '.' && name !== '..' && !isReserved(name));

export const vectors: fc.Arbitrary<VersionVector> = fc
  .dictionary(
    bytes(8).filter((id) => id !== '__proto__'),
    fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    { maxKeys: 4 },
  )
  .map((pairs) => (Object.entries(pairs) as [ReplicaId, number][]).sort(([a], [b]) => (a < b ? -1 : 1)));

const counts = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const lineages = fc.array(bytes(16) as fc.Arbitrary<string> as fc.Arbitrary<Lineage>, { maxLength: 32 });
const doubles = fc.double({ noNaN: true });
const stats: fc.Arbitrary<LocalStat> = fc.record({
  dev: counts,
  ino: fc.oneof(counts, fc.constantFrom(2 ** 63, 2 ** 64)),
  size: counts,
  mtimeMs: doubles,
  ctimeMs: doubles,
});
const summaries: fc.Arbitrary<TreeSummary> = fc.record({
  full: fc.oneof(digests, fc.constant('' as Digest)),
  view: fc.oneof(digests, fc.constant('' as Digest)),
  entries: counts,
  bytes: counts,
});
const times = fc.maxSafeInteger().map((time) => time + 0); // no negative zero
const modes = fc.nat({ max: 0o777 });
const none = fc.constant('' as Digest);
const zero = fc.constant(0);

function entriesOf(kind: LocalEntry['kind'], local: boolean): fc.Arbitrary<LocalEntry> {
  const hasContent = kind === 'file' || kind === 'symlink';
  const nothing = fc.constant(undefined);
  const optional = fc.record(
    { tree: summaries, stat: local ? stats : nothing, since: local ? fc.maxSafeInteger() : nothing },
    { requiredKeys: [] },
  );
  return fc
    .tuple(
      fc.record({
        name: names,
        kind: fc.constant(kind),
        size: hasContent ? fc.oneof(counts, fc.nat()) : zero,
        mtime: hasContent ? times : zero,
        mode: kind === 'file' || kind === 'directory' ? modes : zero,
        digest: hasContent ? digests : none,
        vector: vectors,
        lineage: lineages,
      }),
      optional,
    )
    .map(([entry, { tree, stat, since }]) => {
      const isGone = entry.kind === 'deleted' || entry.kind === 'absent';
      const own = isGone ? since !== undefined && { since } : stat && { stat };
      return { ...entry, ...(tree && { tree }), ...own };
    });
}

const CLAIMS = ['file', 'directory', 'symlink', 'deleted'] as const;

export function directories(local: boolean): fc.Arbitrary<Directory<LocalEntry>> {
  const kinds = local ? [...CLAIMS, 'absent' as const] : CLAIMS;
  return fc
    .uniqueArray(fc.oneof(...kinds.map((kind) => entriesOf(kind, local))), {
      selector: ({ name }) => name,
      maxLength: 8,
    })
    .map((entries) => entries.sort((a, b) => (a.name < b.name ? -1 : 1)));
}
