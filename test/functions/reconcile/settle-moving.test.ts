// How a run ends on a group whose matrix changes while it is at work, or that goes: settle.ts.
import { DeleteSecurityGroupCommand } from "@aws-sdk/client-ec2";
import { describe, expect, it } from "vitest";
import type { AwsAccount } from "../../../functions/aws/account.ts";
import { formatRule } from "../../../matrix/rules/rule.ts";
import { governing, putInForce } from "../../support/in-force.ts";
import { barred, metRules, ownSettling, wholly } from "../../support/settling.ts";

const SSH = "ingress tcp 22 from 0.0.0.0/0";
const WEB = "ingress tcp 443 from 10.0.0.0/8";
const WEB_FLOW = "{ from: 10.0.0.0/8, to: web, ports: tcp 443 }";
const SSH_FLOW = "{ from: 0.0.0.0/0, to: web, ports: tcp 22, need: allowed }";
const ELSEWHERE = "sg-0e00000000000000e";

const { pieces, writes, failing, governed, run } = ownSettling();

describe("what a run closed", () => {
  it("is put back where a newer matrix permits it, though nothing requires it", async () => {
    const { aws, group } = await governed([SSH]);
    const settled = await run(aws, group, {
      announce: () => putInForce(aws, governing(group, { flows: [SSH_FLOW] })),
    });
    expect(writes()).toEqual(["RevokeSecurityGroupIngress", "AuthorizeSecurityGroupIngress"]);
    expect(await pieces.rules(group)).toEqual([SSH]);
    expect(metRules(settled)).toEqual([SSH]);
    expect(settled).toMatchObject({ isOpen: false, isCutShort: false });
  });
  it("is not put back where nothing may be written any more", async () => {
    const { aws, group } = await governed([SSH]);
    await run(aws, group, {
      announce: () => putInForce(aws, governing(group, { flows: [SSH_FLOW] })),
      plannerOf: ({ policy }) => (policy?.version === "1" ? wholly : barred),
    });
    expect(await pieces.rules(group)).toEqual([]);
  });
  it("is not put back beside the required rule that lets it through", async () => {
    const { aws, group } = await governed(["ingress tcp 443 from 10.1.0.0/16"]);
    await run(aws, group, {
      announce: () => putInForce(aws, governing(group, { flows: [WEB_FLOW] })),
    });
    expect(await pieces.rules(group)).toEqual([WEB]);
  });
  it("is not put back beside a rule that stands and lets it through", async () => {
    const { aws, group } = await governed(["ingress tcp 22 from 10.1.0.0/16"]);
    await run(aws, group, {
      async announce() {
        await pieces.open(group, SSH);
        await putInForce(aws, governing(group, { flows: [SSH_FLOW] }));
      },
    });
    expect(await pieces.rules(group)).toEqual([SSH]);
  });
  it("is not put back beside what is left of another rule", async () => {
    const narrow = "ingress tcp 443 from 10.1.0.0/16";
    const allowed = "{ from: 10.0.0.0/8, to: web, ports: tcp 443, need: allowed }";
    const { aws, group } = await governed([narrow]);
    await run(aws, group, {
      async announce() {
        await pieces.open(group, "ingress tcp 443 from 0.0.0.0/0");
        await putInForce(aws, governing(group, { flows: [allowed] }));
      },
    });
    expect(await pieces.rules(group)).toEqual([WEB]);
  });
  it("is put back as few rules as it takes", async () => {
    const both = ["ingress tcp 22 from 10.0.0.0/8", "ingress tcp 22 from 10.1.0.0/16"];
    const { aws, group } = await governed(both);
    const flow = "{ from: 10.0.0.0/8, to: web, ports: tcp 22, need: allowed }";
    await run(aws, group, {
      announce: () => putInForce(aws, governing(group, { flows: [flow] })),
    });
    expect(await pieces.rules(group)).toEqual([both[0]]);
  });
  it("is put back as far as it is permitted by now", async () => {
    const { aws, group } = await governed([SSH]);
    const flow = "{ from: 10.0.0.0/8, to: web, ports: tcp 22, need: allowed }";
    await run(aws, group, {
      announce: () => putInForce(aws, governing(group, { flows: [flow] })),
    });
    expect(await pieces.rules(group)).toEqual(["ingress tcp 22 from 10.0.0.0/8"]);
  });
});

describe("a group that is deleted meanwhile", () => {
  it("ends the run, and what was met is on record", async () => {
    const { aws, group } = await governed([SSH]);
    const remove = new DeleteSecurityGroupCommand({ GroupId: group });
    const settled = await run(aws, group, {
      announce: async () => {
        await pieces.as("root").send(remove);
      },
    });
    expect(metRules(settled)).toEqual([SSH]);
    expect(settled).toMatchObject({ isOpen: false, isCutShort: false, waits: [] });
    expect(settled.state.read).toBeUndefined();
    expect(settled.last).toMatchObject({ group: { id: group, rules: [] } });
    expect(settled.last).toMatchObject({ verdicts: [], lists: [] });
  });
});

describe("a group that no entry governs any more", () => {
  const away = (aws: AwsAccount) => async () => putInForce(aws, governing(ELSEWHERE));
  it("ends the run with what is closed, and without what stands", async () => {
    const egress = "egress tcp 25 to 0.0.0.0/0";
    const { aws, group } = await governed([SSH, egress]);
    failing("RevokeSecurityGroupEgress");
    const settled = await run(aws, group, { announce: away(aws) });
    expect(metRules(settled)).toEqual([SSH]);
    expect(settled).toMatchObject({ isOpen: false, isCutShort: false, waits: [] });
    expect(settled.last.group.rules.map(({ rule }) => formatRule(rule))).toEqual([egress]);
    expect(settled.last).toMatchObject({ verdicts: [], lists: [] });
  });
  it("ends it with what was written, and without what is still missing", async () => {
    const flows = [WEB_FLOW, "{ from: web, to: 10.2.0.0/16, ports: tcp 25 }"];
    const { aws, group } = await governed([], flows);
    failing("AuthorizeSecurityGroupEgress", "RulesPerSecurityGroupLimitExceeded");
    const settled = await run(aws, group, { announce: away(aws) });
    expect(metRules(settled)).toEqual([WEB]);
  });
});
