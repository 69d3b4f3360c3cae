// A newcomer's account: observed only, and full of what has stood for years. The first audit finds it
// all, and people get one message in the morning, not one for each group.
import { afterAll, beforeAll, expect, it } from "vitest";
import { activate } from "../../functions/reconcile/activate.ts";
import { auditNow } from "../../functions/reconcile/audit/job.ts";
import type { AlertDetail } from "../../matrix/alert/alert.ts";
import { parseMatrix } from "../../matrix/file/parse.ts";
import { bigMatrix, seedBig } from "../support/big-account.ts";
import { type Stage, startStage, studioIn } from "../support/stage.ts";

const GROUPS = 50;
let stage: Stage;

beforeAll(async () => {
  stage = await startStage(null);
  // Each with a rule that nothing permits.
  seedBig(stage.account, { groups: GROUPS, rules: 4, driftEvery: 1 });
  // In force without a look at the groups: the audit is the first to see them.
  const document = parseMatrix([{ name: "big.yaml", text: bigMatrix }]);
  await activate(stage.aws, document, { by: "test", note: "" });
  stage.mark();
});
afterAll(() => stage.stop());

const untilMorning = async (): Promise<void> => {
  await stage.later(86_400);
  await stage.sweep();
};

it("finds fifty drifting groups, and tells of them once, the next morning and every morning", async () => {
  const answer = await auditNow(stage.aws, { by: "test" });
  if (answer.kind !== "done") throw new Error(JSON.stringify(answer));
  await stage.idle();
  const drifts = answer.report.findings.filter(({ kind }) => kind === "drift");
  expect(new Set(drifts.map(({ group }) => group)).size).toBe(GROUPS);
  await stage.later(120);
  await stage.sweep();
  expect(stage.alerts()).toEqual([]);
  await untilMorning();
  const [digest, ...more] = stage.alerts();
  expect(more).toEqual([]);
  const { about, findings, more: unlisted } = JSON.parse(digest?.forms?.sqs ?? "{}") as AlertDetail;
  expect(about).toBe("standing");
  expect(findings.length + unlisted).toBe(GROUPS);
  expect(digest?.subject).toMatch(/^LEFT OPEN 50 rules on 50 groups, standing in mode observe/);
  await auditNow(stage.aws, { by: "test" });
  await untilMorning();
  expect(stage.alerts()).toHaveLength(2);
  expect(stage.writes()).toEqual([]);
}, 60_000);

it("tells the next morning also of a rule by a prefix list that no flow names", async () => {
  const own = await startStage(studioIn("observe"));
  try {
    const { accountId: account, region, ec2 } = own.account;
    const entries = [{ cidr: "203.0.113.0/24" }];
    const list = ec2.seed.prefixList(
      { account, region },
      { name: "partners", maxEntries: 5, entries },
    );
    const rule = `ingress tcp 22 from ${list}`;
    await own.quietly(() => own.open(own.groups.deploy, rule));
    await auditNow(own.aws, { by: "test" });
    await own.idle();
    own.mark();
    await own.later(86_400);
    await own.sweep();
    expect(
      own
        .alerts()
        .map(({ message }) => message.replace(/\s+/g, " "))
        .join(),
    ).toContain(rule);
  } finally {
    await own.stop();
  }
});
