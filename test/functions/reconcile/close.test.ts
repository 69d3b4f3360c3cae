// Rules that are closed by value, and what is done where they are not as they were read.

import { DeleteSecurityGroupCommand } from "@aws-sdk/client-ec2";
import { beforeAll, describe, expect, it } from "vitest";
import type { AwsAccount } from "../../../functions/aws/account.ts";
import { type Closing, close } from "../../../functions/reconcile/close.ts";
import { keyOf, newProgress } from "../../../functions/reconcile/progress.ts";
import type { LiveRule } from "../../../matrix/group.ts";
import type { Rule } from "../../../matrix/rules/rule.ts";
import { ruleOf } from "../../support/deployed.ts";
import { ownPieces } from "../../support/pieces.ts";
import { ec2Calls, type Planted, plantGroup } from "../../support/planted.ts";

const pieces = ownPieces();
let aws: AwsAccount;
beforeAll(async () => {
  aws = pieces.fresh();
});

const IN = (port: number) => `ingress tcp ${port} from 0.0.0.0/0`;
const OUT = "egress tcp 25 to 0.0.0.0/0";

/** A group with these rules that was read just now, and whose rules are to be closed. */
async function groupWith(
  planted: readonly Planted[],
  { isInDefaultVpc = false, permitted = [] as readonly Rule[] } = {},
) {
  const id = plantGroup(pieces, planted, { isInDefaultVpc });
  const read = await aws.groups.read(id);
  if (!read) throw new Error("not planted");
  const progress = newProgress();
  const closing: Closing = {
    ...{ groups: aws.groups, read, progress },
    permittedPart: rule => permitted.filter(one => one.direction === rule.direction),
  };
  const { rules } = read.group;
  return { id, closing, progress, rules, left: () => pieces.rules(id) };
}

const keys = (rules: readonly LiveRule[]) => rules.map(keyOf).toSorted();
const idOf = (live: LiveRule | undefined) => live?.ruleId ?? "";
const fail = (action: string, code: string) => pieces.account.faults.failNext("ec2", action, code);

/** Gives a rule new content under its id, as a person does. */
const edit = (id: string, live: LiveRule | undefined, to: string) =>
  aws.groups.modify(id, idOf(live), ruleOf(to), live?.description);

