// What a piece of an audit is given: a region as plain values, read page by page; groups judged under a
// matrix in YAML; an audit under way. Nothing is waited for, and the clock stands.

import { activate } from "../../functions/reconcile/activate.ts";
import type { AuditContext } from "../../functions/reconcile/audit/context.ts";
import type { Cause, Sight } from "../../functions/reconcile/audit/exposed.ts";
import { pace } from "../../functions/reconcile/audit/pace.ts";
import { type AuditSource, type Judges, viewOf } from "../../functions/reconcile/audit/view.ts";
import type { Deps } from "../../functions/reconcile/deps.ts";
import type { AuditedInterface } from "../../matrix/audit/report.ts";
import { parseMatrix } from "../../matrix/file/parse.ts";
import { resolvePins } from "../../matrix/flows/selection.ts";
import type { PrefixList, SecurityGroup } from "../../matrix/group.ts";
import { makePolicy, type Policy } from "../../matrix/policy.ts";
import { parseCidr } from "../../matrix/rules/cidr.ts";
import type { Trigger } from "../../matrix/trigger.ts";
import { ACCOUNT, groupOf } from "./judging.ts";
import type { Pieces } from "./pieces.ts";

export const NOW = Date.parse("2026-11-28T07:00:00.000Z");
export const REGION = "ap-southeast-1";
export const SCOPE = `${ACCOUNT}/${REGION}`;

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

/** The matrix in YAML in force for groups, each of which is pinned. */
export function policyOf(matrix: string, groups: readonly SecurityGroup[] = []): Policy {
  const document = parseMatrix([{ name: "test.yaml", text: matrix }]);
  return makePolicy(document, resolvePins(document, groups), "7");
}

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

/** An audit under way. */
export interface Underway extends AuditContext {
  /** What the region was asked, where it is made of plain values. */
  readonly asked: readonly string[];
  /** What people were told of how far it is. */
  readonly told: readonly string[];
  /** How long it waited before calls, in milliseconds. */
  readonly waited: readonly number[];
}

export interface UnderwayOptions {
  /** In force; none unless given. */
  readonly matrix?: string;
  /** The groups that were there when it was applied; those of the region unless given. */
  readonly pinned?: readonly SecurityGroup[];
  readonly marks?: Judges["marks"];
  readonly exceptions?: Judges["exceptions"];
  /** Where things are recorded; nowhere unless given. */
  readonly deps?: Deps;
  readonly isLate?: () => boolean;
  readonly now?: number;
}

/** An audit of a region. */
export function auditOf(land: Land, options: UnderwayOptions = {}): Underway {
  const { matrix, pinned = land.groups, marks = new Map(), exceptions = [] } = options;
  const { deps, isLate, now = NOW } = options;
  const source = sourceOf(land);
  const policy = matrix === undefined ? undefined : policyOf(matrix, pinned);
  const told: string[] = [];
  const waited: number[] = [];
  const own = pace({
    clock: () => now,
    async sleep(ms) {
      waited.push(ms);
    },
  });
  return {
    ...{ source, asked: source.asked, told, waited, pace: own },
    view: viewOf(source, { policy, exceptions, marks }, { account: ACCOUNT, now, pace: own }),
    ...{ scope: deps?.config.scope ?? SCOPE, account: ACCOUNT, region: REGION },
    triggerId: "audit-1",
    ...(deps && { deps }),
    isLate: isLate ?? (() => false),
    progress: text => {
      told.push(text);
    },
  };
}

/** Something that may have attached groups. */
export const causeOf = (
  id: string,
  groups: readonly string[] = [],
  given: Partial<Trigger> = {},
): Cause => ({
  trigger: { kind: "event", id, account: ACCOUNT, region: REGION, changes: [], ...given },
  groups,
});

/** A look of an audit at interfaces. */
export const sightOf = (given: Partial<Sight> = {}): Sight => ({
  ...{ account: ACCOUNT, region: REGION, matrixVersion: "7", readAt: NOW },
  causes: [causeOf("audit-1", [], { kind: "audit" })],
  ...given,
});

/** Makes a matrix in YAML the active one; nobody looks at its groups yet. */
export async function putInForce(deps: Deps, matrix: string): Promise<void> {
  const document = parseMatrix([{ name: "test.yaml", text: matrix }]);
  const { refused } = await activate(deps, document, { by: "test", note: "" });
  if (refused) throw new Error(refused);
}

/** Plants a group of its own in a local account, and opens rules on it that nobody hears of. */
export async function plantGroup(
  { account, open }: Pick<Pieces, "account" | "open">,
  name: string,
  ...rules: string[]
): Promise<string> {
  const place = { account: account.accountId, region: account.region };
  const id = account.ec2.seed.group(place, { name, defaultEgress: false });
  await open(id, ...rules);
  return id;
}
