// Do the calls a reconcile makes do on moto what they do on the local account, each by itself? Only
// where moto is right: its answers to revoke and to pages are among the known differences.
import type { EC2Client } from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { isDuplicate, isGone, isGroupGone, isOverLimit } from "../../functions/aws/error-codes.ts";
import { prefixLists } from "../../functions/aws/prefix-lists.ts";
import { type SecurityGroups, securityGroups } from "../../functions/aws/security-groups.ts";
import { parseCidr } from "../../matrix/rules/cidr.ts";
import { formatRule, parseRule, type Rule } from "../../matrix/rules/rule.ts";
import { type Subject, startSubject, type Trial } from "./trial.ts";

let subject: Subject;
let groups: SecurityGroups;
let trial: Trial;
beforeAll(async () => {
  subject = await startSubject("moto");
  groups = securityGroups(subject.client as unknown as EC2Client);
});
afterAll(() => subject.stop());
beforeEach(async () => {
  trial = await subject.trial();
});

function ruleOf(text: string): Rule {
  const rule = parseRule(text);
  if (!rule) throw new Error(`not a rule: ${text}`);
  return rule;
}

const authorize = (...texts: string[]) =>
  groups.authorize(
    trial.groupId,
    "ingress",
    texts.map(text => ({ rule: ruleOf(text) })),
  );

async function readTrial() {
  const read = await groups.read(trial.groupId);
  if (!read) throw new Error(`${trial.groupId} is not there`);
  const of = (text: string) => read.group.rules.filter(live => formatRule(live.rule) === text);
  const texts = read.group.rules.map(live => formatRule(live.rule));
  return { read, of, texts };
}

const everything = "egress all to 0.0.0.0/0";
const failure = (call: Promise<unknown>) =>
  call.then(
    () => undefined,
    error => error as unknown,
  );

describe("a rule", () => {
  const rows: [string, () => string | Promise<string>][] = [
    ["an IPv4 block", () => "ingress tcp 22 from 10.0.0.0/8"],
    ["everybody", () => "ingress tcp 0-65535 from 0.0.0.0/0"],
    ["an IPv6 block", () => "ingress udp 53 from 2001:db8::/32"],
    ["everybody on IPv6", () => "ingress tcp 443 from ::/0"],
    ["a port range", () => "ingress udp 30000-32768 from 192.0.2.0/24"],
    ["an ICMP type and code", () => "ingress icmp 8/0 from 10.0.0.0/8"],
    ["all ICMP", () => "ingress icmp all from 10.0.0.0/8"],
    ["all ICMPv6", () => "ingress icmpv6 all from ::/0"],
    ["every protocol", () => "ingress all from 10.0.0.0/8"],
    ["a group", async () => `ingress tcp 5432 from ${(await subject.trial()).groupId}`],
    ["a prefix list", async () => `ingress tcp 443 from ${await makeList()}`],
  ];

  it.each(rows)("for %s is authorized, read and revoked by value", async (_, text) => {
    const rule = await text();
    await authorize(rule);
    const { read, of } = await readTrial();
    const [live] = of(rule);
    expect(live?.ruleId).toMatch(/^sgr-/);
    await groups.revoke(read, "ingress", of(rule));
    expect((await readTrial()).texts).toEqual([everything]);
  });

  it("keeps its description", async () => {
    const text = "ingress tcp 22 from 10.0.0.0/8";
    const described = { rule: ruleOf(text), description: "portward: office" };
    await groups.authorize(trial.groupId, "ingress", [described]);
    expect((await readTrial()).of(text)[0]?.description).toBe("portward: office");
  });

  it("of egress is authorized, read and revoked by value", async () => {
    const rule = "egress tcp 443 to 198.51.100.0/24";
    await groups.authorize(trial.groupId, "egress", [{ rule: ruleOf(rule) }]);
    const { read, of, texts } = await readTrial();
    expect(texts).toEqual([everything, rule]);
    await groups.revoke(read, "egress", [...of(rule), ...of(everything)]);
    expect((await readTrial()).texts).toEqual([]);
  });

  it("is given new ports and another block under its old id", async () => {
    await authorize("ingress tcp 22 from 0.0.0.0/0");
    const [live] = (await readTrial()).of("ingress tcp 22 from 0.0.0.0/0");
    const narrow = "ingress tcp 22 from 10.0.0.0/8";
    await groups.modify(trial.groupId, live?.ruleId ?? "", ruleOf(narrow), "office");
    const after = (await readTrial()).of(narrow);
    expect(after).toEqual([{ rule: ruleOf(narrow), ruleId: live?.ruleId, description: "office" }]);
  });

  it("is revoked by its id", async () => {
    await authorize("ingress tcp 22 from 10.0.0.0/8", "ingress tcp 23 from 10.0.0.0/8");
    const [live] = (await readTrial()).of("ingress tcp 22 from 10.0.0.0/8");
    await groups.revokeById(trial.groupId, "ingress", [live?.ruleId ?? ""]);
    expect((await readTrial()).texts).toEqual([everything, "ingress tcp 23 from 10.0.0.0/8"]);
  });
});

