// A rule's one text form: what it accepts, what it stores, what it refuses.
import { describe, expect, it } from "vitest";
import {
  covers,
  formatRule,
  intersect,
  parsePeer,
  parseRule,
  ruleFrom,
  samePeer,
  sameRule,
} from "../../matrix/rules/rule.ts";

const rule = (text: string) => {
  const parsed = parseRule(text);
  if (!parsed) throw new Error(`not a rule: ${text}`);
  return parsed;
};

describe("rule text", () => {
  it.each([
    ["ingress tcp 443 from 10.0.0.0/8", "ingress tcp 443 from 10.0.0.0/8"],
    ["ingress tcp 443 from 10.0.0.7/8", "ingress tcp 443 from 10.0.0.0/8"],
    ["egress all to ::/0", "egress all to ::/0"],
    ["ingress udp 53 from pl-0a1b2c3d", "ingress udp 53 from pl-0a1b2c3d"],
    ["ingress tcp 0-65535 from 2001:DB8::/32", "ingress tcp 0-65535 from 2001:db8::/32"],
    ["ingress tcp from 10.0.0.0/8", "ingress tcp 0-65535 from 10.0.0.0/8"],
    ["ingress icmp 8/0 from 0.0.0.0/0", "ingress icmp 8/0 from 0.0.0.0/0"],
    ["ingress icmp 8/all from 10.0.0.0/8", "ingress icmp 8/all from 10.0.0.0/8"],
    ["ingress icmp all from 0.0.0.0/0", "ingress icmp all from 0.0.0.0/0"],
    ["ingress icmpv6 128/0 from ::/0", "ingress icmpv6 128/0 from ::/0"],
    ["ingress proto 47 from 192.0.2.0/24", "ingress proto 47 from 192.0.2.0/24"],
    ["ingress proto 6 from 192.0.2.0/24", "ingress tcp 0-65535 from 192.0.2.0/24"],
    [
      "ingress tcp 22 from sg-0c2d3e4f@111122223333",
      "ingress tcp 22 from sg-0c2d3e4f@111122223333",
    ],
    ["ingress tcp 22 from sg-0c2d3e4f@?", "ingress tcp 22 from sg-0c2d3e4f@?"],
    ["  ingress   tcp  22   from   ::1  ", "ingress tcp 22 from ::1/128"],
  ])("%s is %s", (text, canonical) => {
    expect(formatRule(rule(text))).toBe(canonical);
  });

  it.each([
    "",
    "ingress",
    "ingress tcp 443 to 10.0.0.0/8",
    "egress tcp 443 from 10.0.0.0/8",
    "ingress tcp 70000 from 10.0.0.0/8",
    "ingress tcp 10-9 from 10.0.0.0/8",
    "ingress icmp 8 from 10.0.0.0/8",
    "ingress icmp 300/0 from 10.0.0.0/8",
    "ingress proto 256 from 10.0.0.0/8",
    "ingress all 22 from 10.0.0.0/8",
    "ingress tcp 22 from sg-xyz",
    "ingress tcp 22 from sg-0c2d3e4f@12",
    "ingress tcp 22 from pl-1",
    "ingress tcp 22 from pl-0a1b2c3d-4",
    "ingress tcp 22 from x-pl-0a1b2c3d",
    "ingress tcp 22 from x-sg-0c2d3e4f",
    "ingress tcp 22 from sg-0c2d3e4f@?!",
    "an ingress tcp 22 from ::1",
    "ingress tcp 22 from ::1 please",
    "ingress tcp 22 from",
    "inbound tcp 22 from 10.0.0.0/8",
    "ingress tcp 22 23 from 10.0.0.0/8",
  ])("%j is none", text => {
    expect(parseRule(text)).toBeUndefined();
  });
});

