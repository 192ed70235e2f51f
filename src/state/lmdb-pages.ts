/**
 * Walks the pages of an LMDB file before LMDB maps it. LMDB trusts its pages: one that is not what it is taken
 * for, or lies behind the end of a truncated file, kills the process, which no handler catches. Here it is
 * checked that the pages in use are those of a tree and that the free ones are free; what records hold has
 * checksums of its own. The layout is that of data version 2 on 64-bit little-endian machines:
 *
 * [page]     pgno u64 ‖ txnid u64 ‖ pad u16 ‖ flags u16 ‖ lower u16 ‖ upper u16 (overflow: pages u32) ‖ offsets
 *            u16 …, counted from behind the header ‖ free ‖ nodes
 * [node]     size u32 ‖ flags u16 ‖ key length u16 ‖ key ‖ data (big: pgno u64); branch: pgno u48 ‖ key length …
 * [meta]     page header ‖ magic u32 ‖ version u32 ‖ address, map size u64 ‖ free and main [database]
 *            ‖ last pgno u64 ‖ txnid u64
 * [database] pad u32 (of the first: page size) ‖ flags, depth u16 ‖ branch, leaf, overflow pages, entries, root u64
 */
import fs from 'node:fs';

const MAGIC = 0xbeefc0de;
const DATA_VERSION = 2;
const HEADER_BYTES = 24;
const NODE_BYTES = 8;
const META_BYTES = 0xa0;
/** Pages of the two metas. */
const META_PAGES = 2;
const IS_BRANCH = 0x01;
const IS_LEAF = 0x02;
const IS_OVERFLOW = 0x04;
const IS_META = 0x08;
const BIG_DATA = 0x01;
/** Root of an empty tree: all bits set. */
const NO_PAGE = 2n ** 64n - 1n;
/** Looks at a file that another process writes to meanwhile. */
const LOOKS_MAX = 5;

/** Whether LMDB may open the file. Always true where the layout is not known. */
export function arePagesSound(fd: number): boolean {
  if (!['x64', 'arm64', 'riscv64', 'loong64'].includes(process.arch)) return true;
  for (let look = 0; look < LOOKS_MAX; look++) {
    const meta = readMeta(fd);
    if (meta === undefined) return false;
    if (isSound(fd, meta)) return true;
    // Another process may reuse pages of the snapshot that we walk; then there is a newer one.
    if (readMeta(fd)?.txnid === meta.txnid) return false;
  }
  return true;
}

interface Meta {
  readonly pageSize: number;
  readonly lastPage: number;
  readonly freeRoot: bigint;
  readonly mainRoot: bigint;
  readonly txnid: bigint;
}

/** The newer one of the two. */
function readMeta(fd: number): Meta | undefined {
  const first = metaAt(fd, 0);
  const second = first === undefined ? undefined : metaAt(fd, first.pageSize);
  if (first === undefined || second?.pageSize !== first.pageSize) return undefined;
  return second.txnid > first.txnid ? second : first;
}

function metaAt(fd: number, position: number): Meta | undefined {
  const meta = Buffer.alloc(META_BYTES);
  if (fs.readSync(fd, meta, 0, META_BYTES, position) !== META_BYTES) return undefined;
  if ((meta.readUInt16LE(0x12) & IS_META) === 0 || meta.readUInt32LE(0x18) !== MAGIC) return undefined;
  const pageSize = meta.readUInt32LE(0x30);
  if (meta.readUInt16LE(0x1c) !== DATA_VERSION || ![4096, 8192, 16384, 32768, 65536].includes(pageSize))
    return undefined;
  return {
    pageSize,
    freeRoot: meta.readBigUInt64LE(0x58),
    mainRoot: meta.readBigUInt64LE(0x88),
    lastPage: Number(meta.readBigUInt64LE(0x90)),
    txnid: meta.readBigUInt64LE(0x98),
  };
}

function isSound(fd: number, meta: Meta): boolean {
  // A file may be shorter than its last page says, by pages that are free; hardly by half.
  if ((meta.lastPage + 1) * meta.pageSize > 4 * fs.fstatSync(fd).size + 2 ** 26) return false;
  const walk = new PageWalk(fd, meta);
  const free: Buffer[] = [];
  const isTree = walk.tree(meta.mainRoot, undefined) && walk.tree(meta.freeRoot, (data) => free.push(data));
  return isTree && free.every((data) => walk.isFree(data));
}

type Take = ((data: Buffer) => void) | undefined;

class PageWalk {
  readonly #fd: number;
  readonly #pageSize: number;
  readonly #lastPage: number;
  /** A bit for each page that was met: none may be met twice, which rules out cycles too. */
  readonly #met: Uint8Array;

