// The JSON that describe-security-groups and describe-security-group-rules answer with, as far as
// rules are read from it: the `aws` CLI and the SDKs name the fields alike.
import * as z from "zod";

const id = (prefix: string) =>
  z.string().regex(new RegExp(`^${prefix}-[0-9a-f]{8,17}$`), `it is no ${prefix}- id`);

const account = z.string().regex(/^\d{12}$/, "it is no account id");
const port = z.int().min(-1).max(65_535).optional();
const tags = z.array(z.object({ Key: z.string(), Value: z.string().default("") })).optional();
const description = z.string().optional();

const pair = z.object({
  GroupId: id("sg"),
  UserId: account.optional(),
  Description: description,
});

/**
 * One ip permission: several peers that share protocol and ports.
 *
 * @example { IpProtocol: "tcp", FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: "10.0.0.0/8" }] }
 */
export const permissionSchema = z.object({
  IpProtocol: z.string(),
  FromPort: port,
  ToPort: port,
  IpRanges: z.array(z.object({ CidrIp: z.string(), Description: description })).default([]),
  Ipv6Ranges: z.array(z.object({ CidrIpv6: z.string(), Description: description })).default([]),
  PrefixListIds: z
    .array(z.object({ PrefixListId: id("pl"), Description: description }))
    .default([]),
  UserIdGroupPairs: z.array(pair).default([]),
});

/**
 * One item of `SecurityGroups`.
 *
 * @example { GroupId: "sg-0a1b2c3d", GroupName: "web", OwnerId: "111122223333", VpcId: "vpc-0a1b2c3d",
 *   IpPermissions: [], IpPermissionsEgress: [{ IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] }] }
 */
export const groupSchema = z.object({
  GroupId: id("sg"),
  GroupName: z.string(),
  OwnerId: account.default(""),
  VpcId: id("vpc").optional(),
  Tags: tags,
  IpPermissions: z.array(permissionSchema).optional(),
  IpPermissionsEgress: z.array(permissionSchema).optional(),
});

/**
 * One item of `SecurityGroupRules`.
 *
 * @example { SecurityGroupRuleId: "sgr-0a1b2c3d", GroupId: "sg-0a1b2c3d", GroupOwnerId: "111122223333",
 *   IsEgress: false, IpProtocol: "tcp", FromPort: 22, ToPort: 22, CidrIpv4: "0.0.0.0/0" }
 */
export const ruleSchema = z.object({
  SecurityGroupRuleId: id("sgr").optional(),
  GroupId: id("sg"),
  GroupOwnerId: account.default(""),
  IsEgress: z.boolean(),
  IpProtocol: z.string(),
  FromPort: port,
  ToPort: port,
  CidrIpv4: z.string().optional(),
  CidrIpv6: z.string().optional(),
  PrefixListId: id("pl").optional(),
  ReferencedGroupInfo: z.object({ GroupId: id("sg"), UserId: account.optional() }).optional(),
  Description: description,
});

export type WirePermission = z.infer<typeof permissionSchema>;
export type WireGroup = z.infer<typeof groupSchema>;
export type WireRule = z.infer<typeof ruleSchema>;