describe("EC2's fields", () => {
  it.each([
    [
      { protocol: "-1", fromPort: 22, toPort: 22, cidrIpv4: "10.0.0.5/8" },
      "ingress all from 10.0.0.0/8",
    ],
    [
      { protocol: "6", fromPort: 22, toPort: 22, cidrIpv4: "10.0.0.0/8" },
      "ingress tcp 22 from 10.0.0.0/8",
    ],
    [
      { protocol: "50", fromPort: 22, toPort: 22, cidrIpv4: "10.0.0.0/8" },
      "ingress proto 50 from 10.0.0.0/8",
    ],
    [
      { protocol: "58", fromPort: -1, toPort: -1, cidrIpv6: "::/0" },
      "ingress icmpv6 all from ::/0",
    ],
    [{ protocol: "icmpv6", cidrIpv6: "::/0" }, "ingress icmpv6 all from ::/0"],
    [
      { protocol: "icmp", fromPort: 8, toPort: -1, cidrIpv4: "0.0.0.0/0" },
      "ingress icmp 8/all from 0.0.0.0/0",
    ],
    [
      {
        protocol: "tcp",
        fromPort: 22,
        toPort: 22,
        groupId: "sg-0c2d3e4f",
        groupOwner: "111122223333",
      },
      "ingress tcp 22 from sg-0c2d3e4f",
    ],
    [
      {
        protocol: "tcp",
        fromPort: 22,
        toPort: 22,
        groupId: "sg-0c2d3e4f",
        groupOwner: "999988887777",
      },
      "ingress tcp 22 from sg-0c2d3e4f@999988887777",
    ],
  ])("%j are %s", (fields, text) => {
    const found = ruleFrom({ direction: "ingress", ...fields }, "111122223333");
    expect(found && formatRule(found)).toBe(text);
  });

  it("may name a prefix list, or somebody else's group where the own account is not known", () => {
    const tcp = { direction: "egress", protocol: 6, fromPort: 1, toPort: 2 } as const;
    expect(ruleFrom({ ...tcp, prefixListId: "pl-0a1b2c3d" })).toStrictEqual(
      rule("egress tcp 1-2 to pl-0a1b2c3d"),
    );
    expect(ruleFrom({ ...tcp, groupId: "sg-0c2d3e4f" })).toStrictEqual(
      rule("egress tcp 1-2 to sg-0c2d3e4f"),
    );
    expect(ruleFrom({ ...tcp, groupId: "sg-0c2d3e4f" }, "111122223333")).toStrictEqual(
      rule("egress tcp 1-2 to sg-0c2d3e4f"),
    );
  });

  it("of a protocol or a block nobody knows are no rule", () => {
    const fields = { direction: "ingress", protocol: "gre", cidrIpv4: "10.0.0.0/8" } as const;
    expect(ruleFrom(fields)).toBeUndefined();
    expect(ruleFrom({ ...fields, protocol: 6, cidrIpv4: "10.0.0.0/33" })).toBeUndefined();
  });

  it("without a peer are no rule", () => {
    expect(
      ruleFrom({ direction: "ingress", protocol: "tcp", fromPort: 1, toPort: 1 }),
    ).toBeUndefined();
  });
});