describe("closing", () => {
  it("takes rules of both directions, and says so", async () => {
    const { closing, progress, rules, left } = await groupWith([IN(22), IN(23), OUT]);
    expect(await ec2Calls(pieces, () => close(closing, rules))).toEqual(
      expect.arrayContaining(["RevokeSecurityGroupIngress", "RevokeSecurityGroupEgress"]),
    );
    expect(await left()).toEqual([]);
    expect(progress.calls.toSorted()).toEqual([`revoke ${OUT}`, `revoke ${IN(22)}, ${IN(23)}`]);
    expect([...progress.revoked].toSorted()).toEqual(keys(rules));
    expect([...progress.taken.values()]).toEqual(expect.arrayContaining([...rules]));
    expect(progress.taken.size).toBe(3);
    expect([progress.misses.size, progress.failures]).toEqual([0, []]);
  });

  it("leaves what it is not asked to take", async () => {
    const { closing, rules, left } = await groupWith([IN(22), IN(23)]);
    expect(await ec2Calls(pieces, () => close(closing, []))).toEqual([]);
    await close(closing, rules.slice(1));
    expect(await left()).toEqual([IN(22)]);
  });

  it("leaves no rule open because another one is gone", async () => {
    const { id, closing, progress, rules, left } = await groupWith([IN(22), IN(23), IN(24)]);
    await pieces.take(id, IN(23));
    const revoke = "RevokeSecurityGroupIngress";
    expect(await ec2Calls(pieces, () => close(closing, rules))).toEqual([
      ...[revoke, "DescribeSecurityGroupRules", revoke],
    ]);
    expect(await left()).toEqual([]);
    expect(progress.calls).toEqual([
      `revoke ${IN(22)}, ${IN(23)}, ${IN(24)}`,
      `revoke ${IN(22)}, ${IN(24)}`,
    ]);
    const [, gone] = rules;
    expect([...progress.misses]).toEqual([[idOf(gone), 1]]);
    expect([...progress.revoked].toSorted()).toEqual(keys(rules.filter(live => live !== gone)));
    expect(progress.taken.has(gone ? keyOf(gone) : "")).toBe(false);
    expect(progress.failures).toEqual([]);
  });

  it("asks for each half where the reads do not show what is gone", async () => {
    const { closing, progress, rules, left } = await groupWith([IN(22), IN(23), IN(24)]);
    fail("RevokeSecurityGroupIngress", "InvalidPermission.NotFound");
    await close(closing, rules);
    expect(await left()).toEqual([]);
    expect(progress.calls).toEqual([
      `revoke ${IN(22)}, ${IN(23)}, ${IN(24)}`,
      `revoke ${IN(22)}, ${IN(23)}`,
      `revoke ${IN(24)}`,
    ]);
    expect([progress.revoked.size, progress.misses.size]).toEqual([3, 0]);
  });

  it("asks for each half where the group cannot be read", async () => {
    const { id, closing, progress, rules, left } = await groupWith([IN(22), IN(23), IN(24)]);
    await pieces.take(id, IN(24));
    fail("DescribeSecurityGroupRules", "InternalError");
    await close(closing, rules);
    expect(await left()).toEqual([]);
    expect([...progress.misses]).toEqual([[idOf(rules[2]), 1]]);
    expect(progress.revoked.size).toBe(2);
    expect(progress.failures).toEqual([]);
  });

  it("counts a single rule that is gone as missed, and asks no more", async () => {
    const { id, closing, progress, rules } = await groupWith([IN(22)]);
    await pieces.take(id, IN(22));
    expect(await ec2Calls(pieces, () => close(closing, rules))).toHaveLength(1);
    await close(closing, rules);
    expect([...progress.misses]).toEqual([[idOf(rules[0]), 2]]);
    expect([progress.taken.size, progress.revoked.size]).toEqual([0, 0]);
    expect(progress.failures).toEqual([]);
  });

  it("leaves alone what has other content by now", async () => {
    const { id, closing, progress, rules, left } = await groupWith([IN(22), IN(23)]);
    await edit(id, rules[1], IN(99));
    await close(closing, rules);
    expect(await left()).toEqual([IN(99)]);
    expect([...progress.misses]).toEqual([[idOf(rules[1]), 1]]);
  });

  it("counts all as missed where the group is gone, and asks no more", async () => {
    const { id, closing, progress, rules } = await groupWith([IN(22), IN(23)]);
    await pieces.as("root").send(new DeleteSecurityGroupCommand({ GroupId: id }));
    expect(await ec2Calls(pieces, () => close(closing, rules))).toHaveLength(1);
    expect([...progress.misses]).toEqual(rules.map(live => [idOf(live), 1]));
    expect([progress.taken.size, progress.failures]).toEqual([0, []]);
  });

  it.each([
    ["InternalError", false],
    ["RequestLimitExceeded", true],
  ])("notes a call that fails with %s", async (code, throttled) => {
    const { closing, progress, rules, left } = await groupWith([IN(22), IN(23)]);
    fail("RevokeSecurityGroupIngress", code);
    await close(closing, rules);
    expect(await left()).toEqual([IN(22), IN(23)]);
    expect(progress).toMatchObject({ throttled, failures: [expect.stringContaining(code)] });
    expect(progress.failures[0]).toMatch(/^revoke ingress tcp 22 .*, ingress tcp 23 .*: /);
    expect([progress.misses.size, progress.revoked.size, progress.taken.size]).toEqual([0, 0, 2]);
  });

  it("believes the answer of a default VPC, which is success whatever was there", async () => {
    const planted = [IN(22), IN(23)];
    const { id, closing, progress, rules } = await groupWith(planted, { isInDefaultVpc: true });
    await pieces.take(id, IN(23));
    await close(closing, rules);
    expect([...progress.revoked]).toEqual(keys(rules.slice(0, 1)));
    expect([...progress.misses]).toEqual([[idOf(rules[1]), 1]]);
  });

  it("believes in no miss where the answer says nothing of what it took", async () => {
    const { closing, progress, rules, left } = await groupWith([IN(22)]);
    const groups: Closing["groups"] = {
      ...aws.groups,
      async revoke(...args) {
        await aws.groups.revoke(...args);
        return { told: false, rules: [] };
      },
    };
    await close({ ...closing, groups }, rules);
    expect(await left()).toEqual([]);
    expect([progress.revoked.size, progress.misses.size, progress.taken.size]).toEqual([0, 0, 1]);
  });

  it("counts as missed what stands under another id by now", async () => {
    const { id, closing, progress, rules, left } = await groupWith([IN(22)]);
    await pieces.take(id, IN(22));
    await pieces.open(id, IN(22));
    await close(closing, rules);
    expect(await left()).toEqual([]);
    expect([...progress.misses]).toEqual([[idOf(rules[0]), 1]]);
    expect(progress.revoked.size).toBe(0);
  });

  it("knows a rule without an id by its text, however often it missed", async () => {
    const { closing, progress, rules, left } = await groupWith([IN(22), IN(23)]);
    const [bare, other] = rules.map(({ rule }) => ({ rule }));
    if (!bare || !other) throw new Error("not planted");
    progress.misses.set(keyOf(bare), 2);
    await close(closing, [bare]);
    expect(await left()).toEqual([IN(23)]);
    expect([...progress.revoked]).toEqual([keyOf(bare)]);
    expect(progress.calls).toEqual([`revoke ${IN(22)}`]);
    await close(closing, [bare]);
    expect(progress.misses.get(keyOf(bare))).toBe(3);
  });
});

