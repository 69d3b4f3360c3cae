// The permitted part of a rule, in as few rules as say it.
import { describe, expect, it } from "vitest";
import type { Permit } from "../../matrix/flows/part.ts";
import { type BoxPeer, boxOf } from "../../matrix/rules/box.ts";
import { merged } from "../../matrix/rules/merge.ts";
import { mergePieces, permittedListPieces, permittedPieces } from "../../matrix/rules/remainder.ts";
import { formatRule, parseRule, type Rule } from "../../matrix/rules/rule.ts";

const rule = (text: string): Rule => {
  const parsed = parseRule(text);
  if (!parsed) throw new Error(`not a rule: ${text}`);
  return parsed;
};
const grant = { kind: "egress-open", part: "web" } as const;
const permit = (text: string): Permit => ({ ...boxOf(rule(text)), grant });
const anybody = (text: string, family?: 4 | 6): Permit => {
  const peer: BoxPeer = family === undefined ? { kind: "any" } : { kind: "any", family };
  return { ...permit(text), peer };
};

describe("the permitted part", () => {
  const any4 = anybody("ingress tcp 22 from 0.0.0.0/0", 4);
  const any6 = anybody("ingress tcp 22 from 0.0.0.0/0", 6);
  it.each<[string, Permit[], string[]]>([
    ["ingress tcp from 10.0.0.0/8", [any4], ["ingress tcp 22 from 10.0.0.0/8"]],
    ["ingress tcp from 10.0.0.0/8", [any6], []],
    ["ingress tcp from ::/0", [any4], []],
    ["ingress tcp from ::/0", [any6], ["ingress tcp 22 from ::/0"]],
    ["ingress tcp from ::/0", [anybody("ingress tcp 22 from ::/0")], ["ingress tcp 22 from ::/0"]],
    ["ingress tcp from sg-0c2d3e4f", [any4], ["ingress tcp 22 from sg-0c2d3e4f"]],
    ["egress tcp to 10.0.0.0/8", [any4], []],
    [
      "ingress tcp from sg-0c2d3e4f",
      [permit("ingress tcp 22 from sg-0c2d3e4f")],
      ["ingress tcp 22 from sg-0c2d3e4f"],
    ],
    ["ingress tcp from sg-0c2d3e4f", [permit("ingress tcp 22 from sg-0c2d3e40")], []],
    ["ingress tcp from sg-0c2d3e4f", [permit("ingress tcp 22 from 0.0.0.0/0")], []],
    ["ingress tcp from 10.0.0.0/8", [permit("ingress tcp 22 from sg-0c2d3e4f")], []],
    ["ingress tcp from 10.0.0.0/8", [permit("ingress udp 22 from 0.0.0.0/0")], []],
    ["ingress tcp from 10.0.0.0/8", [permit("ingress tcp 22 from 11.0.0.0/8")], []],
    [
      "ingress tcp from 10.0.0.0/8",
      [permit("ingress tcp 1-2 from 10.0.0.0/8"), permit("ingress tcp 3-4 from 0.0.0.0/0")],
      ["ingress tcp 1-4 from 10.0.0.0/8"],
    ],
  ])("of %s", (text, permits, pieces) => {
    expect(permittedPieces(rule(text), permits).map(formatRule)).toEqual(pieces);
  });
});

describe("the permitted part of a list's rule", () => {
  const LIST = "pl-0a1b2c3d";
  const pieces = (text: string, permits: readonly Permit[]) =>
    permittedListPieces(rule(text), permits, undefined).map(formatRule);

  it("is nothing by what is permitted the other way", () => {
    expect(pieces(`ingress tcp from ${LIST}`, [permit(`egress tcp 22 to ${LIST}`)])).toEqual([]);
  });

  const protocols = Array.from({ length: 256 }, (_, protocol) => protocol);
  const all = protocols.map(protocol => permit(`ingress proto ${protocol} from ${LIST}`));
  it.each([
    ["tcp 22", "tcp 22"],
    ["tcp 0-22", "tcp 0-22"],
    ["tcp 22-65535", "tcp 22-65535"],
  ])("of all protocols is all but what is not %s, where each is permitted by name", (tcp, kept) => {
    expect(pieces(`ingress all from ${LIST}`, all)).toEqual([`ingress all from ${LIST}`]);
    const some = all.with(6, permit(`ingress ${tcp} from ${LIST}`));
    const found = pieces(`ingress all from ${LIST}`, some);
    expect(found).toHaveLength(256);
    expect(found).toContain(`ingress ${kept} from ${LIST}`);
    expect(found).toContain(`ingress proto 255 from ${LIST}`);
  });

  it("of all protocols is none that nobody named", () => {
    const named = [permit(`ingress tcp from ${LIST}`), permit(`ingress proto 0 from ${LIST}`)];
    expect(pieces(`ingress all from ${LIST}`, named)).toEqual(
      ["tcp 0-65535", "proto 0"].map(shape => `ingress ${shape} from ${LIST}`),
    );
    const everything = permit(`ingress all from ${LIST}`);
    expect(pieces(`ingress all from ${LIST}`, [...named, everything])).toEqual([
      `ingress all from ${LIST}`,
    ]);
  });
});

