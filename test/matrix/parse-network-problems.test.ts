// What is said of networks that are refused: where, why and what to write instead.
import { describe, expect, test } from "vitest";
import { linesOf, refusalsOf } from "../support/parsing.ts";

// Each text stands on lines 3 and after.
const base = "matrix: m\ngroups: { api: { name: api }, db: { name: db } }\n";

/** A text and what is said of it, all of it. */
const ROWS: readonly (readonly [text: string, ...lines: string[]])[] = [
  [
    "networks: { a: 10.0.0.0/8 }",
    "matrix.type 0.yaml:3:16: `a` must be a list, not the text `10.0.0.0/8` (write [10.0.0.0/8])",
  ],
  [
    "networks: { api: [] }",
    "matrix.name.twice 0.yaml:2:11: `api` is a network and a group (rename one of them: peers are named by either)",
  ],
  [
    "networks: { public: [] }",
    "matrix.name.reserved 0.yaml:3:13: `public` is built in and cannot be defined under networks (use another name)",
  ],
  [
    "networks: { sg-1: [] }",
    "matrix.name 0.yaml:3:13: `sg-1` cannot be a name (give it a word of its own, and the id as its value)",
  ],
  [
    "networks: { toString: [] }",
    "matrix.name 0.yaml:3:13: `toString` cannot be a name (letters, digits, . _ and -, beginning with a letter or digit, 64 at most)",
  ],
  [
    "networks: { 10.0.0.1: [] }",
    "matrix.name 0.yaml:3:13: `10.0.0.1` cannot be a name (letters, digits, . _ and -, beginning with a letter or digit, 64 at most)",
  ],
  [
    "networks: { a: [b], b: [c], c: [a] }",
    "matrix.network.circle 0.yaml:3:17: the network `a` holds itself: a -> b -> c -> a (remove one of these names from the list of the one before it)",
  ],
  [
    "networks: { private: [private] }",
    "matrix.network.circle 0.yaml:3:23: the network `private` holds itself: private -> private (a private of your own replaces the built-in one: list 10.0.0.0/8 and the others in it)",
  ],
  [
    "networks: { private: [a], a: [public] }",
    "matrix.network.private 0.yaml:3:13: private may hold blocks only, directly or by networks of blocks (move prefix lists, groups and public out of it)",
  ],
  [
    "networks: { a: [api] }",
    "matrix.peer.group-in-network 0.yaml:3:17: `api` is a group, and a network holds no groups (name the group in from or to beside the network, or give its sg-… id here)",
  ],
  [
    "networks: { a: [10.0.0.1/8] }",
    "matrix.cidr.host-bits 0.yaml:3:17: `10.0.0.1/8` has bits set beyond its prefix (write 10.0.0.0/8, or 10.0.0.1/32 for the address alone)",
  ],
  [
    'networks: { a: ["2001:db8::1/32"] }',
    "matrix.cidr.host-bits 0.yaml:3:17: `2001:db8::1/32` has bits set beyond its prefix (write 2001:db8::/32, or 2001:db8::1/128 for the address alone)",
  ],
  [
    "networks: { a: [10.0.0.300] }",
    'matrix.cidr 0.yaml:3:17: `10.0.0.300` is no address or block (write it like 203.0.113.7, 203.0.113.0/24 or "2001:db8::/32")',
  ],
  [
    "networks: { a: [010.0.0.1] }",
    'matrix.cidr 0.yaml:3:17: `010.0.0.1` is no address or block (write it like 203.0.113.7, 203.0.113.0/24 or "2001:db8::/32")',
  ],
  [
    "networks: { a: [10.0.0.0/33] }",
    'matrix.cidr 0.yaml:3:17: `10.0.0.0/33` is no address or block (write it like 203.0.113.7, 203.0.113.0/24 or "2001:db8::/32")',
  ],
  [
    "networks: { a: [2001:db8::] }",
    "matrix.type 0.yaml:3:17: `2001:db8:` is read as a map (quote text that holds a colon, such as an IPv6 address)",
  ],
  [
    "networks: { a: [pl-XYZ] }",
    "matrix.peer.id 0.yaml:3:17: `pl-XYZ` is no prefix list id (pl- and 8 to 17 hexadecimal digits, in lower case)",
  ],
  [
    "networks: { a: [sg-0a1b2c3d@1] }",
    "matrix.peer.id 0.yaml:3:17: `sg-0a1b2c3d@1` is no group id (sg- and 8 to 17 hexadecimal digits, @ and 12 digits for another account)",
  ],
  [
    "networks: { a: [sg-0a1b2c3d@?] }",
    "matrix.peer.id 0.yaml:3:17: `sg-0a1b2c3d@?` is no group id (sg- and 8 to 17 hexadecimal digits, @ and 12 digits for another account)",
  ],
  [
    "networks: { a: [{ list: pl-0a1b2c3d }] }",
    "matrix.missing-key 0.yaml:3:17: `within` is missing (add the blocks, such as `within: [203.0.113.0/24]`, or write the list's id alone)",
  ],
  [
    "networks: { a: [{ list: b, within: [10.0.0.0/8] }], b: [] }",
    "matrix.within 0.yaml:3:25: `b` is no prefix list id, and only a list has a `within` (write { list: pl-…, within: [blocks] }, or the peer alone)",
  ],
  [
    "networks: { a: [{ list: pl-0a1b2c3d, within: [api] }] }",
    'matrix.cidr 0.yaml:3:47: `api` is no address or block (write it like 203.0.113.7, 203.0.113.0/24 or "2001:db8::/32")',
  ],
  [
    "networks: { a: [{ list: pl-0a1b2c3d, within: [] }] }",
    "matrix.empty 0.yaml:3:46: the list is empty (name at least one)",
  ],
  [
    "networks: { others: [] }",
    "matrix.name.reserved 0.yaml:3:13: `others` is built in and cannot be defined under networks (use another name)",
  ],
  [
    "networks: { 12: [] }",
    "matrix.name 0.yaml:3:13: `12` cannot be a name (letters, digits, . _ and -, beginning with a letter or digit, 64 at most)",
  ],
  [
    "networks: { x sg-1: [] }",
    "matrix.name 0.yaml:3:13: `x sg-1` cannot be a name (letters, digits, . _ and -, beginning with a letter or digit, 64 at most)",
  ],
  [
    "networks: { a: [ap] }",
    "matrix.peer.unknown 0.yaml:3:17: `ap` is no network of this matrix (did you mean a?)",
  ],
  ['networks: { a: [""] }', "matrix.empty 0.yaml:3:17: the text is empty (name at least one)"],
  [
    "networks: { a: [others] }",
    "matrix.peer.others 0.yaml:3:17: `others` cannot be a peer (name the groups, or a network)",
  ],
  [
    "networks: { a: [10.0.0.0/8, b], b: [a] }",
    "matrix.network.circle 0.yaml:3:29: the network `a` holds itself: a -> b -> a (remove one of these names from the list of the one before it)",
  ],
  [
    "networks: { x: [a], a: [b], b: [a] }",
    "matrix.network.circle 0.yaml:3:25: the network `a` holds itself: a -> b -> a (remove one of these names from the list of the one before it)",
  ],
  [
    "networks: { a: [{ within: [10.0.0.0/8] }] }",
    "matrix.missing-key 0.yaml:3:17: `list` is missing (add the list, such as `list: pl-0fedcba9876543210`)",
  ],
  [
    "networks: { a: [{ list: 3, within: [10.0.0.0/8] }] }",
    'matrix.type 0.yaml:3:25: `list` must be text, not the number `3` (quote it: "3")',
  ],
  [
    'networks: { a: [{ list: pl-0a1b2c3d, within: [""] }] }',
    "matrix.empty 0.yaml:3:47: the text is empty (name at least one)",
  ],
  [
    "networks: { a: [{ list: pl-0a1b2c3d, within: 10.0.0.0/8 }] }",
    "matrix.type 0.yaml:3:46: `within` must be a list, not the text `10.0.0.0/8` (write [10.0.0.0/8])",
  ],
  [
    "networks: { a: [{ list: pl-0a1b2c3d, within: [10.0.0.0/8], most: 1 }] }",
    "matrix.unknown-key 0.yaml:3:60: unknown key `most` (one of list, within)",
  ],
  [
    "networks: { a: [[b]] }",
    "matrix.type 0.yaml:3:17: an item of `a` must be text, not a list (give one value)",
  ],
  [
    "networks: [a]",
    "matrix.type 0.yaml:3:11: `networks` must be a map, not a list (write `key: value` pairs below it, or in { })",
  ],
  [
    "networks: { a: [zzz] }",
    "matrix.peer.unknown 0.yaml:3:17: `zzz` is no network of this matrix (one of a, public, private)",
  ],
  [
    "networks: { a: [public], private: [a] }",
    "matrix.network.private 0.yaml:3:26: private may hold blocks only, directly or by networks of blocks (move prefix lists, groups and public out of it)",
  ],
];

