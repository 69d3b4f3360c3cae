// Five hundred groups of one account under a small matrix, and ten thousand openings of them: most that
// nobody permits, some that the matrix does. The openings are made first, their events kept.
import { Logger } from "@aws-lambda-powertools/logger";
import { groupEventPattern } from "../../functions/wiring/triggers.ts";
import { type Account, startAccount } from "../../local/account.ts";
import type { RuleSeed } from "../../local/ec2/ec2.ts";
import { accessKeyOf, callerOf } from "../../local/identities.ts";
import { checkPattern, matches } from "../../local/pattern.ts";
import { type Deployment, deploy } from "../../local/portward.ts";
import { seedVpc } from "../../local/seed.ts";
import { parseMatrix } from "../../matrix/file/parse.ts";
import { expectOutcome } from "../harness/figure.ts";
import { shuffled } from "../harness/shuffle.ts";

export interface StormSize {
  readonly groups: number;
  readonly events: number;
}

export interface StormAccount {
  readonly account: Account;
  readonly deployment: Deployment;
  readonly groupIds: readonly string[];
  /** The bodies of the events of all openings, the groups well mixed, and later of our own calls. */
  readonly queue: string[];
  /** The rule texts each group has to have in the end. */
  readonly expected: readonly string[];
  stop(): Promise<void>;
}

const MATRIX = `
matrix: storm
mode: enforce
groups:
  web: { tags: { role: web }, egress: listed }
flows:
  - { from: 0.0.0.0/0, to: web, ports: tcp 443 }
forbid:
  - { from: public, to: web, ports: tcp 22, reason: no login from outside }
`;
/** Of so many openings of a group one is permitted. */
const PERMITTED_ONE_IN = 10;

/** Starts the account and opens everything. */
export async function openStorm(size: StormSize): Promise<StormAccount> {
  const account = await startAccount();
  const place = { account: account.accountId, region: account.region };
  account.ec2.seed.vpc(place, { vpcId: seedVpc, cidr: "10.0.0.0/8" });
  const https: RuleSeed = { protocol: "tcp", from: 443, to: 443, cidr: "0.0.0.0/0" };
  const groupIds = Array.from({ length: size.groups }, (_, index) =>
    account.ec2.seed.group(place, {
      ...{ name: `storm-${index}`, vpcId: seedVpc, tags: { role: "web" } },
      ...{ rules: [https], defaultEgress: false },
    }),
  );
  const log = new Logger({ serviceName: "portward", logLevel: "SILENT" });
  const deployment = deploy(account, { log });
  await deployment.follow(parseMatrix([{ name: "storm.yaml", text: MATRIX }]));
  await account.idle();
  deployment.stop();
  const queue: string[] = [];
  const pattern = checkPattern(JSON.stringify(groupEventPattern()));
  account.bus.deliver({
    drop(envelope) {
      if (matches(pattern, envelope)) queue.push(JSON.stringify(envelope));
      return true;
    },
  });
  for (let n = 0; n < size.events; n += 1) open(account, groupIds[n % size.groups] ?? "", n, size);
  queue.push(...shuffled(queue.splice(0)));
  expectOutcome(queue.length === size.events, `${queue.length} events of ${size.events} openings`);
  const each = size.events / size.groups;
  const permitted = Array.from({ length: each }, (_, turn) => turn).filter(isPermitted);
  return {
    ...{ account, deployment, groupIds, queue },
    expected: [
      "ingress tcp 443 from 0.0.0.0/0",
      ...permitted.map(turn => `ingress tcp 443 from ${blockOf(turn)}`),
    ].toSorted(),
    async stop() {
      await account.stop();
    },
  };
}

const isPermitted = (turn: number): boolean => turn % PERMITTED_ONE_IN === 0;
const blockOf = (turn: number): string => `198.51.100.${turn}/32`;

// In process and not over HTTP: these calls are the storm's, not ours.
function open(account: Account, groupId: string, number: number, size: StormSize): void {
  const turn = Math.floor(number / size.groups);
  const port = String(isPermitted(turn) ? 443 : 1_000 + turn);
  const form = new URLSearchParams({
    ...{ Action: "AuthorizeSecurityGroupIngress", Version: "2016-11-15", GroupId: groupId },
    "IpPermissions.1.IpProtocol": "tcp",
    "IpPermissions.1.FromPort": port,
    "IpPermissions.1.ToPort": port,
    "IpPermissions.1.IpRanges.1.CidrIp": blockOf(turn),
  });
  const { accountId, region } = account;
  const caller = callerOf(accessKeyOf("tester"), accountId, region);
  const from = { caller, region, sourceIp: "192.0.2.77", userAgent: "storm" };
  const { status, body } = account.ec2.handle(form, from);
  expectOutcome(status === 200, `an opening was refused: ${body}`);
}
