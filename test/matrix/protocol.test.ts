// Protocols, ports and ICMP types: the one form each has, and what two of them come to.
import { describe, expect, it } from "vitest";
import {
  canonicalShape,
  formatShape,
  intersectShape,
  joinShape,
  parseProtocol,
  parseShape,
  type Shape,
  shapeCovers,
  shapeKey,
  shapeOf,
  spanOf,
} from "../../matrix/rules/protocol.ts";

const shape = (text: string): Shape => {
  const parsed = parseShape(text);
  if (!parsed) throw new Error(`not a shape: ${text}`);
  return parsed;
};
const shown = (found: Shape | undefined) => found && formatShape(found);

describe("a protocol", () => {
  it.each([
    ["tcp", 6],
    ["TCP", 6],
    ["udp", 17],
    ["icmp", 1],
    ["icmpv6", 58],
    ["all", -1],
    ["-1", -1],
    ["0", 0],
    ["255", 255],
    ["256", undefined],
    ["1000", undefined],
    ["6x", undefined],
    ["x6", undefined],
    ["-2", undefined],
    ["", undefined],
  ])("%j is %j", (text, number) => {
    expect(parseProtocol(text)).toBe(number);
  });
});

describe("a shape's text", () => {
  it.each([
    ["tcp 0", "tcp 0"],
    ["tcp 0-65535", "tcp 0-65535"],
    ["tcp", "tcp 0-65535"],
    ["tcp all", "tcp 0-65535"],
    ["  udp   53 ", "udp 53"],
    ["icmp", "icmp all"],
    ["icmp 0/0", "icmp 0/0"],
    ["icmp 255/255", "icmp 255/255"],
    ["icmpv6 128/all", "icmpv6 128/all"],
    ["icmp all", "icmp all"],
    ["all", "all"],
    ["proto 0", "proto 0"],
    ["proto 255", "proto 255"],
    ["proto 1", "icmp all"],
  ])("%j is %j", (text, canonical) => {
    expect(formatShape(shape(text))).toBe(canonical);
  });

  it.each([
    "",
    "tcp x22",
    "tcp 22x",
    "tcp 22-",
    "tcp 22-23-24",
    "tcp 0-65536",
    "tcp 123456",
    "udp x",
    "icmp 256/0",
    "icmp 0/256",
    "icmp x8/0",
    "icmp 8/0x",
    "icmp 8/allx",
    "all all",
    "proto",
    "proto 6x",
    "proto x6",
    "proto all",
    "gre",
    "6",
    "6 22",
    "tcp 22 23",
  ])("%j is none", text => {
    expect(parseShape(text)).toBeUndefined();
  });
});

describe("EC2's ports", () => {
  it.each([
    [6, undefined, undefined, "tcp 0-65535"],
    [6, -1, -1, "tcp 0-65535"],
    [6, 0, 0, "tcp 0"],
    [6, 22, undefined, "tcp 22"],
    [17, 1, 2, "udp 1-2"],
    [1, undefined, undefined, "icmp all"],
    [1, -1, 5, "icmp all"],
    [1, 0, 0, "icmp 0/0"],
    [1, 8, undefined, "icmp 8/all"],
    [58, 128, 3, "icmpv6 128/3"],
    [47, 1, 2, "proto 47"],
    [-1, 1, 2, "all"],
  ])("of %j, %j to %j are %s", (protocol, from, to, text) => {
    const canonical = canonicalShape(protocol, from, to);
    expect(formatShape(canonical)).toBe(text);
    expect(canonical).toEqual(shape(text));
  });
});

