// The smaller laws: rule text, covering, narrowing, exceptions and their windows, modes. What a law
// needs to know of packets it asks the oracle; the law of exact revert has a file of its own.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { liveRule, newPermission } from "../../functions/aws/ip-permission.ts";
import { type Plan, planFor, restrict } from "../../matrix/plan.ts";
import { boxOf, isCovered } from "../../matrix/rules/box.ts";
import { type Cidr, formatAddress } from "../../matrix/rules/cidr.ts";
import { covers, formatRule, intersect, parseRule, type Rule } from "../../matrix/rules/rule.ts";
import { judge, type Verdict } from "../../matrix/verdict.ts";
import { caseArb } from "../support/arbitraries.ts";
import {
  groupOf,
  judgementOf,
  NOW,
  planText,
  policyOf,
  ruleOf,
  statesOf,
} from "../support/law-subject.ts";
import type { Case } from "../support/oracle/case.ts";
import { packetsOfRules } from "../support/oracle/law.ts";
import { peerTest, ruleParts } from "../support/oracle/packet.ts";
import { both, isWithin, universeOf } from "../support/oracle/universe.ts";
import { anyRuleArb, closeRuleArb } from "../support/rules.ts";
import { seed } from "../support/seed.ts";

const isSlow = process.env.PORTWARD_SLOW === "1";
const runs = (few: number) => ({ numRuns: isSlow ? few * 20 : few, seed });
const timeout = isSlow ? 1_800_000 : 60_000;

/**
 * Runs a law and fails when fewer than `floor` of its runs met what it is about. The slow run may be
 * on any seed, so half as often is enough there.
 */
function holds(
  arbitrary: fc.Arbitrary<unknown>[],
  few: number,
  floor: number,
  law: (...values: never[]) => number,
): void {
  let met = 0;
  const property = fc.property(fc.tuple(...arbitrary), values => {
    const times = law(...(values as never[]));
    expect(times).toBeGreaterThanOrEqual(0);
    if (times > 0) met += 1;
  });
  fc.assert(property, runs(few));
  const isAlways = floor === few;
  expect(met).toBeGreaterThanOrEqual(floor * (isSlow ? (isAlways ? 20 : 10) : 1));
}

const packetsFor = (texts: readonly string[]) => {
  const parts = texts.map(ruleParts);
  const universe = universeOf(
    parts.map(part => part.ports),
    parts.map(part => part.peer),
  );
  return (rules: readonly string[]) => packetsOfRules(universe, rules);
};

describe("rule text", () => {
  it("reads back what it writes", () => {
    holds([anyRuleArb], 1000, 1000, (text: string) => {
      const rule = ruleOf(text);
      expect(parseRule(formatRule(rule))).toEqual(rule);
      return 1;
    });
  });

  it("is canonical after one reading", () => {
    holds([anyRuleArb], 1000, 100, (text: string) => {
      const canonical = formatRule(ruleOf(text));
      expect(formatRule(ruleOf(canonical))).toBe(canonical);
      return canonical === text ? 0 : 1;
    });
  });

  it("means the packets it says", () => {
    holds([anyRuleArb], 500, 100, (text: string) => {
      const canonical = formatRule(ruleOf(text));
      const packets = packetsFor([text, canonical]);
      expect(packets([canonical])).toEqual(packets([text]));
      return canonical === text ? 0 : 1;
    });
  });

  it("survives the wire form of EC2", () => {
    holds([anyRuleArb], 1000, 1000, (text: string) => {
      const rule = ruleOf(text);
      expect(liveRule(wireOf(rule))?.rule).toEqual(rule);
      return 1;
    });
  });
});

// What DescribeSecurityGroupRules says of a rule that was authorized in this wire form.
function wireOf(rule: Rule) {
  const permission = newPermission(rule);
  const pair = permission.UserIdGroupPairs?.[0];
  const { owner } = rule.peer.kind === "group" ? rule.peer : {};
  const UserId =
    owner === undefined ? { UserId: "111122223333" } : owner === "?" ? {} : { UserId: owner };
  return {
    GroupOwnerId: "111122223333",
    IsEgress: rule.direction === "egress",
    IpProtocol: permission.IpProtocol,
    FromPort: permission.FromPort,
    ToPort: permission.ToPort,
    CidrIpv4: permission.IpRanges?.[0]?.CidrIp,
    CidrIpv6: permission.Ipv6Ranges?.[0]?.CidrIpv6,
    PrefixListId: permission.PrefixListIds?.[0]?.PrefixListId,
    ...(pair ? { ReferencedGroupInfo: { GroupId: pair.GroupId, ...UserId } } : {}),
  };
}

