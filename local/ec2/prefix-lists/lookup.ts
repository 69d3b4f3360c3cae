// Which prefix list does an id name, and which of its versions do readers see? A change takes
// effect for readers when it has settled.

import { Ec2Error } from "../errors.ts";
import { checkId } from "../ids.ts";
import type { Entry, PrefixList, Tables } from "../state.ts";

/** A prefix list by id; EC2's error when there is none. */
export function findPrefixList(tables: Tables, id: string): PrefixList {
  checkId("pl", id, "InvalidPrefixListId.Malformed");
  const list = tables.prefixLists.get(id);
  if (list === undefined) {
    throw new Ec2Error("InvalidPrefixListID.NotFound", `The prefix list ID '${id}' does not exist`);
  }
  return list;
}

/** A prefix list that this account may change and that is not being changed. */
export function ownPrefixList(
  tables: Tables,
  id: string,
  account: string,
  now: number,
): PrefixList {
  const list = findPrefixList(tables, id);
  if (list.owner !== account) {
    throw new Ec2Error(
      "UnauthorizedOperation",
      "You are not authorized to perform this operation.",
      403,
    );
  }
  if (list.settlesAt > now) {
    throw new Ec2Error(
      "IncorrectState",
      `The request cannot be completed because the prefix list (${id}) is in the current state ` +
        `(${list.verb}-in-progress)`,
    );
  }
  return list;
}

/** The version readers see. */
export function visibleVersion(list: PrefixList, now: number): number {
  return list.settlesAt > now ? list.before.version : list.version;
}

/** The entries of one version; undefined when there is no such version. */
export function entriesOf(tables: Tables, id: string, version: number): Entry[] | undefined {
  return tables.versions.get(versionKey(id, version))?.entries;
}

/** The key of a version in its table. */
export function versionKey(id: string, version: number): string {
  return `${id}:${version}`;
}
