// A region as plain values, read page by page, which says what it was asked.
import type { AuditSource } from "../../functions/reconcile/audit/view.ts";
import type { AuditedInterface } from "../../matrix/audit/report.ts";
import type { PrefixList, SecurityGroup } from "../../matrix/group.ts";
import { parseCidr } from "../../matrix/rules/cidr.ts";
import { ACCOUNT, groupOf } from "./judging.ts";

/** What is in a region. */
export interface Land {
  readonly groups?: readonly SecurityGroup[];
  readonly interfaces?: readonly AuditedInterface[];
  readonly lists?: readonly PrefixList[];
  readonly ipv6Vpcs?: readonly string[];
  /** How many items a page has; all unless given. */
  readonly page?: number;
}

/** A group with this id and name, in the account. */
export const groupNamed = (id: string, name: string, ...rules: string[]): SecurityGroup => ({
  ...groupOf(rules, name),
  id,
});

/** An interface that wears groups. */
export const interfaceOf = (
  id: string,
  groups: readonly string[],
  given: Partial<AuditedInterface> = {},
): AuditedInterface => ({ id, groups, addresses: [], ...given });

/** A prefix list of the account that holds blocks. */
export const listOf = (id: string, ...blocks: string[]): PrefixList => ({
  ...{ id, owner: ACCOUNT, state: "create-complete", version: 1 },
  entries: blocks.flatMap(block => parseCidr(block) ?? []),
});

/** A region to read, which says what it was asked. */
export function sourceOf({
  groups = [],
  interfaces = [],
  lists = [],
  ipv6Vpcs = [],
  page = 1_000,
}: Land): AuditSource & { readonly asked: readonly string[] } {
  const asked: string[] = [];
  const pageOf = <T>(all: readonly T[], token = "0") => {
    const end = Number(token) + page;
    const items = all.slice(Number(token), end);
    return end < all.length ? { items, next: String(end) } : { items };
  };
  const ask = (what: string, of: readonly string[] = [], token?: string) =>
    asked.push([what, ...of, ...(token === undefined ? [] : [`from ${token}`])].join(" "));
  return {
    asked,
    region: {
      async groupPage({ token, groupIds } = {}) {
        ask("groups", groupIds, token);
        return pageOf(
          groups.filter(({ id }) => groupIds?.includes(id) ?? true),
          token,
        );
      },
      async interfacePage({ token, groupIds } = {}) {
        ask("interfaces", groupIds, token);
        const isWanted = (one: AuditedInterface) =>
          !groupIds || one.groups.some(id => groupIds.includes(id));
        return pageOf(interfaces.filter(isWanted), token);
      },
      groups: async () => [...groups],
      interfaces: async () => [...interfaces],
    },
    lists: {
      async read(ids) {
        ask("lists", ids);
        return lists.filter(({ id }) => ids.includes(id));
      },
    },
    groups: {
      async ipv6Vpcs(ids) {
        ask("vpcs", ids);
        return new Set(ipv6Vpcs.filter(id => ids.includes(id)));
      },
    },
  };
}
