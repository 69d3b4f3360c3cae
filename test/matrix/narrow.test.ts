// The narrow form of what was closed: one host, within the rule, or nothing.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { narrowForm } from "../../matrix/exceptions/narrow.ts";
import { covers } from "../../matrix/rules/rule.ts";
import { ruleOf } from "../support/deployed.ts";
import { actor, findingOf } from "../support/findings.ts";
import { freeRuleArb } from "../support/rules.ts";

const from = (rule: string, sourceIp?: string) =>
  narrowForm(findingOf({ rule, actor: { ...actor, sourceIp: sourceIp ?? "AWS Internal" } }));

describe("what was closed is narrowed", () => {
  it.each([
    ["ingress tcp 22 from 0.0.0.0/0", "203.0.113.9", "ingress tcp 22 from 203.0.113.9/32"],
    [
      "ingress tcp 1-100 from 203.0.113.0/24",
      "203.0.113.9",
      "ingress tcp 1-100 from 203.0.113.9/32",
    ],
    ["ingress all from 10.0.0.0/8", "10.1.2.3", "ingress all from 10.1.2.3/32"],
    ["ingress icmp 8/0 from 0.0.0.0/0", "192.0.2.1", "ingress icmp 8/0 from 192.0.2.1/32"],
    ["ingress tcp 22 from ::/0", "2001:DB8::0:1", "ingress tcp 22 from 2001:db8::1/128"],
    ["ingress tcp 22 from 10.1.2.3/32", "203.0.113.9", "ingress tcp 22 from 10.1.2.3/32"],
    ["ingress tcp 22 from 10.1.2.3/32", undefined, "ingress tcp 22 from 10.1.2.3/32"],
    ["ingress tcp 22 from 2001:db8::1/128", undefined, "ingress tcp 22 from 2001:db8::1/128"],
  ])("%s, by %s: %s", (rule, sourceIp, narrow) => {
    expect(from(rule, sourceIp)).toBe(narrow);
  });

  it.each([
    ["ingress tcp 22 from 10.0.0.0/8", "203.0.113.9"],
    ["ingress tcp 22 from 203.0.113.0/24", "10.1.2.3"],
    ["ingress tcp 22 from 0.0.0.0/0", "2001:db8::1"],
    ["ingress tcp 22 from ::/0", "203.0.113.9"],
    ["ingress tcp 22 from ::/0", "::ffff:203.0.113.9"],
    ["ingress tcp 22 from ::/0", "::203.0.113.9"],
    ["ingress tcp 22 from 0.0.0.0/0", "AWS Internal"],
    ["ingress tcp 22 from 0.0.0.0/0", "cloudformation.amazonaws.com"],
    ["ingress tcp 22 from 0.0.0.0/0", "203.0.113.9/24"],
    ["ingress tcp 22 from 0.0.0.0/0", "0.0.0.0/0"],
    ["ingress tcp 22 from 0.0.0.0/0", ""],
    ["ingress tcp 22 from sg-0c2d3e4f", "203.0.113.9"],
    ["ingress tcp 22 from pl-0a1b2c3d", "203.0.113.9"],
    ["egress tcp 22 to 0.0.0.0/0", "203.0.113.9"],
    ["egress tcp 22 to 10.1.2.3/32", "203.0.113.9"],
    ["not a rule", "203.0.113.9"],
  ])("%s, by %s: to nothing", (rule, sourceIp) => {
    expect(from(rule, sourceIp)).toBeUndefined();
  });

  it("to nothing where nobody is known to have made it", () => {
    const { actor: _, ...finding } = findingOf();
    expect(narrowForm(finding)).toBeUndefined();
  });

  it("to nothing where it is no drift", () => {
    expect(narrowForm(findingOf({ kind: "missing" }))).toBeUndefined();
  });

  it("to one host that the rule covers, whatever the rule and the address", () => {
    let narrowed = 0;
    const address = fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      fc.integer({ min: 0, max: 255 }).map(last => `10.0.0.${last}`),
      fc.integer({ min: 0, max: 255 }).map(last => `2001:db8::${last.toString(16)}`),
    );
    fc.assert(
      fc.property(freeRuleArb, address, (rule, sourceIp) => {
        const narrow = from(rule, sourceIp);
        if (narrow === undefined) return true;
        narrowed += 1;
        const made = ruleOf(narrow);
        const host = made.peer.kind === "cidr" ? made.peer.cidr : undefined;
        expect([made.shape, made.direction]).toEqual([ruleOf(rule).shape, "ingress"]);
        return covers(ruleOf(rule), made) && host !== undefined && host.first === host.last;
      }),
      { numRuns: 2_000 },
    );
    expect(narrowed).toBeGreaterThan(50);
  });
});
