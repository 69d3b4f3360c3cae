// The law of an import: compiled for the account it came from, the matrix permits exactly the rules
// that stand there, and in enforce there is nothing to do.
import fc from "fast-check";
import { expect, it } from "vitest";
import type { SecurityGroup } from "../../matrix/group.ts";
import { parseRule } from "../../matrix/rules/rule.ts";
import { ACCOUNT, importAndCheck, isUnsayable } from "../support/imported.ts";
import { closeRuleArb, freeRuleArb } from "../support/rules.ts";

const VPCS = ["vpc-0a000000000000001", "vpc-0b000000000000002"] as const;
const IDS = ["sg-0a000000000000001", "sg-0b000000000000002", "sg-0b000000000000003"] as const;

// References between the groups, so often both ways that flows have two sides.
const betweenArb = fc
  .tuple(
    fc.constantFrom("ingress", "egress"),
    fc.constantFrom("tcp 22", "tcp 443", "all", "icmp all", "udp 0-65535"),
    fc.constantFrom(...IDS),
  )
  .map(
    ([direction, ports, id]) =>
      `${direction} ${ports} ${direction === "ingress" ? "from" : "to"} ${id}`,
  );

const ruleArb = fc.oneof(
  { weight: 3, arbitrary: betweenArb },
  { weight: 2, arbitrary: freeRuleArb },
  { weight: 2, arbitrary: closeRuleArb },
  { weight: 1, arbitrary: fc.constantFrom("egress all to 0.0.0.0/0", "egress all to ::/0") },
);

const groupArb = fc.record({
  name: fc.constantFrom(
    "web",
    "web",
    "default",
    "public",
    "10.0.0.1",
    "Büro (alt)",
    "a\u202eb",
    "1e5",
    "x: y",
  ),
  vpcId: fc.constantFrom(...VPCS),
  tags: fc.constantFrom<Record<string, string>>({}, {}, { "aws:eks:cluster-name": "c" }),
  rules: fc.uniqueArray(ruleArb, { maxLength: 8 }),
  description: fc.constantFrom(undefined, undefined, "office", "web", 'say "hi", # {all}', " "),
});

const accountArb = fc.record({
  groups: fc.array(groupArb, { minLength: 1, maxLength: 3 }),
  ipv6Vpcs: fc.subarray([...VPCS]),
});

it("permits exactly what stands in the account, and enforce has nothing to do", () => {
  const seen = {
    rules: 0,
    bothSides: 0,
    oneSide: 0,
    open: 0,
    networks: 0,
    several: 0,
    observed: 0,
  };
  fc.assert(
    fc.property(accountArb, ({ groups: draws, ipv6Vpcs }) => {
      const groups = draws.map(({ rules, description, ...draw }, index): SecurityGroup => {
        const live = rules.flatMap(text => {
          const rule = parseRule(text);
          return rule ? [{ rule, ...(description === undefined ? {} : { description }) }] : [];
        });
        return { ...draw, id: IDS[index] ?? "", owner: ACCOUNT, rules: live };
      });
      const { text, document, faults } = importAndCheck(groups, new Set(ipv6Vpcs));
      expect(faults, text).toEqual([]);
      const isEntry = ({ kind }: { kind: string }) => kind === "entry";
      const inner = document.flows.filter(({ from, to }) => from.some(isEntry) && to.some(isEntry));
      seen.rules += groups.flatMap(group =>
        group.rules.filter(live => !isUnsayable(live.rule)),
      ).length;
      seen.oneSide += inner.filter(({ sides }) => sides !== undefined).length;
      seen.bothSides += inner.filter(({ sides }) => sides === undefined).length;
      seen.open += Object.values(document.groups).filter(({ egress }) => egress === "open").length;
      seen.networks += Object.keys(document.networks).length;
      seen.several += document.flows.filter(({ from, to }) => from.length + to.length > 2).length;
      seen.observed += Object.values(document.groups).filter(
        ({ mode }) => mode === "observe",
      ).length;
    }),
    { numRuns: 1_000 },
  );
  expect(
    Object.values(seen).every(count => count > 50),
    JSON.stringify(seen),
  ).toBe(true);
}, 60_000);
