// Exposure at event time: what an attachment lets in is told once, however its event comes, is the same
// finding as the audit's, and comes to its end. Nothing is written to EC2 by it.
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  ModifyNetworkInterfaceAttributeCommand,
} from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { runAttachments } from "../../functions/reconcile/audit/attached.ts";
import { auditNow } from "../../functions/reconcile/audit/job.ts";
import { attachmentDelay } from "../../functions/wiring/triggers.ts";
import { seedVpc } from "../../local/seed.ts";
import type { AuditReport } from "../../matrix/audit/report.ts";
import type { Finding } from "../../matrix/finding.ts";
import { enveloped, type Fields, record } from "../support/cloudtrail.ts";
import { type Stage, startStage, studioIn } from "../support/stage.ts";

const DEPLOY = "eni-0f0a1b2c3d4e50100";
const WORLD = "ingress tcp 22 from 0.0.0.0/0";
let stage: Stage;
let spare = "";

async function begin(mode: "observe" | "enforce"): Promise<void> {
  stage = await startStage(studioIn(mode));
  const input = { GroupName: "spare", Description: "spare", VpcId: seedVpc };
  spare = (await stage.as("tester").send(new CreateSecurityGroupCommand(input))).GroupId ?? "";
  await stage.as("tester").send(
    new AuthorizeSecurityGroupIngressCommand({
      ...{ GroupId: spare, IpProtocol: "tcp", FromPort: 22, ToPort: 22, CidrIp: "0.0.0.0/0" },
    }),
  );
  await settled();
}

const wear = (...Groups: string[]) =>
  stage
    .as("tester")
    .send(new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId: DEPLOY, Groups }));

/** Waits until what is attached has been looked at. */
const settled = () => stage.later(attachmentDelay);

const exposures = async (): Promise<Finding[]> =>
  (await stage.findings(spare)).filter(({ kind }) => kind === "exposure");

const subjects = () => stage.alerts().map(({ subject = "" }) => subject.split(" ").slice(0, 2));

async function audited(): Promise<AuditReport> {
  const answer = await auditNow(stage.aws, { by: "test" });
  await stage.idle();
  if (answer.kind !== "done") throw new Error(JSON.stringify(answer));
  return answer.report;
}

/** The event of the last attachment, as a queue has it. */
function lastEvent(): string {
  const events = stage.account.bus.events().filter(one => {
    return (one.detail as Fields).eventName === "ModifyNetworkInterfaceAttribute";
  });
  return JSON.stringify(events.at(-1));
}

const handle = (...bodies: string[]) =>
  runAttachments(
    stage.aws,
    bodies.map((body, index) => ({ id: `m-${index}`, body, attempt: 0 })),
  );

const apart = async () => {
  await stage.quietly(() => wear(stage.groups.deploy));
  await audited();
  await stage.later(3_600);
  stage.mark();
};