describe("two rules", () => {
  it.each([
    ["ingress all from 10.0.0.0/8", "ingress icmp 8/0 from 10.1.0.0/16", true],
    ["ingress icmp all from 10.0.0.0/8", "ingress icmp 8/all from 10.0.0.0/8", true],
    ["ingress icmp 8/all from 10.0.0.0/8", "ingress icmp 8/0 from 10.0.0.0/8", true],
    ["ingress icmp 8/0 from 10.0.0.0/8", "ingress icmp 8/all from 10.0.0.0/8", false],
    ["ingress tcp 20-25 from 10.0.0.0/8", "ingress tcp 22 from 10.0.0.0/8", true],
    ["ingress tcp 22 from 0.0.0.0/0", "ingress tcp 22 from sg-0c2d3e4f", false],
    ["ingress tcp 22 from sg-0c2d3e4f", "ingress tcp 22 from sg-0c2d3e4f@111122223333", false],
    ["egress tcp 22 to 10.0.0.0/8", "ingress tcp 22 from 10.0.0.0/8", false],
    ["ingress tcp 22 from pl-0a1b2c3d", "ingress tcp 22 from pl-0a1b2c3d", true],
    ["ingress tcp 22 from pl-0a1b2c3d", "ingress tcp 22 from 10.0.0.0/8", false],
    ["ingress tcp 22 from 10.0.0.0/8", "ingress tcp 22 from 11.0.0.0/8", false],
  ])("%s covers %s: %s", (outer, inner, expected) => {
    expect(covers(rule(outer), rule(inner))).toBe(expected);
  });

  it.each([
    [
      "ingress all from 10.0.0.0/8",
      "ingress tcp 22 from 0.0.0.0/0",
      "ingress tcp 22 from 10.0.0.0/8",
    ],
    [
      "ingress tcp 20-25 from 10.0.0.0/8",
      "ingress tcp 24-30 from 10.1.0.0/16",
      "ingress tcp 24-25 from 10.1.0.0/16",
    ],
    ["ingress icmp 8/0 from 10.0.0.0/8", "ingress icmp 0/0 from 10.0.0.0/8", undefined],
    ["ingress tcp 22 from pl-0a1b2c3d", "ingress tcp 22 from 10.0.0.0/8", undefined],
    ["ingress tcp 22 from 10.0.0.0/8", "ingress tcp 22 from pl-0a1b2c3d", undefined],
    ["ingress tcp 22 from 10.0.0.0/8", "egress tcp 22 to 10.0.0.0/8", undefined],
    [
      "ingress all from pl-0a1b2c3d",
      "ingress tcp 22 from pl-0a1b2c3d",
      "ingress tcp 22 from pl-0a1b2c3d",
    ],
  ])("%s and %s share %s", (a, b, shared) => {
    const found = intersect(rule(a), rule(b));
    expect(found && formatRule(found)).toBe(shared);
  });

  it.each([
    ["10.0.0.0/8", "10.0.0.0/8", true],
    ["10.0.0.0/8", "10.0.0.0/9", false],
    ["10.0.0.0/8", "pl-0a1b2c3d", false],
    ["pl-0a1b2c3d", "pl-0a1b2c3d", true],
    ["pl-0a1b2c3d", "pl-0a1b2c3e", false],
    ["pl-0a1b2c3d", "10.0.0.0/8", false],
    ["pl-0a1b2c3d", "sg-0c2d3e4f", false],
    ["sg-0c2d3e4f", "sg-0c2d3e4f", true],
    ["sg-0c2d3e4f", "sg-0c2d3e40", false],
    ["sg-0c2d3e4f", "sg-0c2d3e4f@111122223333", false],
    ["sg-0c2d3e4f@?", "sg-0c2d3e40@?", false],
    ["sg-0c2d3e4f", "10.0.0.0/8", false],
  ])("of %s and %s have the same peer: %s", (a, b, expected) => {
    const [x, y] = [parsePeer(a), parsePeer(b)];
    expect(x && y && samePeer(x, y)).toBe(expected);
  });

  it("with peers of two kinds have not the same, whatever their ids", () => {
    const [list, group] = [
      { kind: "prefix-list", id: "x" } as const,
      { kind: "group", id: "x" } as const,
    ];
    expect([samePeer(list, group), samePeer(group, list)]).toEqual([false, false]);
  });

  it.each([
    ["ingress tcp 22 from ::/0", "ingress tcp 22 from ::/0", true],
    ["ingress tcp 22 from ::/0", "ingress udp 22 from ::/0", false],
    ["ingress tcp 22 from ::/0", "ingress tcp 22-23 from ::/0", false],
    ["ingress tcp 22-23 from ::/0", "ingress tcp 23 from ::/0", false],
    ["ingress tcp 22 from ::/0", "egress tcp 22 to ::/0", false],
    ["ingress tcp 22 from ::/0", "ingress tcp 22 from ::/1", false],
  ])("%s and %s have one text: %s", (a, b, expected) => {
    expect(sameRule(rule(a), rule(b))).toBe(expected);
  });
});
