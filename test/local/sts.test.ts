// Roles that are assumed from one account into another: who may, for how long, and what his session is.
import { DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import {
  AuthorizeSecurityGroupIngressCommand,
  DescribeSecurityGroupsCommand,
  EC2Client,
} from "@aws-sdk/client-ec2";
import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  GetCallerIdentityCommand,
  STSClient,
} from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Account, startAccount } from "../../local/account.ts";
import { createClock } from "../../local/clock.ts";
import { createCloud } from "../../local/cloud.ts";
import type { KeyName } from "../../local/identities.ts";
import { seedFiveServers } from "../../local/seed.ts";
import { clientConfig, errorName } from "./client-config.ts";

const RoleArn = "arn:aws:iam::222233334444:role/portward-member";
const ExternalId = "x-0123456789";
const own = "arn:aws:iam::111122223333:role/portward-remediate";

const cloud = createCloud();
let home: Account;
let member: Account;
let deployGroup = "";
beforeAll(async () => {
  const clock = createClock();
  home = await startAccount({ cloud, clock });
  member = await startAccount({ cloud, clock, accountId: "222233334444" });
  deployGroup = seedFiveServers(member).deploy;
  cloud.putRole({ arn: RoleArn, trust: { principals: [own], externalId: ExternalId } });
});
afterAll(() => Promise.all([home.stop(), member.stop()]));

const asked = { RoleArn, ExternalId, RoleSessionName: "portward-prod" };

function assume(changes: Partial<AssumeRoleCommandInput> = {}, keyName: KeyName = "portward") {
  const sts = new STSClient(clientConfig(home, keyName));
  return sts.send(new AssumeRoleCommand({ ...asked, ...changes }));
}

/** The configuration of a client with the credentials of a session. */
async function session(account: Account, changes: Partial<AssumeRoleCommandInput> = {}) {
  const { Credentials } = await assume(changes);
  const credentials = {
    accessKeyId: Credentials?.AccessKeyId ?? "",
    secretAccessKey: Credentials?.SecretAccessKey ?? "",
    sessionToken: Credentials?.SessionToken ?? "",
  };
  return { ...clientConfig(account), credentials };
}

describe("a role of another account", () => {
  it("is taken on by whom it trusts, who says its external id", async () => {
    const { AssumedRoleUser, Credentials } = await assume();
    const arn = "arn:aws:sts::222233334444:assumed-role/portward-member/portward-prod";
    expect(AssumedRoleUser?.Arn).toBe(arn);
    expect(Credentials?.AccessKeyId).toMatch(/^ASIA/);
    const left = (Credentials?.Expiration?.getTime() ?? 0) - home.clock.now();
    expect(Math.round(left / 60_000)).toBe(60);
  });

  it.each([
    ["another external id", { ExternalId: "x-0123456788" }, "portward"],
    ["no external id", { ExternalId: undefined }, "portward"],
    ["another principal", {}, "tester"],
    ["a role that is not there", { RoleArn: `${RoleArn}-2` }, "portward"],
  ] as const)("is refused with the same words to %s", async (_what, changes, keyName) => {
    const refused = await assume(changes, keyName).catch((error: unknown) => error as Error);
    expect(refused).toMatchObject({ name: "AccessDenied" });
    expect((refused as Error).message).toMatch(
      /^User: arn:aws:\S+ is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::222233334444:role\/portward-member(?:-2)?$/,
    );
  });

  it("is taken on for 15 minutes to an hour by a role, and under a name of AWS's form", async () => {
    const wrong = [
      { DurationSeconds: 899 },
      { DurationSeconds: 7_200 },
      { RoleSessionName: "a b" },
    ];
    for (const changes of wrong) {
      expect(await errorName(assume(changes))).toBe("ValidationError");
    }
    expect(await errorName(assume({ DurationSeconds: 900 }))).toBe("none");
  });
});

describe("a session", () => {
  it("is who the role is, in its own account", async () => {
    const sts = new STSClient(await session(member));
    expect(await sts.send(new GetCallerIdentityCommand({}))).toMatchObject({
      Account: "222233334444",
      Arn: "arn:aws:sts::222233334444:assumed-role/portward-member/portward-prod",
    });
  });

  it("is named in the records of what it does", async () => {
    const ec2 = new EC2Client(await session(member));
    const IpPermissions = [
      { IpProtocol: "tcp", FromPort: 1, ToPort: 1, IpRanges: [{ CidrIp: "10.0.0.0/8" }] },
    ];
    await ec2.send(
      new AuthorizeSecurityGroupIngressCommand({ GroupId: deployGroup, IpPermissions }),
    );
    expect(member.bus.events().at(-1)).toMatchObject({
      account: "222233334444",
      detail: {
        userIdentity: {
          type: "AssumedRole",
          sessionContext: { sessionIssuer: { arn: RoleArn } },
        },
      },
    });
  });

  it("is of no use in another account, with another token or with none", async () => {
    const there = await session(member);
    const { credentials } = there;
    const { sessionToken: _, ...bare } = credentials;
    const wrong = [
      await session(home),
      { ...there, credentials: { ...credentials, sessionToken: "x" } },
      { ...there, credentials: bare },
    ];
    for (const config of wrong) {
      const read = new EC2Client(config).send(new DescribeSecurityGroupsCommand({}));
      expect(await errorName(read)).toBe("AuthFailure");
      const list = new DynamoDBClient(config).send(new ListTablesCommand({}));
      expect(await errorName(list)).toBe("UnrecognizedClientException");
    }
  });

  it("is over at its end", async () => {
    const config = await session(member, { DurationSeconds: 900 });
    const read = () => new EC2Client(config).send(new DescribeSecurityGroupsCommand({}));
    member.clock.advance(899_000);
    expect(await errorName(read())).toBe("none");
    member.clock.advance(1_000);
    expect(await errorName(read())).toBe("RequestExpired");
    const list = new DynamoDBClient(config).send(new ListTablesCommand({}));
    expect(await errorName(list)).toBe("ExpiredTokenException");
  });
});
