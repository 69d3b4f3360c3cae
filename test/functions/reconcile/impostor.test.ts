// Calls by Portward's own role: which of them a run accounts for, and what is said of the others.
import { beforeAll, describe, expect, it } from "vitest";
import type { AwsAccount } from "../../../functions/aws/account.ts";
import {
  impostorFinding,
  isExplained,
  isOurKind,
  isOwnCall,
} from "../../../functions/reconcile/impostor.ts";
import type { Finding, Intent } from "../../../matrix/finding.ts";
import type { Change, Trigger } from "../../../matrix/trigger.ts";
import { actor, findingOf, without } from "../../support/findings.ts";
import { ownPieces } from "../../support/pieces.ts";

const pieces = ownPieces();
let aws: AwsAccount;
beforeAll(async () => {
  aws = pieces.fresh();
});

const GROUP = findingOf().group.id;
const SSH = "ingress tcp 22 from 0.0.0.0/0";
const API = "ingress tcp 7002 from 10.1.2.3/32";

const triggerOf = (given: Partial<Trigger> = {}): Trigger => ({
  ...{ kind: "event", id: "e-1", account: "111122223333", region: "ap-southeast-1" },
  ...{ event: "AuthorizeSecurityGroupIngress", changes: [] },
  ...given,
});

describe("a call", () => {
  const by = (roleArn: string) => triggerOf({ actor: { ...actor, roleArn } });
  it("is our own when one of our roles made it", () => {
    const [own = ""] = aws.config.ownRoleArns;
    expect(isOwnCall(aws, by(own))).toBe(true);
    expect(isOwnCall(aws, by(`${own}-other`))).toBe(false);
    expect(isOwnCall(aws, by(""))).toBe(false);
  });
  it("is not our own when nobody knows who made it, or he has no role", () => {
    expect(isOwnCall(aws, triggerOf())).toBe(false);
    const { roleArn: _, ...user } = actor;
    expect(isOwnCall(aws, triggerOf({ actor: user }))).toBe(false);
  });

  it.each([
    "AuthorizeSecurityGroupIngress",
    "AuthorizeSecurityGroupEgress",
    "RevokeSecurityGroupIngress",
    "RevokeSecurityGroupEgress",
    "ModifySecurityGroupRules",
    "ModifyManagedPrefixList",
  ])("to %s is one that runs make", event => {
    expect(isOurKind(triggerOf({ event }))).toBe(true);
  });
  it.each([
    "CreateSecurityGroup",
    "DeleteSecurityGroup",
    "UnModifySecurityGroupRules",
    "ModifySecurityGroupRulesTwice",
    "ReModifyManagedPrefixList",
    "ModifyManagedPrefixListEntries",
    "PreAuthorizeSecurityGroupIngress",
    "",
  ])("to %j is none that runs make", event => {
    expect(isOurKind(triggerOf({ event }))).toBe(false);
  });
  it("without a name is none that runs make", () => {
    const { event: _, ...nameless } = triggerOf();
    expect(isOurKind(nameless)).toBe(false);
  });
});

/** Tells whether what is kept of a group accounts for the changes of an own call. */
async function explained(
  changes: readonly Change[],
  { findings = [], intents = [] }: { findings?: Finding[]; intents?: Partial<Intent>[] },
): Promise<boolean> {
  const fresh = pieces.fresh();
  for (const finding of findings) await fresh.findings.record(finding, 0);
  for (const [index, intent] of intents.entries()) {
    const run = { runId: `run-${index}`, groupId: GROUP, at: findingOf().seenAt };
    await fresh.intents.put({ ...run, findings: [], before: [], plan: [], ...intent });
  }
  return isExplained(fresh, triggerOf({ changes: [...changes] }), GROUP);
}

const plain = (given: Partial<Finding> = {}) => findingOf({ rule: SSH, calls: [], ...given });
const missing = plain({ kind: "missing", rule: API, outcome: "restored" });

describe("a rule that an own call took away", () => {
  const removed = (given: Partial<Change>) => [{ kind: "removed" as const, ...given }];
  it.each([
    { name: "a finding that it drifted", kept: { findings: [plain()] } },
    { name: "an intent that it drifted", kept: { intents: [{ findings: [plain()] }] } },
    {
      name: "a call that a finding names",
      kept: { findings: [plain({ rule: API, calls: [`revoke ${API}, ${SSH}`] })] },
    },
    { name: "a call that an intent plans", kept: { intents: [{ plan: [`revoke ${SSH}`] }] } },
  ])("is accounted for by $name", async ({ kept }) => {
    expect(await explained(removed({ rule: SSH, ruleId: "sgr-1" }), kept)).toBe(true);
  });
  it("is accounted for by its id where a run closed it by that", async () => {
    const findings = [plain({ rule: API, calls: ["revoke sgr-1 by id"] })];
    expect(await explained(removed({ rule: SSH, ruleId: "sgr-1" }), { findings })).toBe(true);
    expect(await explained(removed({ ruleId: "sgr-1" }), { findings })).toBe(true);
    expect(await explained(removed({ rule: SSH, ruleId: "sgr-2" }), { findings })).toBe(false);
    expect(await explained(removed({ rule: SSH }), { findings })).toBe(false);
  });
  it.each([
    { name: "nothing", kept: {} },
    { name: "a finding that it was missing", kept: { findings: [plain({ kind: "missing" })] } },
    {
      name: "a call that opened it",
      kept: { findings: [plain({ rule: API, calls: [`authorize ${SSH}`] })] },
    },
    {
      name: "a call that only speaks of it",
      kept: { findings: [plain({ rule: API, calls: [`did not revoke ${SSH}`] })] },
    },
  ])("is not accounted for by $name", async ({ kept }) => {
    expect(await explained(removed({ rule: SSH }), kept)).toBe(false);
  });
});

