// The main job, end to end: an ordinary EC2 client opens a group of the five servers, the event
// reaches the real handler, the group ends as the law says, and it is on record who did it.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Deployed, startDeployed } from "../support/deployed.ts";

describe("an unauthorized opening", () => {
  let it5: Deployed;
  let before: string[];
  beforeAll(async () => {
    it5 = await startDeployed({ isOnline: true });
    before = await it5.rules(it5.groups.deploy);
  });
  afterAll(() => it5.stop());

  it.each([
    [["ingress tcp 22 from 0.0.0.0/0"]],
    [["ingress tcp 7002 from 0.0.0.0/0"]],
    [["ingress tcp 22 from ::/0"]],
    [["ingress tcp 22 from 0.0.0.0/1", "ingress tcp 22 from 128.0.0.0/1"]],
    [["ingress tcp 22 from 2000::/3"]],
    [["ingress tcp 0-65535 from 203.0.113.0/24"]],
    [["ingress all from 0.0.0.0/0"]],
    [["ingress udp 53 from 198.51.100.7/32"]],
    [["ingress icmp all from 0.0.0.0/0", "ingress icmp 8/0 from 10.0.0.0/8"]],
    [["ingress icmpv6 all from ::/0"]],
    [["ingress proto 47 from 192.0.2.0/24"]],
    [["ingress tcp 7002 from 172.21.138.0/24"]],
    [["ingress tcp 7002 from 172.21.138.99/32"]],
    [["ingress tcp 7001-7002 from 172.21.138.91/32"]],
  ])("%j is closed, and nothing beside it is touched", async rules => {
    await it5.open(it5.groups.deploy, ...rules);
    await it5.idle();
    expect(await it5.rules(it5.groups.deploy)).toEqual(before);
  });

  it("to another group is closed", async () => {
    await it5.open(it5.groups.deploy, `ingress tcp 22 from ${it5.groups.workspace}`);
    await it5.idle();
    expect(await it5.rules(it5.groups.deploy)).toEqual(before);
  });

  it("of all egress is closed where egress is listed", async () => {
    const rules = await it5.rules(it5.groups.runner);
    await it5.open(it5.groups.runner, "egress all to 0.0.0.0/0");
    await it5.idle();
    expect(await it5.rules(it5.groups.runner)).toEqual(rules);
  });

  it("leaves one finding with its actor and one alert each", async () => {
    const { deploy } = it5.groups;
    const seen = (await it5.findings(deploy)).length;
    const alerts = it5.account.inbox.messages().length;
    await it5.open(deploy, "ingress tcp 3389 from 0.0.0.0/0");
    await it5.idle();
    const [newest, ...rest] = await it5.findings(deploy);
    expect(rest).toHaveLength(seen);
    expect(newest).toMatchObject({
      kind: "drift",
      rule: "ingress tcp 3389 from 0.0.0.0/0",
      outcome: "closed",
      actor: { name: "tester", type: "IAMUser", nameChosenByCaller: false },
      parts: ["deploy"],
    });
    expect(newest?.publishedAt).toBeDefined();
    const messages = it5.account.inbox.messages();
    expect(messages).toHaveLength(alerts + 1);
    expect(messages.at(-1)?.subject).toMatch(/^CLOSED /);
    expect(messages.at(-1)?.message).toContain("tester");
  });

  it("that is permitted is left alone", async () => {
    const { api } = it5.groups;
    const findings = (await it5.findings(api)).length;
    await it5.open(api, "ingress tcp 8080 from 172.21.0.0/16");
    await it5.idle();
    expect(await it5.rules(api)).toContain("ingress tcp 8080 from 172.21.0.0/16");
    expect(await it5.findings(api)).toHaveLength(findings);
  });
});
