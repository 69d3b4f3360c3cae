// What does an action get to work with? The decoded request, the state it may read, and a list of
// the changes it wants; nothing is changed unless the action returns.

import type { Caller } from "./ec2.ts";
import { Ec2Error } from "./errors.ts";
import { checkId } from "./ids.ts";
import type { Change, Group, RecordOf, Region, Store, Table, Tables, Vpc } from "./state.ts";
import type { Input } from "./wire/query.ts";
import type { Family } from "./wire/record.ts";
import type { Members } from "./wire/shapes.ts";
import type { Fields } from "./wire/xml.ts";

export interface Call {
  input: Input;
  region: Region;
  /** The state now: what checks and changes go by. */
  tables: Tables;
  /** The state as describes see it. */
  view: Tables;
  store: Store;
  caller: Caller;
  now: number;
  rulesPerGroup: number;
  changes: Change[];
}

export interface Action {
  /** How CloudTrail writes it; "read" calls leave no record. */
  family: Family | "read";
  members: Members;
  required?: readonly string[];
  /** Fields of the answer that the CloudTrail record does not have. */
  hidden?: readonly string[];
  run: (call: Call) => Fields;
}

/** Notes that a record is to be stored (or, with null, removed) when the action succeeds. */
export function put<T extends Table>(
  call: { changes: Change[] },
  table: T,
  id: string,
  value: RecordOf<T> | null,
): void {
  call.changes.push({ table, id, value } as Change);
}

/** The default VPC of a region; EC2's error when there is none. */
export function defaultVpc(tables: Tables): Vpc {
  const vpc = [...tables.vpcs.values()].find(one => one.isDefault);
  if (vpc === undefined) {
    throw new Ec2Error("VPCIdNotSpecified", "No default VPC for this user");
  }
  return vpc;
}

/** A VPC by id; EC2's error when there is none. */
export function findVpc(tables: Tables, vpcId: string): Vpc {
  const vpc = tables.vpcs.get(vpcId);
  if (vpc === undefined) {
    throw new Ec2Error("InvalidVpcID.NotFound", `The vpc ID '${vpcId}' does not exist`);
  }
  return vpc;
}

/** A group by id; EC2's error when the id is malformed or names none. */
export function findGroup(tables: Tables, groupId: string): Group {
  checkId("sg", groupId, "InvalidGroupId.Malformed");
  const group = tables.groups.get(groupId);
  if (group === undefined) throw noGroup(groupId);
  return group;
}

/** A group of the default VPC by name: names work nowhere else. */
export function findGroupByName(tables: Tables, name: string): Group {
  const { vpcId } = defaultVpc(tables);
  const group = groupNamed(tables, vpcId, name);
  if (group !== undefined) return group;
  throw new Ec2Error(
    "InvalidGroup.NotFound",
    `The security group '${name}' does not exist in default VPC '${vpcId}'`,
  );
}

/** A group of one VPC by its name, which is unique there whatever its case. */
export function groupNamed(tables: Tables, vpcId: string, name: string): Group | undefined {
  const wanted = name.toLowerCase();
  for (const group of tables.groups.values()) {
    if (group.vpcId === vpcId && group.name.toLowerCase() === wanted) return group;
  }
  return undefined;
}

/** EC2's error for a group that is not there. */
export function noGroup(groupId: string): Ec2Error {
  return new Ec2Error("InvalidGroup.NotFound", `The security group '${groupId}' does not exist`);
}

/** The ARN of a thing of this account and region. */
export function arnOf(region: Region, kind: string, id: string): string {
  return `arn:aws:ec2:${region.region}:${region.account}:${kind}/${id}`;
}
