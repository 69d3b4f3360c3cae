// Writing rules to a group: in as few calls as can be, again for as long as there is time, and what cannot
// be written is owed.
import { beforeAll, describe, expect, it } from "vitest";
import type { AwsAccount } from "../../../functions/aws/account.ts";
import { open } from "../../../functions/reconcile/open.ts";
import { newProgress } from "../../../functions/reconcile/progress.ts";
import type { Authorization } from "../../../matrix/plan.ts";
import { ruleOf } from "../../support/deployed.ts";
import { ownPieces } from "../../support/pieces.ts";
import { plantGroup } from "../../support/planted.ts";

const pieces = ownPieces();
let aws: AwsAccount;
beforeAll(async () => {
  aws = pieces.fresh();
});

const SSH = "ingress tcp 22 from 10.0.0.0/8";
const WEB = "ingress tcp 443 from 10.0.0.0/8";
const OUT = "egress tcp 443 to 10.0.0.0/8";
const INGRESS = "AuthorizeSecurityGroupIngress";

const authorization = (text: string): Authorization => {
  const rule = ruleOf(text);
  return { rule, because: { kind: "remainder", of: { rule } } };
};

/** Opens rules on a group that has some, with so many milliseconds to try, and says what came of it. */
async function opened(
  { has = [], owed = [], patience = 0 }: { has?: string[]; owed?: string[]; patience?: number },
  ...texts: string[]
) {
  const groupId = plantGroup(pieces, has);
  const progress = newProgress();
  for (const text of owed) progress.owed.set(text, authorization(text));
  const before = pieces.account.calls.list().length;
  const slept: number[] = [];
  let now = 1_000;
  const opening = {
    ...{ groups: aws.groups, groupId, progress, clock: () => now, deadline: now + patience },
    async sleep(ms: number) {
      slept.push(ms);
      now += ms;
    },
  };
  const refused = await open(opening, texts.map(authorization));
  return {
    refused: refused.map(({ rule }) => rule),
    actions: pieces.account.calls
      .list()
      .slice(before)
      .map(({ action }) => action),
    rules: await pieces.rules(groupId),
    wrote: [...progress.wrote],
    owed: [...progress.owed.keys()],
    ...{ slept, calls: progress.calls, failures: progress.failures },
  };
}

/** Fails every call that names a port. */
const failPort = (port: number, code: string) =>
  pieces.account.faults.decide(({ body }) =>
    body.includes(`FromPort=${port}`) ? { code, after: false } : undefined,
  );

describe("rules that can be written", () => {
  it("are written with a call for each direction, and are owed no more", async () => {
    const { actions, rules, wrote, owed, refused, calls, failures } = await opened(
      { owed: [WEB] },
      ...[SSH, OUT, WEB],
    );
    expect(actions.toSorted()).toEqual(["AuthorizeSecurityGroupEgress", INGRESS]);
    expect(rules).toEqual([OUT, SSH, WEB]);
    expect(wrote.toSorted()).toEqual(rules);
    expect(calls.toSorted()).toEqual([`authorize ${OUT}`, `authorize ${SSH}, ${WEB}`]);
    expect([owed, refused, failures]).toEqual([[], [], []]);
  });

  it("need no call for a direction that has none, and none at all where there are none", async () => {
    expect((await opened({}, SSH)).actions).toEqual([INGRESS]);
    expect((await opened({})).actions).toEqual([]);
  });
});

describe("a rule that is there already", () => {
  it("is neither written nor owed, and needs no second call", async () => {
    const { actions, wrote, owed, slept, failures } = await opened(
      { has: [SSH], owed: [SSH], patience: 5_000 },
      SSH,
    );
    expect(actions).toEqual([INGRESS]);
    expect([wrote, owed, slept, failures]).toEqual([[], [], [], []]);
  });

  it("keeps no other from being written", async () => {
    const { actions, rules, wrote, owed, calls } = await opened({ has: [SSH] }, SSH, WEB);
    expect(actions).toEqual([INGRESS, INGRESS, INGRESS]);
    expect(rules).toEqual([SSH, WEB]);
    expect([wrote, owed]).toEqual([[WEB], []]);
    expect(calls).toEqual([`authorize ${SSH}, ${WEB}`, `authorize ${SSH}`, `authorize ${WEB}`]);
  });
});

describe("a rule that the quota cannot hold", () => {
  const code = "RulesPerSecurityGroupLimitExceeded";

  it("is refused and owed at once, however much time there is", async () => {
    failPort(22, code);
    const { refused, owed, actions, slept, failures } = await opened({ patience: 5_000 }, SSH);
    expect([refused, owed, actions]).toEqual([[ruleOf(SSH)], [SSH], [INGRESS]]);
    expect([slept, failures]).toEqual([[], []]);
  });

  it("keeps no other from being written", async () => {
    failPort(22, code);
    const { refused, owed, wrote } = await opened({}, SSH, WEB, OUT);
    expect([refused, owed]).toEqual([[ruleOf(SSH)], [SSH]]);
    expect(wrote.toSorted()).toEqual([OUT, WEB]);
  });
});

describe("a call that fails", () => {
  it("is made again until it succeeds", async () => {
    pieces.account.faults.failNext("ec2", INGRESS, "InternalError", 2);
    const { rules, wrote, owed, slept, failures, actions } = await opened({ patience: 800 }, SSH);
    expect([rules, wrote, owed]).toEqual([[SSH], [SSH], []]);
    expect(slept).toEqual([400, 400]);
    expect([actions.length, failures]).toEqual([3, []]);
  });

  it("is given up when the time is up: the rule is owed and the failure noted", async () => {
    failPort(22, "InternalError");
    const { refused, owed, wrote, slept, failures } = await opened({ patience: 799 }, SSH, OUT);
    expect([refused, owed, wrote]).toEqual([[], [SSH], [OUT]]);
    expect(slept).toEqual([400]);
    expect(failures).toEqual([expect.stringContaining(`authorize ${SSH}: InternalError`)]);
  });
});
