// Amazon resource names of what a report speaks of, in the partition of its region.
import type { AuditReport } from "./report.ts";

type Place = Pick<AuditReport, "account" | "region">;

/**
 * The partition a region belongs to.
 *
 * @example partitionOf("cn-north-1") // "aws-cn"
 */
export function partitionOf(region: string): string {
  if (region.startsWith("cn-")) return "aws-cn";
  return region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
}

/** The ARN of a security group. */
export const groupArn = ({ account, region }: Place, groupId: string): string =>
  `arn:${partitionOf(region)}:ec2:${region}:${account}:security-group/${groupId}`;