describe("a rule that was missed", () => {
  const part = "ingress tcp 443 from 10.0.0.0/8";

  /** A rule that somebody edits all the time, missed so often. */
  async function stubborn(misses: number, permitted: readonly string[] = []) {
    const planted: Planted[] = [[IN(22), "of the api team"]];
    const own = await groupWith(planted, { permitted: permitted.map(ruleOf) });
    const [live] = own.rules;
    if (!live?.ruleId) throw new Error("not planted");
    await edit(own.id, live, IN(443));
    own.progress.misses.set(live.ruleId, misses);
    return { ...own, live, ruleId: live.ruleId };
  }

  it("once is tried by value again", async () => {
    const { closing, progress, rules, left, ruleId } = await stubborn(1);
    await close(closing, rules);
    expect(await left()).toEqual([IN(443)]);
    expect([...progress.misses]).toEqual([[ruleId, 2]]);
  });

  it("twice is closed by its id, whatever stands there by now", async () => {
    const { closing, progress, rules, left, live, ruleId } = await stubborn(2);
    expect(await ec2Calls(pieces, () => close(closing, rules))).toHaveLength(1);
    expect(await left()).toEqual([]);
    expect(progress.calls).toEqual([`revoke ${ruleId} by id`]);
    expect([...progress.revoked]).toEqual([keyOf(live)]);
    expect([...progress.taken.keys()]).toEqual([`${ruleId} ${IN(443)}`]);
    expect([progress.failures, progress.wrote.size]).toEqual([[], 0]);
  });

  it("leaves the others to be closed by value", async () => {
    const { closing, progress, rules, left } = await groupWith([IN(22), IN(23)]);
    progress.misses.set(idOf(rules[0]), 2);
    await close(closing, rules);
    expect(await left()).toEqual([]);
    expect(progress.calls.toSorted()).toEqual([
      `revoke ${IN(23)}`,
      `revoke ${idOf(rules[0])} by id`,
    ]);
  });

  it("gets back what is permitted of it, with its description", async () => {
    const { id, closing, progress, rules, left, ruleId } = await stubborn(3, [part]);
    await close(closing, rules);
    expect(await left()).toEqual([part]);
    expect(progress.calls).toEqual([`revoke ${ruleId} by id`, `authorize ${part}`]);
    expect([...progress.wrote]).toEqual([part]);
    expect((await aws.groups.read(id))?.group.rules[0]?.description).toBe("of the api team");
  });

  it("gets it back in one call where it is several, an outgoing one too", async () => {
    const back = ["egress tcp 25 to 10.0.0.0/8", "egress tcp 25 to 172.16.0.0/12"];
    const permitted = [...back, part].map(ruleOf);
    const { closing, progress, rules, left } = await groupWith([OUT], { permitted });
    progress.misses.set(idOf(rules[0]), 2);
    await close(closing, rules);
    expect(await left()).toEqual(back);
    expect(progress.calls.at(-1)).toBe(`authorize ${back.join(", ")}`);
  });

  it("may have it back already", async () => {
    const { id, closing, progress, rules } = await stubborn(2, [part]);
    await pieces.open(id, part);
    await close(closing, rules);
    expect([progress.failures, progress.wrote.size]).toEqual([[], 0]);
  });

  it("is owed it where that fails", async () => {
    const { closing, progress, rules } = await stubborn(2, [part]);
    fail("AuthorizeSecurityGroupIngress", "InternalError");
    await close(closing, rules);
    expect(progress.failures).toEqual([
      expect.stringMatching(/^authorize ingress tcp 443 from 10\.0\.0\.0\/8: .*InternalError/),
    ]);
    expect(progress.wrote.size).toBe(0);
  });

  it("is no failure where even its id is gone", async () => {
    const { id, closing, progress, rules } = await stubborn(2);
    await pieces.take(id, IN(443));
    await close(closing, rules);
    expect([progress.failures, progress.revoked.size]).toEqual([[], 0]);
  });

  it("is a failure where the call fails", async () => {
    const { closing, progress, rules, left, ruleId } = await stubborn(2);
    fail("RevokeSecurityGroupIngress", "InternalError");
    await close(closing, rules);
    expect(await left()).toEqual([IN(443)]);
    expect(progress.failures).toEqual([expect.stringContaining(`revoke ${ruleId} by id: `)]);
    expect(progress.revoked.size).toBe(0);
  });
});
