// Which actions does this EC2 have? The list, by the name a request gives.

import type { Action } from "./call.ts";
import { createGroup, deleteGroup, describeGroups, describeStaleGroups } from "./groups.ts";
import {
  createInterface,
  deleteInterface,
  describeInterfaces,
  modifyInterface,
} from "./network/interfaces.ts";
import { describeRegions } from "./network/regions.ts";
import { createSubnet, describeSubnets } from "./network/subnets.ts";
import { associateCidr, createVpc, describeVpcs } from "./network/vpcs.ts";
import {
  createPrefixList,
  deletePrefixList,
  describeAssociations,
  describePrefixLists,
} from "./prefix-lists/lists.ts";
import { describeEntries, modifyPrefixList, restorePrefixList } from "./prefix-lists/versions.ts";
import { authorizeEgress, authorizeIngress } from "./rules/authorize.ts";
import { describeRules } from "./rules/describe.ts";
import {
  modifyRules,
  updateDescriptionsEgress,
  updateDescriptionsIngress,
} from "./rules/modify.ts";
import { revokeEgress, revokeIngress } from "./rules/revoke.ts";
import { createTags, deleteTags } from "./tags.ts";

export const actions: ReadonlyMap<string, Action> = new Map([
  ["AssociateVpcCidrBlock", associateCidr],
  ["AuthorizeSecurityGroupEgress", authorizeEgress],
  ["AuthorizeSecurityGroupIngress", authorizeIngress],
  ["CreateManagedPrefixList", createPrefixList],
  ["CreateNetworkInterface", createInterface],
  ["CreateSecurityGroup", createGroup],
  ["CreateSubnet", createSubnet],
  ["CreateTags", createTags],
  ["CreateVpc", createVpc],
  ["DeleteManagedPrefixList", deletePrefixList],
  ["DeleteNetworkInterface", deleteInterface],
  ["DeleteSecurityGroup", deleteGroup],
  ["DeleteTags", deleteTags],
  ["DescribeManagedPrefixLists", describePrefixLists],
  ["DescribeNetworkInterfaces", describeInterfaces],
  ["DescribeRegions", describeRegions],
  ["DescribeSecurityGroupRules", describeRules],
  ["DescribeSecurityGroups", describeGroups],
  ["DescribeStaleSecurityGroups", describeStaleGroups],
  ["DescribeSubnets", describeSubnets],
  ["DescribeVpcs", describeVpcs],
  ["GetManagedPrefixListAssociations", describeAssociations],
  ["GetManagedPrefixListEntries", describeEntries],
  ["ModifyManagedPrefixList", modifyPrefixList],
  ["ModifyNetworkInterfaceAttribute", modifyInterface],
  ["ModifySecurityGroupRules", modifyRules],
  ["RestoreManagedPrefixListVersion", restorePrefixList],
  ["RevokeSecurityGroupEgress", revokeEgress],
  ["RevokeSecurityGroupIngress", revokeIngress],
  ["UpdateSecurityGroupRuleDescriptionsEgress", updateDescriptionsEgress],
  ["UpdateSecurityGroupRuleDescriptionsIngress", updateDescriptionsIngress],
]);