describe("an error", () => {
  it("for a rule that is there is a duplicate", async () => {
    await authorize("ingress tcp 22 from 10.0.0.0/8");
    const error = await failure(authorize("ingress tcp 22 from 10.0.0.0/8"));
    expect(isDuplicate(error)).toBe(true);
  });

  it("for a rule that changed since it was read is 'gone', and the rule stays", async () => {
    const { client, groupId } = trial;
    await authorize("ingress tcp 22 from 10.0.0.0/8");
    const { read, of } = await readTrial();
    const changed = ruleOf("ingress tcp 22 from 10.0.0.0/16");
    const ruleId = of("ingress tcp 22 from 10.0.0.0/8")[0]?.ruleId ?? "";
    await securityGroups(client as unknown as EC2Client).modify(groupId, ruleId, changed);
    const call = groups.revoke(read, "ingress", of("ingress tcp 22 from 10.0.0.0/8"));
    expect(isGone(await failure(call))).toBe(true);
    expect((await readTrial()).texts).toEqual([everything, "ingress tcp 22 from 10.0.0.0/16"]);
  });

  it("for the 61st rule is over the limit", async () => {
    const texts = Array.from(
      { length: 60 },
      (_, index) => `ingress tcp 22 from 10.0.${index}.0/24`,
    );
    await trial.authorize({
      IpProtocol: "tcp",
      FromPort: 22,
      ToPort: 22,
      IpRanges: texts.map(text => ({ CidrIp: text.split(" ").at(-1) })),
    });
    const error = await failure(authorize("ingress tcp 22 from 192.0.2.0/24"));
    expect(isOverLimit(error)).toBe(true);
  });

  it("for a group that is gone says so", async () => {
    const { read } = await readTrial();
    await trial.client.deleteSecurityGroup({ GroupId: trial.groupId });
    expect(await groups.read(trial.groupId)).toBeUndefined();
    const call = authorize("ingress tcp 22 from 10.0.0.0/8");
    expect(isGroupGone(await failure(call))).toBe(true);
    const revoke = groups.revoke(read, "egress", read.group.rules);
    expect(isGroupGone(await failure(revoke))).toBe(true);
  });
});

describe("reading", () => {
  it("lists a group with its name, VPC, owner and tags", async () => {
    const tag = { Key: "role", Value: "runtime" };
    await trial.client.createTags({ Resources: [trial.groupId], Tags: [tag] });
    const listed = (await groups.list()).find(group => group.id === trial.groupId);
    expect(listed).toMatchObject({ vpcId: trial.vpcId, tags: { role: "runtime" } });
    expect(listed?.owner).toMatch(/^\d{12}$/);
  });

  it("tells which VPCs have IPv6", async () => {
    const { Vpc } = await trial.client.createVpc({
      CidrBlock: "10.1.0.0/16",
      AmazonProvidedIpv6CidrBlock: true,
    });
    const VpcId = Vpc?.VpcId ?? "";
    subject.afterwards(() => trial.client.deleteVpc({ VpcId }));
    expect(await groups.ipv6Vpcs([VpcId, trial.vpcId])).toEqual(new Set([VpcId]));
  });

  it("reads a prefix list, and takes a block out of it again", async () => {
    const lists = prefixLists(subject.client as unknown as EC2Client);
    const id = await makeList("192.0.2.0/24", "0.0.0.0/0");
    const [list] = await lists.read([id]);
    expect(list).toMatchObject({ id, name: "office", version: 1, maxEntries: 5 });
    expect(list?.state).toMatch(/-complete$/);
    const out = [parseCidr("0.0.0.0/0") ?? []].flat();
    if (list) await lists.change(list, { out, back: [] });
    const [after] = await lists.read([id]);
    expect(after?.entries).toEqual([parseCidr("192.0.2.0/24")]);
  });
});

async function makeList(...cidrs: string[]): Promise<string> {
  const { PrefixList } = await subject.client.createManagedPrefixList({
    PrefixListName: "office",
    AddressFamily: "IPv4",
    MaxEntries: 5,
    Entries: cidrs.map(Cidr => ({ Cidr })),
  });
  const PrefixListId = PrefixList?.PrefixListId ?? "";
  subject.afterwards(() => subject.client.deleteManagedPrefixList({ PrefixListId }));
  return PrefixListId;
}