describe("an attachment in enforce", () => {
  beforeAll(() => begin("enforce"));
  beforeEach(apart);
  afterAll(() => stage.stop());

  it("is told once, with who, which interface, which groups, what is reached and what to do", async () => {
    await wear(stage.groups.deploy, spare);
    expect(stage.alerts()).toEqual([]);
    await settled();
    const [finding, ...more] = (await exposures()).filter(({ outcome }) => outcome === "reported");
    expect(more).toEqual([]);
    expect(finding).toMatchObject({
      rule: `${WORLD} beside ${stage.groups.deploy}`,
      outcome: "reported",
      actor: { name: "tester" },
      trigger: { kind: "event", event: "ModifyNetworkInterfaceAttribute" },
    });
    const [alert, ...others] = stage.alerts();
    expect(others).toEqual([]);
    expect(alert?.subject).toMatch(/^EXPOSED ingress tcp 22 from 0\.0\.0\.0\/0 beside sg-/);
    expect(alert?.attributes).toMatchObject({
      ...{ outcome: { value: "exposed" }, severity: { value: "critical" } },
      kind: { value: "exposure" },
    });
    const text = alert?.message.replaceAll(/\s+/g, " ");
    expect(text).toContain(`Worn by funai-deploy ${DEPLOY} 172.21.138.100`);
    expect(text).toContain(`${stage.groups.deploy} funai-deploy, part deploy`);
    expect(text).toContain(`Together ${[spare, stage.groups.deploy].sort()[0]}`);
    expect(text).toContain(`${spare} spare, which no entry selects`);
    expect(text).toContain("Reached public: tcp 22");
    expect(text).toMatch(/Why none of the parts deploy permits it; it breaks the forbid public/);
    expect(text).toContain(`Take ${spare} off these interfaces`);
    expect(stage.writes()).toEqual([]);
  });

  it("is one finding and one alert with the audits that see it too", async () => {
    await wear(stage.groups.deploy, spare);
    await settled();
    for (let hour = 0; hour < 3; hour += 1) {
      const report = await audited();
      const seen = report.findings.filter(({ kind }) => kind === "exposure");
      const [open] = (await exposures()).filter(({ outcome }) => outcome === "reported");
      expect(seen).toMatchObject([{ group: spare, findingId: open?.id, outcome: "reported" }]);
      await stage.later(3_600);
    }
    expect(subjects()).toEqual([["EXPOSED", "ingress"]]);
  });

  it("is the audit's finding where the audit was first, which learns who it was from the event", async () => {
    await stage.quietly(() => wear(stage.groups.deploy, spare));
    await audited();
    const [found] = await exposures();
    expect(found).toMatchObject({ outcome: "reported", trigger: { kind: "audit" } });
    expect(found?.actor).toBeUndefined();
    expect(await handle(lastEvent())).toEqual([]);
    const [later] = await exposures();
    expect(later).toMatchObject({ id: found?.id, actor: { name: "tester" } });
    expect(subjects()).toEqual([["EXPOSED", "ingress"]]);
  });

  it("comes to the same end when its events come twice, late and in another order", async () => {
    const before = (await exposures()).length;
    await stage.quietly(() => wear(stage.groups.deploy, spare));
    const on = lastEvent();
    await handle(on, on);
    await handle(on);
    await stage.quietly(() => wear(stage.groups.deploy));
    const off = lastEvent();
    await stage.later(60);
    await handle(off, on);
    await handle(on);
    await handle(off);
    const found = await exposures();
    expect(found).toHaveLength(before + 1);
    expect(found[0]).toMatchObject({ outcome: "gone" });
    expect(subjects()).toEqual([
      ["EXPOSED", "ingress"],
      ["EXPOSURE", "ENDED"],
    ]);
  });

  it("ends when the interface loses the group, and is another when it comes back", async () => {
    await wear(stage.groups.deploy, spare);
    await settled();
    await wear(stage.groups.deploy);
    await settled();
    const [first] = await exposures();
    expect(first).toMatchObject({ outcome: "gone" });
    expect(first?.closedAt).toBeDefined();
    expect(await stage.aws.exposures.all()).toEqual([]);
    await stage.later(3_600);
    await wear(stage.groups.deploy, spare);
    await settled();
    const [second] = await exposures();
    expect(second).toMatchObject({ outcome: "reported", occurrence: (first?.occurrence ?? 0) + 1 });
    expect(subjects().map(([word]) => word)).toEqual(["EXPOSED", "EXPOSURE", "EXPOSED"]);
  });

  it("is ended by an audit where the rule goes, which no attachment tells", async () => {
    await wear(stage.groups.deploy, spare);
    await settled();
    await stage.take(spare, WORLD);
    await stage.later(60);
    expect((await audited()).findings.filter(({ kind }) => kind === "exposure")).toEqual([]);
    expect((await exposures())[0]).toMatchObject({ outcome: "gone", trigger: { kind: "event" } });
    await stage.open(spare, WORLD);
    await stage.idle();
  });

  it.each(["Publish", "UpdateItem", "PutItem"])(
    "is told although a run dies at %s, by the event's next delivery",
    async action => {
      await stage.quietly(() => wear(stage.groups.deploy, spare));
      const body = lastEvent();
      const { faults } = stage.account;
      faults.failNext(action === "Publish" ? "sns" : "dynamodb", action, "InternalError", 3);
      expect(await handle(body)).toEqual(["m-0"]);
      faults.clear();
      await stage.later(360);
      expect(await handle(body)).toEqual([]);
      expect((await exposures())[0]).toMatchObject({ outcome: "reported" });
      expect((await exposures())[0]?.publishedAt).toBeDefined();
      expect(subjects()).toEqual([["EXPOSED", "ingress"]]);
    },
  );

  it("that stands is told again, once, when a newer matrix forbids it", async () => {
    const whole = studioIn("enforce");
    const lax = whole.replace(/^forbid:\n(?: {2}- .*\n)+/m, "");
    expect(lax).not.toBe(whole);
    await stage.apply(lax);
    await wear(stage.groups.deploy, spare);
    await settled();
    const severities = () => stage.alerts().map(({ attributes }) => attributes.severity?.value);
    expect([subjects(), severities()]).toEqual([[["EXPOSED", "ingress"]], ["high"]]);
    await stage.apply(whole);
    await stage.later(1_000);
    stage.mark();
    await audited();
    expect([subjects(), severities()]).toEqual([[["EXPOSED", "ingress"]], ["critical"]]);
    await stage.later(3_600);
    await audited();
    expect(subjects()).toHaveLength(1);
    const standing = (await exposures()).filter(({ outcome }) => outcome === "reported");
    expect(standing).toMatchObject([{ breaks: [expect.stringMatching(/^public/)] }]);
  });

  it("is told of its end although the run dies between the record and the message", async () => {
    await wear(stage.groups.deploy, spare);
    await settled();
    await stage.quietly(() => wear(stage.groups.deploy));
    stage.account.faults.failNext("sns", "Publish", "InternalError", 3);
    expect(await handle(lastEvent())).toEqual(["m-0"]);
    stage.account.faults.clear();
    await stage.later(360);
    expect(await handle(lastEvent())).toEqual([]);
    expect(subjects().map(([word]) => word)).toEqual(["EXPOSED", "EXPOSURE"]);
    expect(await stage.aws.exposures.all()).toEqual([]);
  });

  it("is read once however many instances start with one group", async () => {
    await stage.quietly(() => wear(stage.groups.deploy, spare));
    stage.mark();
    const groupSet = { items: [{ groupId: spare }] };
    const bodies = Array.from({ length: 60 }, (_, index) =>
      JSON.stringify(
        enveloped(
          record("run-instances", {
            ...{ eventID: `run-${index}`, awsRegion: stage.account.region },
            requestParameters: { groupSet },
          }),
          { region: stage.account.region },
        ),
      ),
    );
    expect(await handle(...bodies)).toEqual([]);
    expect(stage.reads()).toEqual(["DescribeNetworkInterfaces", "DescribeSecurityGroups"]);
    expect(subjects()).toEqual([["EXPOSED", "ingress"]]);
  });

  describe("that is none", () => {
    const tags = () =>
      JSON.stringify(
        enveloped(
          record("tag-resources", {
            awsRegion: stage.account.region,
            requestParameters: {
              resourceARNList: [
                `arn:aws:ec2:${stage.account.region}:111122223333:security-group/${stage.groups.api}`,
              ],
            },
          }),
          { region: stage.account.region, source: "aws.tagging" },
        ),
      );

    it("but tags, or cannot be read, is handed over to the queue of group events", async () => {
      expect(await handle(tags(), "{no json")).toEqual([]);
      await stage.idle();
      expect(stage.log().some(({ message }) => message === "reconciled")).toBe(true);
      expect(stage.account.queues.count("portward-dead-letters")).toMatchObject({ visible: 1 });
      stage.account.queues.purge("portward-dead-letters");
    });

    it("comes again where it could not be handed over, and keeps back nothing else", async () => {
      await stage.quietly(() => wear(stage.groups.deploy, spare));
      stage.account.faults.failNext("sqs", "SendMessage", "InternalError", 3);
      expect(await handle(tags(), lastEvent())).toEqual(["m-0"]);
      stage.account.faults.clear();
      expect(subjects()).toEqual([["EXPOSED", "ingress"]]);
    });

    it("is neither handed over nor looked at where it changed nothing", async () => {
      const { region } = stage.account;
      const dry = { awsRegion: region, errorCode: "Client.DryRunOperation" };
      const body = JSON.stringify(enveloped(record("run-instances", dry), { region }));
      const before = stage.account.calls.list().length;
      expect(await handle(body)).toEqual([]);
      const since = stage.account.calls.list().slice(before);
      expect(since.map(({ action }) => action)).toEqual([]);
    });
  });

  it("of what the parts permit exposes nothing", async () => {
    await wear(stage.groups.deploy, stage.groups.workspace);
    await settled();
    expect(stage.alerts()).toEqual([]);
  });
});

