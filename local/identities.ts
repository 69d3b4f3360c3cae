// Who calls: access keys of the local account and the identities behind them, as CloudTrail would
// name them, and what each may call of Portward's API. It does not check signatures: only the API does
// (gateway/signature.ts), for the rest the account is on loopback and everybody is who he says.
import type { Authority } from "../functions/wiring/routes.ts";
import type { Caller } from "./ec2/ec2.ts";

/** The identities that exist from the start. */
export type KeyName = "alice" | "bob" | "tester" | "root" | "portward";

/** The role name of Portward's own function, and its session name as Lambda chooses it. */
export const ownRole = "portward-remediate";

const ssoRole = "AWSReservedSSO_Security_0123456789abcdef";

/** The access key of a seeded identity; its form is AWS's, its length is not, on purpose. */
export function accessKeyOf(name: KeyName): string {
  return `AKIAEXAMPLE${name.toUpperCase()}`;
}

/** The access key of one of Portward's functions, where each has a role of its own. */
export const functionKeyOf = (name: string): string =>
  `${accessKeyOf("portward")}${name.toUpperCase()}`;

/** The secret of an access key; only the API checks it, but SDK clients want one to sign with. */
export function secretOf(accessKeyId: string): string {
  return `not-a-secret-of-${accessKeyId.toLowerCase()}`;
}

const everything: readonly Authority[] = ["reader", "requester", "approver", "operator"];

/** What IAM lets each identity call of the API; whoever is not listed reads. */
const rights: Readonly<Record<string, readonly Authority[]>> = {
  [accessKeyOf("alice")]: everything,
  [accessKeyOf("bob")]: everything,
  [accessKeyOf("root")]: everything,
  [accessKeyOf("portward")]: everything,
  [accessKeyOf("tester")]: ["reader", "requester"],
};

/** Tells whether IAM lets an access key call the API's routes of an authority. */
export function mayCall(accessKeyId: string, authority: Authority): boolean {
  const allowed = Object.hasOwn(rights, accessKeyId) ? rights[accessKeyId] : undefined;
  return (allowed ?? ["reader"]).includes(authority);
}

/** The caller of a session of a role, which need not be one of these. */
export function roleSession(roleArn: string, sessionName: string, accessKeyId: string): Caller {
  const account = roleArn.split(":")[4] ?? "";
  const roleName = roleArn.split("/").at(-1) ?? "";
  const principalId = `AROAEXAMPLE${roleName.toUpperCase().replace(/[^A-Z0-9]/g, "")}`;
  return session(roleName, roleArn, sessionName, { accessKeyId, account, principalId });
}

/** Finds the identity behind an access key; an unknown key is an IAM user of that name. */
export function callerOf(accessKeyId: string, account: string, region: string): Caller {
  switch (accessKeyId) {
    case accessKeyOf("alice"):
      return ssoSession("alice@example.com", accessKeyId, account, region);
    case accessKeyOf("bob"):
      return ssoSession("bob@example.com", accessKeyId, account, region);
    case accessKeyOf("tester"):
      return user("tester", accessKeyId, account);
    case accessKeyOf("root"):
      return {
        account,
        accessKeyId,
        type: "Root",
        arn: `arn:aws:iam::${account}:root`,
        principalId: account,
      };
    case accessKeyOf("portward"):
      return session(ownRole, `arn:aws:iam::${account}:role/${ownRole}`, ownRole, {
        accessKeyId,
        account,
        principalId: "AROAEXAMPLEPORTWARD",
      });
    default:
      return functionSession(accessKeyId, account) ?? user(accessKeyId, accessKeyId, account);
  }
}

// Lambda names a session after its function. "-function" sets it apart from the one role of all.
function functionSession(accessKeyId: string, account: string): Caller | undefined {
  const own = accessKeyOf("portward");
  if (!accessKeyId.startsWith(own)) return undefined;
  const name = `portward-${accessKeyId.slice(own.length).toLowerCase()}-function`;
  const principalId = `AROAEXAMPLE${accessKeyId.slice(own.length)}`;
  return session(name, `arn:aws:iam::${account}:role/${name}`, name, {
    ...{ accessKeyId, account, principalId },
  });
}

function user(userName: string, accessKeyId: string, account: string): Caller {
  const arn = `arn:aws:iam::${account}:user/${userName}`;
  const principalId = `AIDAEXAMPLE${userName.toUpperCase()}`;
  return { account, accessKeyId, type: "IAMUser", arn, principalId, userName };
}

// https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html
function ssoSession(email: string, accessKeyId: string, account: string, region: string): Caller {
  const path = `aws-reserved/sso.amazonaws.com/${region}/${ssoRole}`;
  const principalId = "AROAEXAMPLESECURITY";
  const roleArn = `arn:aws:iam::${account}:role/${path}`;
  return session(ssoRole, roleArn, email, { accessKeyId, account, principalId });
}

function session(
  roleName: string,
  roleArn: string,
  sessionName: string,
  key: { accessKeyId: string; account: string; principalId: string },
): Caller {
  return {
    account: key.account,
    accessKeyId: key.accessKeyId,
    type: "AssumedRole",
    arn: `arn:aws:sts::${key.account}:assumed-role/${roleName}/${sessionName}`,
    principalId: `${key.principalId}:${sessionName}`,
    issuer: { arn: roleArn, userName: roleName, principalId: key.principalId },
  };
}
