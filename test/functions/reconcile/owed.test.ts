// What earlier runs owe a group: written as soon as it can be, for as long as it is permitted.
import { beforeEach, describe, expect, it } from "vitest";
import type { AwsAccount } from "../../../functions/aws/account.ts";
import { iso } from "../../../functions/reconcile/draft.ts";
import { payOwed } from "../../../functions/reconcile/owed.ts";
import type { Exception } from "../../../matrix/exception.ts";
import type { Finding } from "../../../matrix/finding.ts";
import { findingOf } from "../../support/findings.ts";
import { judgeUnder, matrixOf } from "../../support/judging.ts";
import { ownPieces } from "../../support/pieces.ts";
import { plantGroup } from "../../support/planted.ts";

const pieces = ownPieces();
let aws: AwsAccount;
beforeEach(() => {
  aws = pieces.fresh();
});

const SSH = "ingress tcp 22 from 10.0.0.0/8";
const WEB = "ingress tcp 443 from 10.0.0.0/8";
const OUT = "egress tcp 443 to 10.0.0.0/8";
const WIDE = "ingress tcp 0-65535 from 0.0.0.0/0";
const PERMITTED = matrixOf([
  "{ from: 10.0.0.0/8, to: web, ports: tcp 22 443 }",
  "{ from: web, to: 10.0.0.0/8, ports: tcp 443 }",
]);
const seenAt = "2026-11-21T12:00:00.000Z";
const none = matrixOf([]);

/** Pays what findings owe a group that has some rules, and says what came of it. */
async function paid(
  debts: readonly Partial<Finding>[],
  {
    has = [] as string[],
    matrix = PERMITTED,
    exceptions = [] as Exception[],
    groupId = plantGroup(pieces, has),
  },
) {
  for (const [index, debt] of debts.entries()) {
    const { group } = findingOf();
    await aws.findings.record(
      findingOf({
        ...{ outcome: "narrowed", ...debt, group: { ...group, id: groupId } },
        seenAt: iso(Date.parse(seenAt) - index),
      }),
      Date.parse(seenAt),
    );
  }
  const judgement = judgeUnder(matrix, has, { exceptions, now: Date.parse(seenAt) });
  const before = pieces.account.calls.list().length;
  let now = aws.clock();
  const deps = {
    ...aws,
    clock: () => now,
    async sleep(ms: number) {
      now += ms;
    },
  };
  const isStillOwed = await payOwed(
    deps,
    { ...judgement, group: { ...judgement.group, id: groupId } },
    Date.parse(seenAt),
  );
  const calls = pieces.account.calls.list().slice(before);
  return {
    ...{ isStillOwed, asked: calls.map(({ action }) => action) },
    actions: calls.filter(({ service }) => service === "ec2").map(({ action }) => action),
    rules: await pieces.rules(groupId),
    findings: (await aws.findings.forGroup(groupId)).toSorted((a, b) => (a.rule < b.rule ? -1 : 1)),
  };
}

const failPort = (port: number, code: string) =>
  pieces.account.faults.decide(({ body }) =>
    body.includes(`FromPort=${port}`) ? { code, after: false } : undefined,
  );

describe("a group that is owed nothing", () => {
  it("costs a look at its findings", async () => {
    const { isStillOwed, asked } = await paid([{ rule: WIDE, owed: [] }], {});
    expect([isStillOwed, asked]).toEqual([false, ["Query"]]);
  });
});

describe("a rule that is owed", () => {
  it("is written where it is permitted, and its finding says so", async () => {
    const { isStillOwed, rules, findings } = await paid(
      [{ rule: WIDE, after: [WEB], owed: [SSH, OUT], calls: ["revoke it"] }],
      {},
    );
    expect([isStillOwed, rules]).toEqual([false, [OUT, SSH]]);
    expect(findings).toMatchObject([{ outcome: "narrowed", owed: [], after: [WEB, SSH, OUT] }]);
    expect(findings[0]?.calls.slice(1).toSorted()).toEqual([
      `authorize ${OUT}`,
      `authorize ${SSH}`,
    ]);
  });

  it("is written where an exception permits it", async () => {
    const now = Date.parse(seenAt);
    const open: Exception = {
      ...{
        id: "x-1",
        state: "active",
        start: now - 1,
        end: now + 1,
        groups: ["sg-0000000a"],
        open: false,
      },
      rule: SSH,
    };
    const { rules, findings } = await paid([{ rule: WIDE, owed: [SSH] }], {
      ...{ matrix: none, exceptions: [open] },
    });
    expect(rules).toEqual([SSH]);
    expect(findings).toMatchObject([{ owed: [], after: [SSH] }]);
  });

  it.each([
    ["nothing permits any more", { matrix: none, has: [] }],
    ["what stays of a wide one lets through", { has: ["ingress tcp 22 from 0.0.0.0/0"] }],
    ["another that stands lets through", { has: ["ingress tcp 22 from 10.0.0.0/7"] }],
  ])("is not written where %s, and not owed any longer", async (_, where) => {
    const matrix = PERMITTED.replaceAll("10.0.0.0/8", "10.0.0.0/7");
    const { isStillOwed, actions, findings } = await paid([{ rule: WIDE, owed: [SSH] }], {
      matrix,
      ...where,
    });
    expect([isStillOwed, actions]).toEqual([false, []]);
    expect(findings).toMatchObject([{ owed: [], after: [], calls: findingOf().calls }]);
  });

  it("is not written where its text is none", async () => {
    const { isStillOwed, actions, findings } = await paid([{ rule: WIDE, owed: ["any"] }], {});
    expect([isStillOwed, actions]).toEqual([false, []]);
    expect(findings).toMatchObject([{ owed: [] }]);
  });
});

describe("what cannot be written", () => {
  it("is still owed where it does not fit; other findings are paid", async () => {
    failPort(22, "RulesPerSecurityGroupLimitExceeded");
    const { isStillOwed, rules, findings } = await paid(
      [
        { rule: WIDE, owed: [SSH, OUT] },
        { rule: "egress all to 0.0.0.0/0", owed: [OUT], calls: [] },
        { rule: "ingress all from 0.0.0.0/0", owed: [WEB], calls: [] },
      ],
      {},
    );
    expect([isStillOwed, rules]).toEqual([true, [OUT, WEB]]);
    expect(findings).toMatchObject([
      { rule: "egress all to 0.0.0.0/0", owed: [], calls: [`authorize ${OUT}`] },
      {
        ...{ rule: "ingress all from 0.0.0.0/0", owed: [] },
        calls: [`authorize ${SSH}, ${WEB}`, `authorize ${WEB}`],
      },
      { rule: WIDE, owed: [SSH, OUT], after: [], calls: findingOf().calls },
    ]);
  });

  it("is tried twice, as the sweep comes again", async () => {
    failPort(22, "InternalError");
    const { isStillOwed, actions, findings } = await paid([{ rule: WIDE, owed: [SSH] }], {});
    expect(isStillOwed).toBe(true);
    expect(actions).toEqual(["AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupIngress"]);
    expect(findings).toMatchObject([{ owed: [SSH] }]);
  });
});
