// What the groups of a region are judged by: the policy, and what has to be read beside a group. Each
// thing is read once in a run; nothing is known of an account where nothing is installed.
import type { Exception } from "../../../matrix/exception.ts";
import type { PrefixList, SecurityGroup } from "../../../matrix/group.ts";
import { type GroupPolicy, groupPolicy, type Policy, readsFor } from "../../../matrix/policy.ts";
import { type Judgement, judge, type ListView } from "../../../matrix/verdict.ts";
import type { PrefixLists } from "../../aws/prefix-lists.ts";
import type { RegionReader } from "../../aws/region-reader.ts";
import type { SecurityGroups } from "../../aws/security-groups.ts";
import type { KeptMarks } from "../../aws/stores/brake-store.ts";
import type { Pace } from "./pace.ts";

/** An account as far as it is read. */
export interface AuditSource {
  readonly region: RegionReader;
  readonly lists: Pick<PrefixLists, "read">;
  readonly groups: Pick<SecurityGroups, "ipv6Vpcs">;
}

/** What somebody else has read: the policy in force, and what the brake remembers. */
export interface Judges {
  /** Undefined where no matrix is in force. */
  readonly policy: Policy | undefined;
  readonly exceptions: readonly Exception[];
  readonly marks: ReadonlyMap<string, KeptMarks>;
}

/** A group with its policy and its judgement; neither where no entry selects it. */
export interface Judged {
  readonly group: SecurityGroup;
  readonly policy: GroupPolicy | undefined;
  readonly judgement: Judgement | undefined;
}

export interface View extends Judges {
  readonly lists: ListView;
  /** Judges groups, after reading what that needs. */
  judge(groups: readonly SecurityGroup[]): Promise<Judged[]>;
}

const LISTS_AT_ONCE = 20;

/** Makes the view of a run. */
export function viewOf(
  source: AuditSource,
  judges: Judges,
  { account, now, pace }: { account: string; now: number; pace: Pace },
): View {
  const known = new Map<string, PrefixList | undefined>();
  const vpcs = new Map<string, boolean>();
  const lists: ListView = { account, get: id => known.get(id) };
  const { policy, exceptions } = judges;

  async function readLists(ids: Iterable<string>): Promise<void> {
    const unread = [...new Set(ids)].filter(id => !known.has(id));
    for (let at = 0; at < unread.length; at += LISTS_AT_ONCE) {
      const some = unread.slice(at, at + LISTS_AT_ONCE);
      const found = await pace.call(() => source.lists.read(some), 1 + some.length);
      for (const id of some)
        known.set(
          id,
          found.find(list => list.id === id),
        );
    }
  }

  async function readVpcs(ids: Iterable<string>): Promise<void> {
    const unread = [...new Set(ids)].filter(id => !vpcs.has(id));
    if (unread.length === 0) return;
    const found = await pace.call(() => source.groups.ipv6Vpcs(unread));
    for (const id of unread) vpcs.set(id, found.has(id));
  }

  function judgeOne(group: SecurityGroup): Judged {
    const situation = { ipv6: vpcs.get(group.vpcId ?? "") ?? false, exceptions, now };
    const compiled = policy && groupPolicy(policy, group, situation);
    return { group, policy: compiled, judgement: compiled && judge(group, compiled, lists) };
  }

  return {
    ...judges,
    lists,
    async judge(groups) {
      const needed = policy ? groups.map(group => readsFor(policy, group)) : [];
      const referred = groups.flatMap(({ rules }) =>
        rules.flatMap(({ rule: { peer } }) => (peer.kind === "prefix-list" ? [peer.id] : [])),
      );
      await readLists([...referred, ...needed.flatMap(one => one.lists)]);
      await readVpcs(needed.flatMap(one => one.vpcs));
      return groups.map(judgeOne);
    },
  };
}
