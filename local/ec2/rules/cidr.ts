// Which block does this text mean? EC2's canonical form of IPv4 and IPv6 blocks: host bits cleared,
// IPv6 compressed and in lower case. It compares nothing.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpRange.html

import { invalidValue } from "../errors.ts";

/** Reads an address as a number; undefined when it is none. */
export function parseIpv4(text: string): bigint | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  let value = 0n;
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    value = (value << 8n) | BigInt(part);
  }
  return value;
}

/** Writes a number as an IPv4 address. */
export function formatIpv4(value: bigint): string {
  return [24n, 16n, 8n, 0n].map(shift => (value >> shift) & 255n).join(".");
}

/** Reads an IPv6 address as a number, also with :: and a dotted tail; undefined when it is none. */
export function parseIpv6(text: string): bigint | undefined {
  const halves = dottedTailToHex(text)?.split("::");
  if (halves === undefined || halves.length > 2) return undefined;
  const [left = [], right = []] = halves.map(half => (half === "" ? [] : half.split(":")));
  const given = left.length + right.length;
  if (halves.length === 1 ? given !== 8 : given > 7) return undefined;
  const words = [...left, ...Array(8 - given).fill("0"), ...right];
  let value = 0n;
  for (const word of words) {
    if (!/^[0-9a-f]{1,4}$/i.test(word)) return undefined;
    value = (value << 16n) | BigInt(`0x${word}`);
  }
  return value;
}

function dottedTailToHex(text: string): string | undefined {
  if (!text.includes(".")) return text;
  const cut = text.lastIndexOf(":") + 1;
  const tail = parseIpv4(text.slice(cut));
  if (tail === undefined || cut === 0) return undefined;
  return `${text.slice(0, cut)}${(tail >> 16n).toString(16)}:${(tail & 0xffffn).toString(16)}`;
}

/** Writes a number as a compressed IPv6 address (RFC 5952, always in hexadecimal). */
export function formatIpv6(value: bigint): string {
  const words = Array.from({ length: 8 }, (_, i) =>
    ((value >> BigInt(112 - 16 * i)) & 0xffffn).toString(16),
  );
  let best = { at: 0, length: 1 };
  for (let at = 0; at < 8; at++) {
    let length = 0;
    while (words[at + length] === "0") length++;
    if (length > best.length) best = { at, length };
  }
  if (best.length < 2) return words.join(":");
  return `${words.slice(0, best.at).join(":")}::${words.slice(best.at + best.length).join(":")}`;
}

/** An IPv4 or IPv6 block as numbers. */
export interface Block {
  base: bigint;
  length: number;
}

/** Reads an IPv4 block; undefined when it is none. Host bits are cleared, as EC2 does. */
export function parseIpv4Block(text: string): Block | undefined {
  return parseBlock(text, parseIpv4, 32);
}

/** Reads an IPv6 block; undefined when it is none. Host bits are cleared, as EC2 does. */
export function parseIpv6Block(text: string): Block | undefined {
  return parseBlock(text, parseIpv6, 128);
}

function parseBlock(
  text: string,
  parse: (address: string) => bigint | undefined,
  bits: number,
): Block | undefined {
  const slash = text.indexOf("/");
  const length = text.slice(slash + 1);
  if (slash < 0 || !/^(0|[1-9]\d{0,2})$/.test(length) || Number(length) > bits) return undefined;
  const address = parse(text.slice(0, slash));
  if (address === undefined) return undefined;
  const hostBits = BigInt(bits - Number(length));
  return { base: (address >> hostBits) << hostBits, length: Number(length) };
}

/** The canonical text of an IPv4 block, or EC2's refusal. */
export function canonicalIpv4(text: string): string {
  const block = parseIpv4Block(text);
  if (block === undefined) throw malformed(text);
  return `${formatIpv4(block.base)}/${block.length}`;
}

/** The canonical text of an IPv6 block, or EC2's refusal. */
export function canonicalIpv6(text: string): string {
  const block = parseIpv6Block(text);
  if (block === undefined) throw malformed(text);
  return `${formatIpv6(block.base)}/${block.length}`;
}

function malformed(text: string) {
  return invalidValue(`CIDR block ${text} is malformed`);
}
