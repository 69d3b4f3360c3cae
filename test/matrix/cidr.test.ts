// Blocks of addresses: how they are read, written and compared.
import { describe, expect, it } from "vitest";
import {
  blocksOf,
  contains,
  formatCidr,
  hasHostBits,
  intersectCidr,
  joinCidr,
  parseCidr,
  soleAddress,
  subtractRanges,
} from "../../matrix/rules/cidr.ts";

const cidr = (text: string) => {
  const block = parseCidr(text);
  if (!block) throw new Error(`not a block: ${text}`);
  return block;
};

describe("a block", () => {
  it.each([
    ["100.68.0.18/18", "100.68.0.0/18"],
    ["10.0.0.7", "10.0.0.7/32"],
    ["0.0.0.0/0", "0.0.0.0/0"],
    ["2001:0DB8::/32", "2001:db8::/32"],
    ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1/128"],
    ["::", "::/128"],
    ["::1/128", "::1/128"],
    ["1:0:0:2:0:0:0:3/128", "1:0:0:2::3/128"],
    ["1:0:2:3:4:5:6:7/128", "1:0:2:3:4:5:6:7/128"],
    ["::ffff:192.0.2.1/128", "::ffff:c000:201/128"],
    ["fe80::/10", "fe80::/10"],
    ["255.255.255.255/32", "255.255.255.255/32"],
    ["1:2:3:4::5:6:7", "1:2:3:4:0:5:6:7/128"],
  ])("%s is stored as %s", (text, canonical) => {
    expect(formatCidr(cidr(text))).toBe(canonical);
  });

  it.each([
    "",
    "10.0.0.0/33",
    "10.0.0/8",
    "10.0.0.256/32",
    "10.0.0.01/32",
    "10.0.0.0/",
    "10.0.0.0/8/8",
    "1::2::3/64",
    "2001:db8::/129",
    "12345::/16",
    ":1::/16",
    "g::/16",
    "1::g/64",
    "1:2:3:4::5:6:7:8",
    "::192.0.2.1:1/128",
    "::ffff:192.0.2.256/128",
    "1:2:3:4:5:6:7/64",
    "/8",
    "10.0.0.0/-1",
    "10.0.0.0/0x8",
    " 10.0.0.0/8",
  ])("%j is none", text => {
    expect(parseCidr(text)).toBeUndefined();
  });

  it.each([
    ["10.0.0.1/8", true],
    ["10.0.0.0/8", false],
    ["2001:db8::1/32", true],
    ["10.0.0.1", false],
    ["10.0.0.1/33", false],
    ["no block", false],
  ])("%s has host bits: %s", (text, expected) => {
    expect(hasHostBits(text)).toBe(expected);
  });
});

describe("a block of one address", () => {
  it.each([
    ["10.0.0.1/32", "10.0.0.1"],
    ["10.0.0.1", "10.0.0.1"],
    ["2001:DB8::1/128", "2001:db8::1"],
    ["10.0.0.0/31", undefined],
    ["2001:db8::/32", undefined],
    ["none", undefined],
  ])("%s is %s", (text, address) => expect(soleAddress(text)).toBe(address));
});

describe("two blocks", () => {
  it.each([
    ["10.0.0.0/8", "10.1.0.0/16", "10.1.0.0/16"],
    ["10.1.0.0/16", "10.0.0.0/8", "10.1.0.0/16"],
    ["10.0.0.0/8", "11.0.0.0/8", undefined],
    ["0.0.0.0/0", "::/0", undefined],
  ])("%s and %s share %s", (a, b, shared) => {
    const found = intersectCidr(cidr(a), cidr(b));
    expect(found && formatCidr(found)).toBe(shared);
  });

  it.each([
    ["10.0.0.0/9", "10.128.0.0/9", "10.0.0.0/8"],
    ["10.128.0.0/9", "10.0.0.0/9", "10.0.0.0/8"],
    ["10.128.0.0/9", "11.0.0.0/9", undefined],
    ["0.0.0.0/1", "128.0.0.0/1", "0.0.0.0/0"],
    ["10.0.0.0/8", "10.0.0.0/8", undefined],
    ["0.0.0.0/0", "0.0.0.0/0", undefined],
    ["0.0.0.0/0", "::/0", undefined],
    ["10.0.0.0/9", "10.128.0.0/16", undefined],
    ["0.0.0.0/32", "::1/32", undefined],
  ])("%s and %s make up %s", (a, b, joined) => {
    const found = joinCidr(cidr(a), cidr(b));
    expect(found && formatCidr(found)).toBe(joined);
  });

  it("contain one another by family", () => {
    expect(contains(cidr("0.0.0.0/0"), cidr("10.0.0.0/8"))).toBe(true);
    expect(contains(cidr("::/0"), cidr("10.0.0.0/8"))).toBe(false);
  });
});

describe("a range", () => {
  it("less some holes is what is left, in the fewest blocks", () => {
    const left = subtractRanges([cidr("10.0.0.0/24")], [cidr("10.0.0.64/26"), cidr("10.0.0.0/32")]);
    expect(left.flatMap(blocksOf).map(formatCidr)).toEqual([
      "10.0.0.1/32",
      "10.0.0.2/31",
      "10.0.0.4/30",
      "10.0.0.8/29",
      "10.0.0.16/28",
      "10.0.0.32/27",
      "10.0.0.128/25",
    ]);
  });

  it.each([
    ["10.0.0.3/32", ["10.0.0.0/31", "10.0.0.2/32"]],
    ["10.0.0.1/32", ["10.0.0.0/32", "10.0.0.2/31"]],
    ["10.0.1.0/24", ["10.0.0.0/30"]],
    ["::/0", ["10.0.0.0/30"]],
    ["10.0.0.0/8", []],
  ])("of four addresses less %s is %j", (hole, blocks) => {
    const left = subtractRanges([cidr("10.0.0.0/30")], [cidr(hole)]);
    expect(left.flatMap(blocksOf).map(formatCidr)).toEqual(blocks);
  });
});