describe("a span", () => {
  it.each([
    ["tcp 22", 6, { a0: 22, a1: 22, b0: 0, b1: 0 }],
    ["all", 6, { a0: 0, a1: 65535, b0: 0, b1: 0 }],
    ["all", 1, { a0: 0, a1: 255, b0: 0, b1: 255 }],
    ["all", 47, { a0: 0, a1: 0, b0: 0, b1: 0 }],
    ["proto 47", 47, { a0: 0, a1: 0, b0: 0, b1: 0 }],
    ["icmp all", 1, { a0: 0, a1: 255, b0: 0, b1: 255 }],
    ["icmp 0/all", 1, { a0: 0, a1: 0, b0: 0, b1: 255 }],
    ["icmp 0/0", 1, { a0: 0, a1: 0, b0: 0, b1: 0 }],
    ["icmp 8/3", 1, { a0: 8, a1: 8, b0: 3, b1: 3 }],
  ])("of %s in protocol %d", (text, protocol, span) => {
    expect(spanOf(shape(text), protocol)).toEqual(span);
  });

  it.each(["tcp 22", "udp 0-65535", "icmp 8/3", "icmp 8/all", "icmp all", "proto 47"])(
    "of %s is it again",
    text => {
      const own = shape(text);
      expect(shapeOf(own.protocol, spanOf(own, own.protocol))).toEqual(own);
    },
  );
});

describe("two shapes", () => {
  it.each([
    ["tcp 1-5", "tcp 2-4", "tcp 2-4", "tcp 1-5"],
    ["tcp 1-5", "tcp 5-9", "tcp 5", "tcp 1-9"],
    ["tcp 1-5", "tcp 6-9", undefined, "tcp 1-9"],
    ["tcp 1-5", "tcp 7-9", undefined, undefined],
    ["tcp 1-5", "udp 1-5", undefined, undefined],
    ["tcp 1-5", "udp 2-6", undefined, undefined],
    ["icmp 8/0", "icmp 8/all", "icmp 8/0", "icmp 8/all"],
    ["icmp 8/0", "icmp 8/1", undefined, undefined],
    ["icmp 8/all", "icmp 9/all", undefined, undefined],
    ["icmp all", "icmp 9/1", "icmp 9/1", "icmp all"],
    ["all", "proto 47", "proto 47", "all"],
    ["proto 47", "proto 50", undefined, undefined],
    ["proto 47", "proto 47", "proto 47", "proto 47"],
  ])("%s and %s share %s and make up %s", (a, b, shared, joined) => {
    for (const [x, y] of [
      [a, b],
      [b, a],
    ] as const) {
      expect(shown(intersectShape(shape(x), shape(y)))).toBe(shared);
      expect(shown(joinShape(shape(x), shape(y)))).toBe(joined);
    }
  });

  it.each([
    ["all", "tcp 1", true],
    ["tcp 1", "all", false],
    ["tcp 1-5", "tcp 1-5", true],
    ["tcp 1-5", "tcp 0-5", false],
    ["tcp 1-5", "tcp 1-6", false],
    ["icmp 8/all", "icmp 8/0", true],
    ["icmp 8/0", "icmp 8/all", false],
    ["icmp 8/all", "icmp 9/0", false],
    ["icmp all", "icmp 0/0", true],
    ["icmp 0/0", "icmp all", false],
    ["icmp 8/0", "icmp 8/1", false],
    ["icmp all", "icmpv6 1/1", false],
  ])("%s covers %s: %s", (a, b, expected) => {
    expect(shapeCovers(shape(a), shape(b))).toBe(expected);
  });

  it("have different keys, and equal ones the same", () => {
    const shapes = [
      ...["all", "tcp 0", "tcp 0-1", "tcp 1", "tcp 0-65535", "tcp 65535", "udp 0", "proto 0"],
      ...[
        "icmp all",
        "icmp 0/all",
        "icmp 0/0",
        "icmp 0/1",
        "icmp 1/0",
        "icmp 255/255",
        "icmp 1/all",
      ],
      ...["proto 5", "proto 7", "proto 2", "icmpv6 0/0", "icmp 8/57", "icmpv6 8/0"],
    ].map(shape);
    expect(new Set(shapes.map(shapeKey)).size).toBe(shapes.length);
    expect(shapes.every(one => shapeKey(one) === shapeKey({ ...one }))).toBe(true);
    expect(shapes.map(shapeKey).every(key => Number.isSafeInteger(key) && key >= 0)).toBe(true);
  });
});