describe("an attachment in observe", () => {
  beforeAll(() => begin("observe"));
  afterAll(() => stage.stop());

  it("that an audit finds first is told the next morning", async () => {
    stage.mark();
    await stage.quietly(() => wear(stage.groups.deploy, spare));
    await audited();
    expect((await exposures())[0]).toMatchObject({ outcome: "reported", mode: "observe" });
    expect(stage.alerts()).toEqual([]);
    await stage.later(86_400);
    await stage.sweep();
    expect(subjects()).toEqual([["EXPOSED", "1"]]);
    await wear(stage.groups.deploy);
    await settled();
    await stage.later(3_600);
  });

  it("is told at once by its event, then every morning until it is over", async () => {
    stage.mark();
    await wear(stage.groups.deploy, spare);
    await settled();
    expect(subjects()).toEqual([["EXPOSED", "ingress"]]);
    await audited();
    await stage.later(86_400);
    await stage.sweep();
    expect(subjects().slice(1)).toEqual([["EXPOSED", "1"]]);
    expect(stage.alerts()[1]?.message).toContain("exposed: ingress tcp 22");
    await wear(stage.groups.deploy);
    await settled();
    await stage.later(86_400);
    await stage.sweep();
    expect(subjects().slice(2)).toEqual([["EXPOSURE", "ENDED"]]);
    expect(stage.writes()).toEqual([]);
  });
});