  constructor(fd: number, { pageSize, lastPage }: Meta) {
    this.#fd = fd;
    this.#pageSize = pageSize;
    this.#lastPage = lastPage;
    this.#met = new Uint8Array((lastPage >> 3) + 1);
  }

  /** `take` is given the data of each node, be it in the leaf or on pages of its own. */
  tree(root: bigint, take: Take): boolean {
    return root === NO_PAGE || this.#page(Number(root), take);
  }

  /**
   * The data of a node of the free database: a count and so many numbers, each a page, nothing (0) or, below
   * 0, how many pages follow on the next one. Whatever a free list is, it names no page in use.
   */
  isFree(data: Buffer): boolean {
    const count = data.length < 8 ? -1 : Number(data.readBigInt64LE(0));
    if (count < 0 || 8 * (count + 1) > data.length) return false;
    let pages = 1;
    for (let i = 1; i <= count; i++) {
      const number = Number(data.readBigInt64LE(8 * i));
      for (let page = number; number > 0 && page < number + pages; page++) if (this.#isInUse(page)) return false;
      pages = number < 0 ? -number : 1;
      if (pages > this.#lastPage) return false;
    }
    return true;
  }

  #page(pgno: number, take: Take): boolean {
    const page = this.#read(pgno, this.#pageSize);
    if (page === undefined) return false;
    const flags = page.readUInt16LE(18);
    const count = page.readUInt16LE(20) >> 1;
    const isLeaf = (flags & IS_LEAF) !== 0;
    if (isLeaf === ((flags & IS_BRANCH) !== 0) || HEADER_BYTES + 2 * count > this.#pageSize) return false;
    if (count === 0 || page.readUInt16LE(20) > page.readUInt16LE(22)) return false;
    for (let i = 0; i < count; i++) {
      const at = HEADER_BYTES + page.readUInt16LE(HEADER_BYTES + 2 * i);
      const dataAt = at + NODE_BYTES > this.#pageSize ? at : at + NODE_BYTES + page.readUInt16LE(at + 6);
      if (at + NODE_BYTES > this.#pageSize || dataAt > this.#pageSize) return false;
      const isGood = isLeaf ? this.#leafNode(page, at, dataAt, take) : this.#page(page.readUIntLE(at, 6), take);
      if (!isGood) return false;
    }
    return true;
  }

  #leafNode(page: Buffer, at: number, dataAt: number, take: Take): boolean {
    const size = page.readUInt32LE(at);
    const flags = page.readUInt16LE(at + 4);
    if (flags === 0) {
      take?.(page.subarray(dataAt, dataAt + size));
      return dataAt + size <= this.#pageSize;
    }
    if (flags !== BIG_DATA || dataAt + 8 > this.#pageSize) return false; // we use no nested databases
    return this.#overflow(Number(page.readBigUInt64LE(dataAt)), size, take);
  }

  #overflow(pgno: number, size: number, take: Take): boolean {
    const header = this.#read(pgno, HEADER_BYTES);
    const pages = Math.floor((HEADER_BYTES - 1 + size) / this.#pageSize) + 1;
    if (header === undefined || (header.readUInt16LE(18) & IS_OVERFLOW) === 0) return false;
    if (header.readUInt32LE(20) !== pages) return false;
    for (let i = 1; i < pages; i++) if (!this.#meet(pgno + i)) return false;
    if ((pgno + pages) * this.#pageSize > fs.fstatSync(this.#fd).size) return false;
    if (take === undefined) return true;
    const data = Buffer.allocUnsafe(size);
    take(data.subarray(0, fs.readSync(this.#fd, data, 0, size, pgno * this.#pageSize + HEADER_BYTES)));
    return true;
  }

  /** The first bytes of a page that is met for the first time and knows its own number. */
  #read(pgno: number, bytes: number): Buffer | undefined {
    if (!this.#meet(pgno)) return undefined;
    const page = Buffer.allocUnsafe(bytes);
    if (fs.readSync(this.#fd, page, 0, bytes, pgno * this.#pageSize) !== bytes) return undefined;
    return page.readBigUInt64LE(0) === BigInt(pgno) ? page : undefined;
  }

  #meet(pgno: number): boolean {
    if (!(pgno >= META_PAGES && pgno <= this.#lastPage) || this.#isInUse(pgno)) return false;
    this.#met[pgno >> 3] = (this.#met[pgno >> 3] as number) | (1 << (pgno & 7));
    return true;
  }

  #isInUse(pgno: number): boolean {
    return ((this.#met[pgno >> 3] ?? 0) & (1 << (pgno & 7))) !== 0;
  }
}
