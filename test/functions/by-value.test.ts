// Rules that change under Portward's hands: edited by a person, edited again between the read and
// the call, or gone before it. What was read is closed by value, and nothing beside it.
import {
  AuthorizeSecurityGroupIngressCommand,
  DeleteSecurityGroupCommand,
  UpdateSecurityGroupRuleDescriptionsIngressCommand,
} from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newPermission } from "../../functions/aws/ip-permission.ts";
import { seedVpc } from "../../local/seed.ts";
import { formatRule } from "../../matrix/rules/rule.ts";
import { ruleOf } from "../support/deployed.ts";
import { type Stage, startStage, studioIn } from "../support/stage.ts";

const withFlow = (flow: string) => studioIn("enforce").replace("flows:\n", `flows:\n  - ${flow}\n`);
const ALLOWED = "ingress tcp 9100 from 10.1.0.0/16";
const FROM_API = "ingress tcp 7002 from 172.21.138.91/32";

let stage: Stage;
let before: string[];

describe("a permitted rule that somebody edits", () => {
  beforeAll(async () => {
    stage = await startStage(
      withFlow("{ from: 2001:db8:a::/48, to: runtime, ports: tcp 9000, need: allowed }"),
    );
    before = await stage.rules(stage.groups.deploy);
  });
  afterAll(() => stage.stop());

  it("to let more through is narrowed back in place, its id and description kept", async () => {
    const { deploy } = stage.groups;
    const IpPermissions = [newPermission(ruleOf(FROM_API), "of the api team")];
    const described = { GroupId: deploy, IpPermissions };
    await stage.as("tester").send(new UpdateSecurityGroupRuleDescriptionsIngressCommand(described));
    stage.mark();
    const id = await stage.edit(deploy, FROM_API, "ingress tcp 7000-7002 from 172.21.138.91/32");
    await stage.idle();
    expect(await stage.rules(deploy)).toEqual(before);
    const live = (await stage.live(deploy)).find(({ ruleId }) => ruleId === id);
    expect(live && formatRule(live.rule)).toBe(FROM_API);
    expect(live?.description).toBe("of the api team");
    expect(stage.writes()).toEqual(["ModifySecurityGroupRules"]);
    expect(await stage.findings(deploy)).toMatchObject([
      {
        outcome: "narrowed",
        rule: "ingress tcp 7000-7002 from 172.21.138.91/32",
        ruleId: id,
        after: [FROM_API],
        actor: { name: "tester" },
        calls: [expect.stringMatching(/^modify sgr-\w+ from ingress tcp 7000-7002 .* to /)],
      },
    ]);
  });

  it("the same way again is narrowed again, as another occurrence", async () => {
    const { deploy } = stage.groups;
    await stage.later(60);
    await stage.edit(deploy, FROM_API, "ingress tcp 7000-7002 from 172.21.138.91/32");
    await stage.idle();
    expect(await stage.rules(deploy)).toEqual(before);
    const found = await stage.findings(deploy);
    expect(found.map(({ occurrence }) => occurrence).toSorted()).toEqual([1, 2]);
  });

  it.each([
    ["another protocol", "ingress udp 7002 from 172.21.138.91/32"],
    ["another port", "ingress tcp 3389 from 172.21.138.91/32"],
    ["everybody", "ingress tcp 7002 from 0.0.0.0/0"],
    ["everything", "ingress all from 0.0.0.0/0"],
  ])("into %s ends as it was", async (_title, to) => {
    const { deploy } = stage.groups;
    await stage.edit(deploy, FROM_API, to);
    await stage.idle();
    expect(await stage.rules(deploy)).toEqual(before);
    const drift = (await stage.findings(deploy)).find(({ rule }) => rule === to);
    expect(drift).toMatchObject({ actor: { name: "tester" } });
    expect(["closed", "narrowed"]).toContain(drift?.outcome);
  });

  it("into a rule whose permitted part stands already is revoked", async () => {
    const { deploy } = stage.groups;
    await stage.open(deploy, "ingress tcp 7002 from 172.21.0.0/16");
    await stage.idle();
    expect(await stage.rules(deploy)).toEqual(before);
  });

  it("under IPv6 is narrowed under IPv6", async () => {
    const { runtime } = stage.groups;
    await stage.open(runtime, "ingress tcp 9000 from 2001:db8:a::/48");
    await stage.idle();
    const wide = "ingress tcp 9000-9001 from 2001:db8::/32";
    const id = await stage.edit(runtime, "ingress tcp 9000 from 2001:db8:a::/48", wide);
    await stage.idle();
    const live = (await stage.live(runtime)).find(({ ruleId }) => ruleId === id);
    expect(live && formatRule(live.rule)).toBe("ingress tcp 9000 from 2001:db8:a::/48");
  });
});