test.each(ROWS)("refuses %s", (text, ...lines) => {
  expect(refusalsOf(base + text)).toEqual(lines);
});

/** A chain of networks, each in the one before it. */
const chain = (links: number): string[] =>
  Array.from({ length: links + 1 }, (_, i) => `n${i}: [${i < links ? `n${i + 1}` : "10.0.0.0/8"}]`);
const networks = (lines: readonly string[]) => `${base}networks: { ${lines.join(", ")} }`;
const tooLarge = (name: string) =>
  `the network \`${name}\` comes to more than 10000 peers or 32 levels (name wider blocks in it)`;

describe("networks in networks", () => {
  test("are read to 32 levels, whichever stands first", () => {
    expect(refusalsOf(networks(chain(32)))).toEqual([]);
    expect(refusalsOf(networks(chain(32).toReversed()))).toEqual([]);
  });

  test("are refused beyond them, whichever stands first", () => {
    const refused = [`matrix.network.size 0.yaml:3:13: ${tooLarge("n0")}`];
    expect(refusalsOf(networks(chain(33)))).toEqual(refused);
    expect(refusalsOf(networks(chain(40)))).toEqual(refused);
    expect(refusalsOf(networks(["a: []", ...chain(33).toReversed()]))).toEqual([
      expect.stringMatching(/^matrix\.network\.size 0\.yaml:3:\d+: the network `n0` comes to more/),
    ]);
    const long = refusalsOf(networks(chain(5_000).toReversed()));
    expect(long[0]).toContain("or 32 levels");
  });

  // Each holds the one below it twice: 2 to the power of its number.
  const doubled = Array.from({ length: 13 }, (_, i) => `n${i + 1}: [n${i}, m${i}], m${i}: [n${i}]`);
  const sums = (sum: string) => ["n0: [10.0.0.0/8]", ...doubled, `sum: [${sum}]`, "out: [sum]"];

  test("are read to 10000 peers when written out", () => {
    expect(refusalsOf(networks(sums("n13, n10, n9, n8, n4")))).toEqual([]);
  });

  test("are refused beyond them, once and not wherever they are named", () => {
    expect(linesOf(networks(sums("n13, n10, n9, n8, n4, n0"))).map(line => line.slice(14))).toEqual(
      [tooLarge("sum")],
    );
  });
});