describe("covers", () => {
  it("holds of every rule and itself", () => {
    holds([anyRuleArb], 500, 500, (text: string) => {
      expect(covers(ruleOf(text), ruleOf(text))).toBe(true);
      return 1;
    });
  });

  it("passes through", () => {
    holds([closeRuleArb, closeRuleArb, closeRuleArb], 3000, 20, (...texts: string[]) => {
      const [a, b, c] = texts.map(ruleOf) as [Rule, Rule, Rule];
      if (!covers(a, b) || !covers(b, c)) return 0;
      expect(covers(a, c)).toBe(true);
      return texts[0] === texts[1] || texts[1] === texts[2] ? 0 : 1;
    });
  });

  it("agrees with brute force", () => {
    holds([closeRuleArb, closeRuleArb], 1500, 30, (a: string, b: string) => {
      const packets = packetsFor([a, b]);
      const isCovering = covers(ruleOf(a), ruleOf(b));
      expect(isCovering).toBe(isWithin(packets([b]), packets([a])));
      return isCovering ? 1 : 0;
    });
  });

  it("agrees with brute force where several rules cover jointly", () => {
    const many = fc.array(closeRuleArb, { minLength: 2, maxLength: 12 });
    holds([closeRuleArb, many], 1500, 5, (text: string, others: string[]) => {
      const packets = packetsFor([text, ...others]);
      const isHeld = isCovered(
        boxOf(ruleOf(text)),
        others.map(other => boxOf(ruleOf(other))),
      );
      expect(isHeld).toBe(isWithin(packets([text]), packets(others)));
      return isHeld && !others.some(other => covers(ruleOf(other), ruleOf(text))) ? 1 : 0;
    });
  });
});

describe("intersect", () => {
  it("agrees with brute force", () => {
    holds([closeRuleArb, closeRuleArb], 1500, 60, (a: string, b: string) => {
      const shared = intersect(ruleOf(a), ruleOf(b));
      const texts = shared ? [formatRule(shared)] : [];
      const packets = packetsFor([a, b, ...texts]);
      expect(packets(texts)).toEqual(both(packets([a]), packets([b])));
      return shared ? 1 : 0;
    });
  });
});

describe("judging", () => {
  it(
    "keeps a permitted rule permitted when it is narrowed",
    () => {
      holds(
        [caseArb, fc.array(closeRuleArb, { minLength: 9 })],
        300,
        60,
        (c: Case, others: string[]) => {
          const policy = policyOf(c);
          if (!policy) return 0;
          const kinds = ["permitted", "excepted"];
          const whole = liveVerdicts(judgementOf(c, policy, c.rules).verdicts);
          const narrowed = whole
            .filter(verdict => kinds.includes(verdict.kind))
            .flatMap(verdict =>
              others.flatMap(text => intersect(verdict.live.rule, ruleOf(text)) ?? []),
            );
          const judged = judgementOf(c, policy, narrowed.map(formatRule)).verdicts;
          expect(liveVerdicts(judged).filter(verdict => !kinds.includes(verdict.kind))).toEqual([]);
          return narrowed.length;
        },
      );
    },
    timeout,
  );

  it(
    "takes no heed of descriptions",
    () => {
      holds([caseArb, fc.string()], 200, 100, (c: Case, description: string) => {
        const policy = policyOf(c);
        if (!policy) return 0;
        const bare = judgementOf(c, policy, c.rules);
        const group = groupOf(c, c.rules);
        const rules = group.rules.map(live => ({ ...live, description }));
        // No list is known in either, so lists are alike too.
        const [a, b] = [judge(group, policy), judge({ ...group, rules }, policy)];
        expect(b.verdicts.map(outline)).toEqual(a.verdicts.map(outline));
        expect(planText(planFor(b, "enforce"))).toEqual(planText(planFor(a, "enforce")));
        return bare.verdicts.length;
      });
    },
    timeout,
  );

  it(
    "takes no heed of the order of rules",
    () => {
      holds([caseArb], 200, 100, (c: Case) => {
        const policy = policyOf(c);
        if (!policy) return 0;
        const forward = judgementOf(c, policy, c.rules);
        const backward = judgementOf(c, policy, c.rules.toReversed());
        expect(backward.verdicts.map(outline).toSorted()).toEqual(
          forward.verdicts.map(outline).toSorted(),
        );
        return c.rules.length > 1 ? 1 : 0;
      });
    },
    timeout,
  );
});

type LiveVerdict = Exclude<Verdict, { kind: "missing" }>;

const liveVerdicts = (verdicts: readonly Verdict[]): LiveVerdict[] =>
  verdicts.filter((verdict): verdict is LiveVerdict => verdict.kind !== "missing");

function outline(verdict: Verdict): string {
  if (verdict.kind === "missing") return `missing ${formatRule(verdict.line.rule)}`;
  const kept = verdict.kind === "drift" ? verdict.kept.map(formatRule).toSorted().join(", ") : "";
  return `${verdict.kind} ${formatRule(verdict.live.rule)} ${kept}`;
}

