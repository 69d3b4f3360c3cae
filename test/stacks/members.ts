// A hub's functions and a member they look after, in local accounts: what they call at home and by the
// role that the member lends them. What is missing here shows as an idle grant.
import {
  CreateVpcCommand,
  DescribeSecurityGroupRulesCommand,
  type EC2Client,
  ModifyNetworkInterfaceAttributeCommand,
  ModifySecurityGroupRulesCommand,
} from "@aws-sdk/client-ec2";
import { type Account, startAccount } from "../../local/account.ts";
import { deployHub, type HubDeployment } from "../../local/hub.ts";
import type { KeyName } from "../../local/identities.ts";
import { seedFiveServers } from "../../local/seed.ts";
import type { Call } from "../../local/wire/call-log.ts";
import { clientOf, open, take } from "../support/deployed.ts";
import type { Stage } from "../support/stage.ts";
import { listedText, NAMED, OTHER, type Spoilt, spoil } from "./provoke.ts";

export interface Members {
  readonly account: Account;
  /** What the hub called by the role of the member. */
  calls(): readonly Call[];
}

const place = { account: "222233334444", region: "ap-southeast-1" };
const WORLD = "ingress tcp 23 from 0.0.0.0/0";

/** Starts a member of a stage, and lets its hub do everything that it does. */
export async function provokeHub(stage: Stage): Promise<Members> {
  const { cloud, clock } = stage.account;
  const account = await startAccount({ cloud, clock, accountId: place.account });
  const { log, sleep } = stage.aws;
  const options = { log, sleep, maxAttempts: 1 };
  const hub = deployHub(stage.account, stage.aws.config, [account], options);
  const member = spoiltIn(account, stage);
  for (const prefixListId of [NAMED, OTHER]) {
    const list = { prefixListId, name: prefixListId, entries: [{ cidr: "10.1.0.0/16" }] };
    account.ec2.seed.prefixList(place, { ...list, maxEntries: 9 });
  }
  await apply(hub);
  await events(hub, stage, { account, member });
  await rounds(hub, stage, { account, member });
  return {
    account,
    calls: () => account.calls.list().filter(({ caller }) => caller.includes("-member/")),
  };
}

function spoiltIn(account: Account, stage: Stage): Spoilt {
  const clients = new Map<KeyName, EC2Client>();
  const as = (name: KeyName) => {
    const client = clients.get(name) ?? clientOf(account, name);
    clients.set(name, client);
    return client;
  };
  return {
    ...{ groups: seedFiveServers(account), as },
    open: (id, ...rules) => open(as("tester"), id, rules),
    take: (id, ...rules) => take(as("tester"), id, rules),
    async idle() {
      await account.idle();
      await stage.idle();
    },
  };
}

/** Puts the matrix into force, by a plan as people do. */
async function apply({ call }: HubDeployment): Promise<void> {
  const asked = { ...place, files: [{ name: "matrix.yaml", text: listedText() }] };
  const { id } = (await call({ ...asked, does: "plan" })) as { id: string };
  await call({ ...asked, does: "apply", accept: id, note: "test" });
}

/** Gives a required rule a wider peer, in place. */
async function widenRule({ as, groups }: Spoilt): Promise<void> {
  const ec2 = as("tester");
  const Filters = [{ Name: "group-id", Values: [groups.deploy] }];
  const { SecurityGroupRules = [] } = await ec2.send(
    new DescribeSecurityGroupRulesCommand({ Filters }),
  );
  const found = SecurityGroupRules.find(({ CidrIpv4 }) => CidrIpv4 === "172.21.138.91/32");
  if (!found) throw new Error("there is no rule to widen");
  const { IpProtocol, FromPort, ToPort, SecurityGroupRuleId } = found;
  const SecurityGroupRule = { IpProtocol, FromPort, ToPort, CidrIpv4: "172.21.0.0/16" };
  await ec2.send(
    new ModifySecurityGroupRulesCommand({
      GroupId: groups.deploy,
      SecurityGroupRules: [{ SecurityGroupRuleId, SecurityGroupRule }],
    }),
  );
}

/** Attaches a second group, which is open to the world, to an interface. */
async function wearAnother({ as, groups }: Spoilt): Promise<void> {
  const NetworkInterfaceId = "eni-0f0a1b2c3d4e50100";
  const Groups = [groups.deploy, groups.api];
  await as("tester").send(
    new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId, Groups }),
  );
}

interface There {
  readonly account: Account;
  readonly member: Spoilt;
}

async function events(hub: HubDeployment, stage: Stage, { account, member }: There): Promise<void> {
  const { queues } = stage.account;
  await spoil({ stage: member });
  await widenRule(member);
  await member.idle();
  await wearAnother(member);
  // Which group it changed nobody knows.
  await member.as("tester").send(new CreateVpcCommand({ CidrBlock: "10.9.0.0/16" }));
  queues.send(hub.queue, "no record");
  account.faults.failNext("ec2", "DescribeSecurityGroups", "RequestLimitExceeded");
  await member.open(member.groups.deploy, WORLD);
  await member.idle();
  for (const seconds of [5, 30, 45, 120, 900]) {
    await stage.later(seconds);
    await member.idle();
  }
}

async function rounds(hub: HubDeployment, stage: Stage, { account, member }: There): Promise<void> {
  const put = async (what: "audits" | "sweeps") => {
    await hub.call({ source: "aws.scheduler", put: what });
    await member.idle();
  };
  const quietly = async (task: () => Promise<unknown>) => {
    account.bus.deliver({ drop: () => true });
    await task();
    account.bus.deliver({});
  };
  const hour = async () => {
    for (let quarter = 0; quarter < 4; quarter++) {
      await put("audits");
      await stage.later(900);
      await member.idle();
      await put("sweeps");
    }
  };
  stage.account.queues.send(hub.rounds, "no round");
  await quietly(() => spoil({ stage: member }));
  await hour();
  await hub.call({ ...place, does: "pause", minutes: 90, reason: "test" });
  await quietly(() => spoil({ stage: member }));
  await hour();
  await hour();
  await hub.call({ ...place, does: "pause", minutes: 90, reason: "test" });
  await hub.call({ ...place, does: "resume" });
  await hour();
}
