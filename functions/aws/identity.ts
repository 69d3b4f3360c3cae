// Whose credentials these are, by STS, and an account's security groups for reading where nothing of
// Portward is installed. Region and credentials are found as the SDK finds them unless given.
import { EC2Client } from "@aws-sdk/client-ec2";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import type { Surroundings } from "./connection.ts";
import { type PrefixLists, prefixLists } from "./prefix-lists.ts";
import { type RegionReader, regionReader } from "./region-reader.ts";
import { type SecurityGroups, securityGroups } from "./security-groups.ts";
import { unlogged } from "./unlogged.ts";

/** Who calls, and where. */
export interface Identity {
  readonly account: string;
  readonly arn: string;
  readonly region: string;
}

/** What can be read of an account that has nothing but security groups. */
export interface AccountReader {
  readonly groups: Pick<SecurityGroups, "read" | "list" | "ipv6Vpcs">;
  readonly lists: Pick<PrefixLists, "read">;
  readonly region: RegionReader;
}

type Access = Pick<Surroundings, "endpoint" | "credentials"> & { readonly region?: string };

/** Asks STS whose credentials these are; throws where no region is configured. */
export async function identify(access: Access = {}): Promise<Identity> {
  const sts = new STSClient({ ...access, maxAttempts: 3 });
  const region = await sts.config.region().catch(cause => {
    throw new Error("no region is configured: set AWS_REGION, or a region in the profile", {
      cause,
    });
  });
  const { Account, Arn } = await sts.send(new GetCallerIdentityCommand({}));
  if (!Account || !Arn) throw new Error("STS does not say whose credentials these are");
  return { account: Account, arn: Arn, region };
}

/** Makes the clients that read security groups and prefix lists. */
export function accountReader(access: Access = {}): AccountReader {
  const ec2 = unlogged(new EC2Client({ ...access, maxAttempts: 3 }));
  return { groups: securityGroups(ec2), lists: prefixLists(ec2), region: regionReader(ec2) };
}