describe("a rule that an own call wrote", () => {
  const added = (...rules: string[]) => rules.map(rule => ({ kind: "added" as const, rule }));
  it("is accounted for by a finding that it was restored", async () => {
    expect(await explained(added(API), { findings: [missing] })).toBe(true);
  });
  it("is accounted for by an intent to write it", async () => {
    expect(await explained(added(API), { intents: [{ plan: [`authorize ${API}`] }] })).toBe(true);
  });
  it("is not accounted for by a finding that it was closed", async () => {
    expect(await explained(added(SSH), { findings: [plain()] })).toBe(false);
  });
  it("is not accounted for by its id", async () => {
    const findings = [plain({ calls: ["revoke sgr-1 by id"] })];
    const change = { kind: "added" as const, rule: API, ruleId: "sgr-1" };
    expect(await explained([change], { findings })).toBe(false);
  });
  it("is accounted for by its new content, which has no direction", async () => {
    const change = (content: string) => [{ kind: "changed" as const, ruleId: "sgr-1", content }];
    const findings = [plain({ after: [API] })];
    expect(await explained(change("tcp 7002 10.1.2.3/32"), { findings })).toBe(true);
    expect(await explained(change("tcp 7003 10.1.2.3/32"), { findings })).toBe(false);
  });
  it("leaves the call a stranger's where it is not the only one", async () => {
    expect(await explained(added(API, SSH), { findings: [missing] })).toBe(false);
  });
});

describe("an own call", () => {
  it("that says nothing of what it changed is accounted for by nothing", async () => {
    const kept = { findings: [plain(), missing] };
    expect(await explained([], kept)).toBe(false);
    expect(await explained([{ kind: "removed" }], kept)).toBe(false);
    expect(await explained([{ kind: "added" }], kept)).toBe(false);
  });
});

describe("the finding of a call that no run made", () => {
  const at = Date.parse("2026-11-21T12:00:00.000Z");
  const now = at + 5_000;
  const deps = () => ({ ...aws, clock: () => now });
  it("says what was called, by whom and when, and that nothing was done about it", () => {
    const changes: Change[] = [
      { kind: "added", rule: SSH, ruleId: "sgr-1" },
      { kind: "changed", content: "tcp 22 0.0.0.0/0", ruleId: "sgr-2" },
      { kind: "removed", ruleId: "sgr-3" },
      { kind: "removed" },
    ];
    const trigger = triggerOf({ changes, actor, at });
    expect(impostorFinding(deps(), trigger, GROUP)).toEqual({
      ...{ id: "", occurrence: 0, kind: "impostor", account: "111122223333" },
      ...{ region: "ap-southeast-1", group: { id: GROUP, name: "" }, parts: [], mode: "observe" },
      rule: `AuthorizeSecurityGroupIngress: ${SSH}, tcp 22 0.0.0.0/0, sgr-3`,
      ...{ after: [], calls: [], owed: [], matrixVersion: "", actor, outcome: "reported" },
      because: expect.stringMatching(/./),
      notes: [expect.stringMatching(/./)],
      trigger: {
        ...{ kind: "event", id: "e-1", event: "AuthorizeSecurityGroupIngress" },
        at: "2026-11-21T12:00:00.000Z",
      },
      ...{ openedAt: "2026-11-21T12:00:00.000Z", seenAt: "2026-11-21T12:00:05.000Z" },
    });
  });
  it("says that the record does not show what was changed", () => {
    const { rule } = impostorFinding(deps(), triggerOf(), GROUP);
    expect(rule).toMatch(/^AuthorizeSecurityGroupIngress: \w.+/);
  });
  it("leaves out what nobody knows", () => {
    const { event: _, ...nameless } = triggerOf();
    const finding = impostorFinding(deps(), nameless, GROUP);
    expect(finding).toStrictEqual(without(finding, "actor", "openedAt"));
    expect(finding.trigger).toStrictEqual({ kind: "event", id: "e-1" });
  });
});