describe("pieces", () => {
  it.each([
    [["tcp 1 from 10.0.0.0/9", "tcp 1 from 10.128.0.0/9"], ["tcp 1 from 10.0.0.0/8"]],
    [
      ["tcp 1 from 10.0.0.0/9", "tcp 2 from 10.128.0.0/9"],
      ["tcp 1 from 10.0.0.0/9", "tcp 2 from 10.128.0.0/9"],
    ],
    [
      ["tcp 1-2 from 10.0.0.0/9", "tcp 1-3 from 10.128.0.0/9"],
      ["tcp 1-2 from 10.0.0.0/9", "tcp 1-3 from 10.128.0.0/9"],
    ],
    [
      ["tcp 1-3 from 10.0.0.0/9", "tcp 2-3 from 10.128.0.0/9"],
      ["tcp 1-3 from 10.0.0.0/9", "tcp 2-3 from 10.128.0.0/9"],
    ],
    [
      ["tcp 1 from 10.0.0.0/9", "udp 1 from 10.128.0.0/9"],
      ["tcp 1 from 10.0.0.0/9", "udp 1 from 10.128.0.0/9"],
    ],
    [["tcp 1 from 10.0.0.0/8", "tcp 2 from 10.0.0.0/8"], ["tcp 1-2 from 10.0.0.0/8"]],
    [
      ["tcp 1 from 10.0.0.0/8", "tcp 3 from 10.0.0.0/8"],
      ["tcp 1 from 10.0.0.0/8", "tcp 3 from 10.0.0.0/8"],
    ],
    [
      ["tcp 1 from 10.0.0.0/8", "tcp 3 from 10.0.0.0/8", "tcp 2 from 10.0.0.0/8"],
      ["tcp 1-3 from 10.0.0.0/8"],
    ],
    [
      ["tcp 1 from sg-0c2d3e4f", "tcp 1 from 10.0.0.0/8"],
      ["tcp 1 from sg-0c2d3e4f", "tcp 1 from 10.0.0.0/8"],
    ],
    [
      ["tcp 1 from 10.0.0.0/8", "tcp 1 from sg-0c2d3e4f"],
      ["tcp 1 from 10.0.0.0/8", "tcp 1 from sg-0c2d3e4f"],
    ],
    [["tcp 1 from sg-0c2d3e4f", "tcp 2 from sg-0c2d3e4f"], ["tcp 1-2 from sg-0c2d3e4f"]],
    [["tcp 1 from 10.0.0.0/16", "tcp 1 from 10.0.0.0/8"], ["tcp 1 from 10.0.0.0/8"]],
    [["tcp 1 from 10.0.0.0/8", "tcp 1 from 10.0.0.0/16"], ["tcp 1 from 10.0.0.0/8"]],
    [
      [
        "tcp 1 from 10.0.0.0/10",
        "tcp 9 from 10.0.0.0/8",
        "tcp 1 from 10.128.0.0/9",
        "tcp 1 from 10.64.0.0/10",
      ],
      ["tcp 9 from 10.0.0.0/8", "tcp 1 from 10.0.0.0/8"],
    ],
  ])("%j are %j", (texts, expected) => {
    const found = mergePieces(texts.map(text => rule(`ingress ${text}`)));
    expect(found.map(piece => formatRule(piece).replace("ingress ", ""))).toEqual(expected);
  });

  it("of two directions stay two", () => {
    const both = ["ingress tcp 1 from 10.0.0.0/8", "egress tcp 2 to 10.0.0.0/8"];
    expect(mergePieces(both.map(rule)).map(formatRule)).toEqual(both);
  });
});

describe("many things made few", () => {
  const sets = {
    covers: (a: string, b: string) => a.includes(b),
    join: (a: string, b: string) => (a.at(-1) === b[0] ? a + b.slice(1) : undefined),
  };
  it.each([
    [
      ["ab", "bc", "x"],
      ["abc", "x"],
    ],
    [["a", "abc", "b"], ["abc"]],
    [
      ["x", "ab", "y", "bc"],
      ["x", "y", "abc"],
    ],
    [
      ["ab", "cd", "bc"],
      ["cd", "abc"],
    ],
    [[], []],
  ])("%j: %j", (items, few) => {
    expect(merged(items, sets)).toEqual(few);
  });
});
