// IPv4 and IPv6 blocks as ranges of integers: reading, writing, containment, set arithmetic.
// It knows nothing of rules; what a peer is stands in rule.ts.

export type Family = 4 | 6;

/** Addresses first..last of one family, both ends included. */
export interface Range {
  readonly family: Family;
  readonly first: bigint;
  readonly last: bigint;
}

/** A range that is one block: `prefix` leading bits are fixed, host bits are clear in `first`. */
export interface Cidr extends Range {
  readonly prefix: number;
}

const bitsOf = (family: Family): number => (family === 4 ? 32 : 128);

/**
 * Reads a block or a single address, clearing host bits as EC2 does when it stores a rule.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpRange.html
 *
 * @example parseCidr("100.68.0.18/18") // the block 100.68.0.0/18
 */
export function parseCidr(text: string): Cidr | undefined {
  const [address = "", suffix, ...rest] = text.split("/");
  if (rest.length > 0) return undefined;
  const family: Family = address.includes(":") ? 6 : 4;
  const value = family === 6 ? parseIpv6(address) : parseIpv4(address);
  if (value === undefined) return undefined;
  const bits = bitsOf(family);
  if (suffix === undefined) return blockAt(family, value, bits);
  if (!/^\d{1,3}$/.test(suffix) || Number(suffix) > bits) return undefined;
  return blockAt(family, value, Number(suffix));
}

/** Tells whether the text is a block whose address has bits set beyond its prefix. */
export function hasHostBits(text: string): boolean {
  const block = parseCidr(text);
  const alone = parseCidr(text.split("/")[0] ?? "");
  return block !== undefined && alone !== undefined && alone.first !== block.first;
}

/**
 * Writes a block the way EC2 returns it: IPv6 compressed and in lower case (RFC 5952).
 *
 * @example formatCidr(parseCidr("2001:0DB8::/32")!) // "2001:db8::/32"
 */
export function formatCidr(cidr: Cidr): string {
  return `${formatAddress(cidr.family, cidr.first)}/${cidr.prefix}`;
}

/** Writes one address of the family. */
export function formatAddress(family: Family, value: bigint): string {
  if (family === 4) {
    const bits = Number(value);
    return `${bits >>> 24}.${(bits >>> 16) & 255}.${(bits >>> 8) & 255}.${bits & 255}`;
  }
  const words = Array.from({ length: 8 }, (_, i) =>
    ((value >> BigInt(112 - 16 * i)) & 0xffffn).toString(16),
  );
  return compress(words);
}

/**
 * The one address that a block holds; undefined where it holds several.
 *
 * @example soleAddress("10.0.0.1/32") // "10.0.0.1"
 */
export function soleAddress(text: string): string | undefined {
  const cidr = parseCidr(text);
  if (!cidr || cidr.first !== cidr.last) return undefined;
  return formatAddress(cidr.family, cidr.first);
}

/** The block with this prefix that holds the address. */
export function blockAt(family: Family, address: bigint, prefix: number): Cidr {
  const host = BigInt(bitsOf(family) - prefix);
  const first = (address >> host) << host;
  return { family, first, last: first + (1n << host) - 1n, prefix };
}

/** Every address of a family. */
export function everyAddress(family: Family): Cidr {
  return blockAt(family, 0n, 0);
}

/** Tells whether every address of `inner` is in `outer`. */
export function contains(outer: Range, inner: Range): boolean {
  return outer.family === inner.family && outer.first <= inner.first && outer.last >= inner.last;
}

/** Tells whether two ranges share an address. */
export function overlaps(a: Range, b: Range): boolean {
  return a.family === b.family && a.first <= b.last && b.first <= a.last;
}

/** Two blocks share the smaller one or nothing: blocks nest. */
export function intersectCidr(a: Cidr, b: Cidr): Cidr | undefined {
  if (!overlaps(a, b)) return undefined;
  return a.prefix >= b.prefix ? a : b;
}

/** The one block that two blocks of equal size make up together, if they adjoin in one parent. */
export function joinCidr(a: Cidr, b: Cidr): Cidr | undefined {
  if (a.prefix !== b.prefix) return undefined;
  const parent = blockAt(a.family, a.first, a.prefix - 1);
  return a.first !== b.first && contains(parent, b) ? parent : undefined;
}

/** What is left of `from` when the addresses of `taken` are removed, in order. */
export function subtractRanges(from: readonly Range[], taken: readonly Range[]): Range[] {
  let left = [...from];
  for (const hole of taken) {
    left = left.flatMap(range => {
      if (!overlaps(range, hole)) return [range];
      const { family, first, last } = range;
      const before = hole.first > first ? [{ family, first, last: hole.first - 1n }] : [];
      const after = hole.last < last ? [{ family, first: hole.last + 1n, last }] : [];
      return [...before, ...after];
    });
  }
  return left;
}

/** The fewest blocks that hold exactly the addresses of a range. */
export function blocksOf(range: Range): Cidr[] {
  const bits = bitsOf(range.family);
  const blocks: Cidr[] = [];
  let next = range.first;
  while (next <= range.last) {
    let prefix = bits;
    while (prefix > 0) {
      const wider = blockAt(range.family, next, prefix - 1);
      if (wider.first !== next || wider.last > range.last) break;
      prefix -= 1;
    }
    const block = blockAt(range.family, next, prefix);
    blocks.push(block);
    next = block.last + 1n;
  }
  return blocks;
}

function parseIpv4(text: string): bigint | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  let value = 0n;
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    value = (value << 8n) | BigInt(part);
  }
  return value;
}

function parseIpv6(text: string): bigint | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = wordsOf(halves[0] ?? "");
  const tail = wordsOf(halves[1] ?? "");
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const words = [...head, ...Array.from({ length: missing }, () => 0n), ...tail];
  return words.reduce((value, word) => (value << 16n) | word, 0n);
}

function wordsOf(text: string): bigint[] | undefined {
  if (text === "") return [];
  const parts = text.split(":");
  const words: bigint[] = [];
  for (const [index, part] of parts.entries()) {
    if (part.includes(".") && index === parts.length - 1) {
      const v4 = parseIpv4(part);
      if (v4 === undefined) return undefined;
      words.push(v4 >> 16n, v4 & 0xffffn);
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) words.push(BigInt(`0x${part}`));
    else return undefined;
  }
  return words;
}

// RFC 5952: the longest run of two or more zero words becomes "::", the first of equals.
function compress(words: string[]): string {
  let best = { start: -1, length: 1 };
  for (let start = 0; start < words.length; start += 1) {
    let length = 0;
    while (words[start + length] === "0") length += 1;
    if (length > best.length) best = { start, length };
  }
  if (best.start < 0) return words.join(":");
  const head = words.slice(0, best.start).join(":");
  return `${head}::${words.slice(best.start + best.length).join(":")}`;
}