describe("a plan", () => {
  it(
    "never touches a rule that is permitted, excepted or tolerated",
    () => {
      holds([caseArb], 300, 100, (c: Case) => {
        const policy = policyOf(c);
        if (!policy) return 0;
        const judgement = judgementOf(c, policy, c.rules);
        const plan = planText(planFor(judgement, "enforce"));
        const touched = [...plan.revoke, ...plan.modify.map(step => step.from)];
        const sound = liveVerdicts(judgement.verdicts)
          .filter(verdict => verdict.kind !== "drift")
          .map(verdict => formatRule(verdict.live.rule));
        expect(sound.filter(text => touched.includes(text))).toEqual([]);
        return sound.length;
      });
    },
    timeout,
  );

  it(
    "opens the same whatever the order of rules",
    () => {
      holds([caseArb], 200, 80, (c: Case) => {
        const policy = policyOf(c);
        if (!policy) return 0;
        const rulesAfter = (rules: string[]) => {
          const plan = planText(planFor(judgementOf(c, policy, rules), "enforce"));
          return statesOf(rules, plan).at(-1) ?? rules;
        };
        const [a, b] = [rulesAfter([...c.rules]), rulesAfter(c.rules.toReversed())];
        const packets = packetsFor([...a, ...b]);
        expect(packets(a)).toEqual(packets(b));
        return c.rules.length > 1 ? 1 : 0;
      });
    },
    timeout,
  );

  it(
    "loses to a mode only what it then lists as withheld",
    () => {
      holds(
        [caseArb, fc.constantFrom("observe", "revoke")],
        300,
        100,
        (c: Case, mode: "observe" | "revoke") => {
          const policy = policyOf(c);
          if (!policy) return 0;
          const whole = planFor(judgementOf(c, policy, c.rules), "enforce");
          const part = restrict(whole, mode);
          for (const kind of ["modify", "authorize", "revoke"] as const) {
            expect(part[kind].every(step => (whole[kind] as unknown[]).includes(step))).toBe(true);
          }
          const [all, left] = [stepsOf(whole), stepsOf(part)];
          expect(part.withheld).toHaveLength(all - left);
          return all - left;
        },
      );
    },
    timeout,
  );
});

const stepsOf = ({ lists, modify, authorize, revoke }: Plan): number =>
  [lists, modify, authorize, revoke].flat().length;

describe("putting back a prefix list", () => {
  const inWords = ({ family, first, prefix }: Cidr) => `${formatAddress(family, first)}/${prefix}`;

  it(
    "takes out every block that reaches beyond what the list may hold, and no other",
    () => {
      holds([caseArb], 300, 15, (c: Case) => {
        const policy = policyOf(c);
        if (!policy) return 0;
        const { lists } = planFor(judgementOf(c, policy, c.rules), "enforce");
        for (const { list, extra } of lists) {
          const held = list.entries.map(inWords);
          const bounds = [...(c.listPins[list.id] ?? []), ...withinOf(c, list.id)];
          const { peers } = universeOf([], [...held, ...bounds]);
          const tests = bounds.map(peerTest);
          const isBeyond = (text: string) =>
            peers.filter(peerTest(text)).some(peer => !tests.some(test => test(peer)));
          expect(extra.map(inWords)).toEqual(held.filter(isBeyond));
        }
        return lists.length;
      });
    },
    timeout,
  );
});

const withinOf = (c: Case, id: string): string[] =>
  Object.values(c.matrix.networks ?? {})
    .flat()
    .flatMap(peer => (typeof peer === "string" || peer.list !== id ? [] : [...peer.within]));

describe("an exception", () => {
  const HOUR = 3_600_000;
  const outlineAt = (c: Case, now: number): string[] => {
    const policy = policyOf(c, now);
    return policy ? judgementOf(c, policy, c.rules).verdicts.map(outline) : [];
  };

  it(
    "changes nothing outside its window",
    () => {
      const edges = fc.constantFrom(NOW - HOUR - 1, NOW + HOUR, NOW + 9 * HOUR);
      holds([caseArb, edges], 400, 30, (c: Case, now: number) => {
        const without = outlineAt({ ...c, exceptions: [] }, now);
        expect(outlineAt(c, now)).toEqual(without);
        return outlineAt(c, NOW).join() === without.join() ? 0 : 1;
      });
    },
    timeout,
  );

  it(
    "says the same from its first millisecond to its last",
    () => {
      const edges = fc.constantFrom(NOW - HOUR, NOW + HOUR - 1);
      holds([caseArb, edges], 200, 60, (c: Case, now: number) => {
        expect(outlineAt(c, now)).toEqual(outlineAt(c, NOW));
        return c.exceptions.length;
      });
    },
    timeout,
  );

  it(
    "takes nothing from what the matrix permits",
    () => {
      holds([caseArb], 300, 30, (c: Case) => {
        const policy = policyOf(c);
        const plain = policyOf({ ...c, exceptions: [] });
        if (!policy || !plain || c.exceptions.length === 0) return 0;
        const kept = (p: typeof policy) =>
          liveVerdicts(judgementOf(c, p, c.rules).verdicts)
            .filter(verdict => verdict.kind === "permitted")
            .map(verdict => formatRule(verdict.live.rule));
        expect(kept(policy)).toEqual(kept(plain));
        return kept(plain).length;
      });
    },
    timeout,
  );
});
