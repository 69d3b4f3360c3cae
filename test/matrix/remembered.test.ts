// Equal things are one value as long as they are remembered, and never another's.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { remembered } from "../../matrix/remembered.ts";
import { canonicalShape, TCP } from "../../matrix/rules/protocol.ts";
import { parseRule, ruleFrom } from "../../matrix/rules/rule.ts";

describe("what is remembered", () => {
  it("is made once for a key", () => {
    let made = 0;
    const of = remembered(10, (key: string) => ({ key, number: ++made }));
    expect(of("a")).toBe(of("a"));
    expect(of("b")).toEqual({ key: "b", number: 2 });
    expect(made).toBe(2);
  });

  it("is forgotten when there is too much of it", () => {
    let made = 0;
    const of = remembered(2, (_: number) => ({ number: ++made }));
    const first = of(1);
    of(2);
    of(3);
    expect(of(1)).not.toBe(first);
    expect(made).toBe(4);
  });

  it("is never an answer that there was none", () => {
    let made = 0;
    const of = remembered(10, (_: string): string | undefined => {
      made += 1;
      return undefined;
    });
    of("a");
    expect(of("a")).toBeUndefined();
    expect(made).toBe(2);
  });
});

describe("equal rules", () => {
  it.each([
    "ingress tcp 443 from 10.0.0.0/8",
    "egress all to ::/0",
    "ingress icmp 8/all from 10.0.0.0/8",
    "ingress tcp 22 from sg-0c2d3e4f@111122223333",
    "ingress udp 53 from pl-0a1b2c3d",
  ])("such as %s are one value", text => {
    const rule = parseRule(text);
    expect(rule).toBeDefined();
    expect(parseRule(text)).toBe(rule);
  });

  it("read from fields are the one read from text", () => {
    const fields = { direction: "ingress", protocol: "tcp", fromPort: 443, toPort: 443 } as const;
    const rule = ruleFrom({ ...fields, cidrIpv4: "10.0.0.0/8" });
    expect(rule).toBe(parseRule("ingress tcp 443 from 10.0.0.0/8"));
  });

  it("keep the ports they were given, however wild", () => {
    const port = fc.oneof(
      fc.integer({ min: 0, max: 65_535 }),
      fc.integer({ min: 65_536, max: 2 ** 31 }),
      fc.constantFrom(2 ** 17 - 1, 2 ** 17, 2 ** 17 + 1, 2 ** 34, 80.5),
    );
    fc.assert(
      fc.property(port, port, (from, to) => {
        expect(canonicalShape(TCP, from, to)).toEqual({ protocol: TCP, from, to });
      }),
    );
  });
});
