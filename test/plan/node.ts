/** What a disk holds under a path, in the tests that need no real one. */
import { type Digest, digestOf, digestOfLink } from '../../src/model/digest.js';

export type Node =
  | {
      readonly kind: 'file';
      readonly content: string;
      readonly mtime: number;
      readonly mode: number;
      readonly digest?: Digest;
    }
  | {
      readonly kind: 'symlink';
      readonly content: string;
      readonly mtime: number;
      readonly mode: 0;
      readonly digest?: Digest;
    }
  | { readonly kind: 'directory'; readonly mode: number };

export type ContentNode = Exclude<Node, { kind: 'directory' }>;

export function contentNode(kind: 'file' | 'symlink', content: string, mtime: number, mode: number): ContentNode {
  const digest = digestFor(kind, content);
  return kind === 'file' ? { kind, content, mtime, mode, digest } : { kind, content, mtime, mode: 0, digest };
}

export function digestOfNode(node: ContentNode): Digest {
  return node.digest ?? digestFor(node.kind, node.content);
}

const digests = { file: new Map<string, Digest>(), symlink: new Map<string, Digest>() };

/** Each content is hashed once: histories number their contents, so there are few. */
function digestFor(kind: 'file' | 'symlink', content: string): Digest {
  let digest = digests[kind].get(content);
  if (digest === undefined) {
    digest = kind === 'file' ? digestOf(Buffer.from(content, 'latin1')) : digestOfLink(content);
    digests[kind].set(content, digest);
  }
  return digest;
}
