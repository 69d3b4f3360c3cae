// Which group and which rules does a rule call mean? By group id or (in the default VPC) name, and
// by rule id.

import { type Call, findGroup, findGroupByName } from "../call.ts";
import { badCombination, Ec2Error, missingParameter } from "../errors.ts";
import { checkId } from "../ids.ts";
import type { Group } from "../state.ts";
import { textOf } from "../wire/query.ts";

/** The group that a call names by GroupId or GroupName. */
export function groupOf(call: Call): Group {
  const groupId = textOf(call.input, "GroupId");
  const name = textOf(call.input, "GroupName");
  if (groupId !== undefined && name !== undefined) {
    throw badCombination("The parameters GroupName and GroupId may not both be specified");
  }
  if (groupId !== undefined) return findGroup(call.tables, groupId);
  if (name !== undefined) return findGroupByName(call.tables, name);
  throw missingParameter("groupName or groupId");
}

/** Refuses a rule id that is not well-formed. */
export function checkRuleId(ruleId: string): void {
  checkId("sgr", ruleId, "InvalidSecurityGroupRuleId.Malformed");
}

/** EC2's error for a rule id that names no rule (of this group and direction). */
export function noRule(ruleId: string): Ec2Error {
  return new Ec2Error(
    "InvalidSecurityGroupRuleId.NotFound",
    `The security group rule ID '${ruleId}' does not exist`,
  );
}

/** EC2's error for values that match no rule of the group. */
export function noPermission(): Ec2Error {
  return new Ec2Error(
    "InvalidPermission.NotFound",
    "The specified rule does not exist in this security group.",
  );
}