describe("a rule that is changed between the read and the revoke", () => {
  beforeAll(async () => {
    stage = await startStage(
      withFlow("{ from: 10.1.0.0/16, to: deploy, ports: tcp 9100, need: allowed }"),
    );
    before = await stage.rules(stage.groups.deploy);
  });
  afterAll(() => stage.stop());
  const port = (n: number) => `ingress tcp ${n} from 0.0.0.0/0`;

  /** Changes a rule, with no event of its own, just before the next revoke takes effect. */
  function changeBeforeRevoke(from: string, to: string, also = async () => {}): void {
    stage.account.faults.onNext("ec2", "RevokeSecurityGroupIngress", () =>
      stage.quietly(async () => {
        await stage.edit(stage.groups.deploy, from, to);
        await also();
      }),
    );
  }

  it("is judged again and closed as it is now", async () => {
    const { deploy } = stage.groups;
    changeBeforeRevoke(port(2201), port(2202));
    await stage.open(deploy, port(2201));
    await stage.idle();
    expect(await stage.rules(deploy)).toEqual(before);
    const found = await stage.findings(deploy);
    expect(found.find(({ rule }) => rule === port(2201))?.outcome).toBe("gone");
    expect(found.find(({ rule }) => rule === port(2202))?.outcome).toBe("closed");
  });

  it("into what is permitted is left alone", async () => {
    const { deploy } = stage.groups;
    changeBeforeRevoke(port(2203), ALLOWED);
    stage.mark();
    await stage.open(deploy, port(2203));
    await stage.idle();
    expect(await stage.rules(deploy)).toEqual([...before, ALLOWED].toSorted());
    expect(stage.writes()).toEqual(["RevokeSecurityGroupIngress"]);
    await stage.take(deploy, ALLOWED);
    await stage.idle();
  });

  it("each time anew is closed by its id after two misses", async () => {
    const { deploy } = stage.groups;
    changeBeforeRevoke(port(2211), port(2212));
    changeBeforeRevoke(port(2212), port(2213));
    // This one would slip away from a revoke by value again.
    changeBeforeRevoke(port(2213), port(2214));
    stage.mark();
    await stage.open(deploy, port(2211));
    await stage.idle();
    expect(await stage.rules(deploy)).toEqual(before);
    expect(stage.writes()).toHaveLength(3);
    const byId = (await stage.findings(deploy)).find(({ rule }) => rule === port(2213));
    expect(byId?.calls.join()).toMatch(/^revoke sgr-\w+ by id$/);
  });

  it.each([0, 3])(
    "and closed by its id has what is permitted put back, %i failures later",
    async n => {
      const { deploy } = stage.groups;
      const { faults } = stage.account;
      changeBeforeRevoke(port(2221), port(2222));
      changeBeforeRevoke(port(2222), port(2223));
      changeBeforeRevoke(port(2223), ALLOWED, async () => {
        if (n > 0) faults.failNext("ec2", "AuthorizeSecurityGroupIngress", "InternalError", n);
      });
      await stage.open(deploy, port(2221));
      await stage.idle();
      expect(await stage.rules(deploy)).toEqual([...before, ALLOWED].toSorted());
      await stage.take(deploy, ALLOWED);
      await stage.everyLook();
      expect(
        stage
          .alerts()
          .map(({ subject }) => subject)
          .join(),
      ).not.toContain("ROLE MISUSED");
    },
  );
});

describe("a group that is deleted between the read and the revoke", () => {
  beforeAll(async () => {
    stage = await startStage(
      studioIn("enforce").replace("groups:\n", "groups:\n  others: { mode: revoke }\n"),
    );
  });
  afterAll(() => stage.stop());

  it("is no failure to close", async () => {
    const { account } = stage;
    const { accountId, region } = account;
    const GroupId = account.ec2.seed.group(
      { account: accountId, region },
      { name: "short", vpcId: seedVpc },
    );
    account.faults.onNext("ec2", "RevokeSecurityGroupIngress", () =>
      stage.as("tester").send(new DeleteSecurityGroupCommand({ GroupId })),
    );
    stage.mark();
    await stage.open(GroupId, "ingress tcp 22 from 0.0.0.0/0");
    await stage.idle();
    expect(await stage.findings(GroupId)).toMatchObject([{ outcome: "gone" }]);
    expect(
      stage
        .alerts()
        .map(({ subject }) => subject)
        .join(),
    ).not.toContain("COULD NOT");
  });
});

describe.each(["a VPC of one's own", "the default VPC"])("of twelve rules in %s", where => {
  const rules = Array.from({ length: 12 }, (_, n) => `ingress tcp ${2_300 + n} from 0.0.0.0/0`);
  let GroupId: string;
  beforeAll(async () => {
    const everywhere = studioIn("enforce").replace(/^vpc: .*$/m, "");
    stage = await startStage(
      everywhere.replace("groups:\n", "groups:\n  others: { mode: revoke }\n"),
    );
    const { ec2, accountId: account, region } = stage.account;
    GroupId = ec2.seed.group(
      { account, region },
      {
        name: "twelve",
        defaultEgress: false,
        ...(where === "the default VPC" ? {} : { vpcId: seedVpc }),
      },
    );
  });
  afterAll(() => stage.stop());

  it("one that vanishes before the revoke keeps no other open", async () => {
    const gone = rules[7] ?? "";
    stage.account.faults.onNext("ec2", "RevokeSecurityGroupIngress", () =>
      stage.take(GroupId, gone),
    );
    stage.mark();
    const IpPermissions = rules.map(text => newPermission(ruleOf(text)));
    await stage
      .as("tester")
      .send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions }));
    await stage.idle();
    expect(await stage.rules(GroupId)).toEqual([]);
    const found = await stage.findings(GroupId);
    expect(found).toHaveLength(12);
    expect(found.filter(({ outcome }) => outcome === "closed")).toHaveLength(11);
    expect(found.find(({ rule }) => rule === gone)?.outcome).toBe("gone");
    expect(stage.alerts()).toHaveLength(1);
  });
});
