// Where a stage is deployed and what everything in it is called. All names are decided here, before
// anything exists, so that a policy can name what it is about and nothing waits in a circle.
import type { Parameters } from "./parameters.ts";

/** Where and as which stage Portward is deployed. */
export interface Place {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
  /** The end of the domain names of the partition. */
  readonly dnsSuffix: string;
  readonly stage: string;
}

export interface Site extends Place {
  readonly parameters: Parameters;
  readonly isProd: boolean;
  /** Who deploys: patterns of role or user ARNs. */
  readonly deployers: readonly string[];
  /** The name of a thing of this stage, in the form `setup` gives it too. */
  readonly name: (thing: string) => string;
  /** The ARN of something of this account and region. */
  readonly arn: (service: string, resource: string) => string;
  /** The name of a function's role: roles are the account's, so the region is part of it. */
  readonly roleName: (thing: string) => string;
  readonly roleArn: (thing: string) => string;
}

const STAGE = /^[a-z][a-z0-9-]{0,15}$/;

/** Decides all names of a place. */
export function siteAt(place: Place, caller: string, parameters: Parameters): Site {
  const { partition, region, account, stage } = place;
  if (!STAGE.test(stage)) {
    throw new Error(
      `the stage ${JSON.stringify(stage)} cannot be part of names: use at most 16 small letters, digits and hyphens, a letter first`,
    );
  }
  const name = (thing: string) => `portward-${stage}-${thing}`;
  const roleName = (thing: string) => name(`${region}-${thing}`);
  return {
    ...place,
    parameters,
    isProd: stage === "prod",
    deployers: [...principalsOf(caller), ...parameters.writers],
    name,
    arn: (service, resource) => `arn:${partition}:${service}:${region}:${account}:${resource}`,
    roleName,
    roleArn: thing => `arn:${partition}:iam::${account}:role/${roleName(thing)}`,
  };
}

// A session does not tell the path of its role, so both forms a role's ARN can have are meant.
function principalsOf(caller: string): string[] {
  const session = /^arn:([\w-]+):sts::(\d{12}):assumed-role\/([^/]+)\//.exec(caller);
  if (!session) return [caller];
  const [, partition, account, role] = session;
  const roles = `arn:${partition}:iam::${account}:role`;
  return [`${roles}/${role}`, `${roles}/*/${role}`];
}

/** A thing's name as Pulumi's programs write names. */
export const camel = (thing: string): string =>
  thing.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());

/** The name of the bucket of reports: buckets of all accounts share their names. */
export const reportBucketName = ({ name, account, region }: Site): string =>
  `${name("reports")}-${account}-${region}`;
