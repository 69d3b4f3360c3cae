// What EC2 really holds, and changes people make to it, without the wire: by EC2's own engine, and
// read by nothing of matrix/, so that what is checked does not read for its checker.
import type { Account } from "../../local/account.ts";
import { accessKeyOf, callerOf } from "../../local/identities.ts";

export interface LiveText {
  readonly ruleId: string;
  readonly text: string;
}

interface SnapshotRule {
  readonly ruleId: string;
  readonly egress: boolean;
  readonly protocol: string;
  readonly from: number;
  readonly to: number;
  readonly peer: {
    readonly cidr?: string;
    readonly prefixListId?: string;
    readonly groupId?: string;
  };
}

interface Changed {
  readonly table: string;
  readonly id: string;
  readonly value: {
    readonly rules?: readonly SnapshotRule[];
    readonly entries?: readonly { readonly cidr: string }[];
    readonly version?: number;
    readonly prefixListId?: string;
  };
}

const changes = (account: Account): readonly Changed[] =>
  (
    account.ec2.snapshot() as unknown as { entries: { region: string; changes: Changed[] }[] }
  ).entries
    .filter(({ region }) => region === account.region)
    .flatMap(entry => entry.changes);

/** The rules of groups now, whatever reads show. */
export function rulesOf(account: Account, ids: readonly string[]): Map<string, LiveText[]> {
  const all = changes(account).filter(({ table }) => table === "groups");
  return new Map(
    ids.map(id => {
      const rules = all.find(change => change.id === id)?.value.rules ?? [];
      return [id, rules.map(rule => ({ ruleId: rule.ruleId, text: textOf(rule) }))];
    }),
  );
}

/** What a prefix list holds now, and its version. */
export function listOf(account: Account, id: string): { version: number; entries: string[] } {
  const versions = changes(account)
    .filter(({ table, value }) => table === "versions" && value.prefixListId === id)
    .map(({ value }) => value)
    .sort((a, b) => (b.version ?? 0) - (a.version ?? 0));
  const [newest] = versions;
  return {
    version: newest?.version ?? 0,
    entries: (newest?.entries ?? []).map(({ cidr }) => cidr),
  };
}

function textOf({ egress, protocol, from, to, peer }: SnapshotRule): string {
  const other = peer.cidr ?? peer.prefixListId ?? peer.groupId ?? "";
  return `${egress ? "egress" : "ingress"} ${trafficOf(protocol, from, to)} ${egress ? "to" : "from"} ${other}`;
}

function trafficOf(protocol: string, from: number, to: number): string {
  if (protocol === "-1") return "all";
  if (/^icmp/.test(protocol)) {
    return from === -1 ? `${protocol} all` : `${protocol} ${from}/${to === -1 ? "all" : to}`;
  }
  if (/^\d+$/.test(protocol)) return `proto ${protocol}`;
  return from === to ? `${protocol} ${from}` : `${protocol} ${from}-${to}`;
}

/** Who changes groups by hand. */
export const PEOPLE = ["tester", "alice"] as const;

type Fields = Record<string, string>;

/** Calls EC2 as somebody; true when it was done. */
function call(account: Account, who: number, fields: Fields): boolean {
  const name = PEOPLE[who % PEOPLE.length] ?? "tester";
  const { accountId, region } = account;
  const caller = callerOf(accessKeyOf(name), accountId, region);
  const form = new URLSearchParams({ Version: "2016-11-15", ...fields });
  const from = { caller, region, sourceIp: "198.51.100.7", userAgent: "chaos" };
  return account.ec2.handle(form, from).status === 200;
}

/** Opens a rule. */
export const open = (account: Account, who: number, group: string, text: string): boolean => {
  const wanted = parts(text);
  const Action = `AuthorizeSecurityGroup${wanted.egress ? "Egress" : "Ingress"}`;
  return call(account, who, { Action, GroupId: group, ...permission(wanted) });
};

/** Takes a rule away by its id. */
export const take = (account: Account, who: number, group: string, rule: LiveText): boolean => {
  const Action = `RevokeSecurityGroup${rule.text.startsWith("egress") ? "Egress" : "Ingress"}`;
  return call(account, who, { Action, GroupId: group, "SecurityGroupRuleId.1": rule.ruleId });
};

/** Gives a rule new content under its id; EC2 refuses another kind of peer, or direction. */
export function edit(
  account: Account,
  who: number,
  group: string,
  ruleId: string,
  to: string,
): boolean {
  const { egress: _, protocol, from, until, peer } = parts(to);
  const kind = peer.startsWith("pl-")
    ? "PrefixListId"
    : peer.startsWith("sg-")
      ? "ReferencedGroupId"
      : peer.includes(":")
        ? "CidrIpv6"
        : "CidrIpv4";
  const rule = "SecurityGroupRule.1.SecurityGroupRule";
  return call(account, who, {
    ...{ Action: "ModifySecurityGroupRules", GroupId: group },
    "SecurityGroupRule.1.SecurityGroupRuleId": ruleId,
    [`${rule}.IpProtocol`]: protocol,
    [`${rule}.FromPort`]: from,
    [`${rule}.ToPort`]: until,
    [`${rule}.${kind}`]: peer,
  });
}

/** Makes a prefix list hold other entries. */
export function fill(
  account: Account,
  who: number,
  id: string,
  entries: readonly string[],
): boolean {
  const { version, entries: old } = listOf(account, id);
  const add = entries.filter(cidr => !old.includes(cidr));
  const remove = old.filter(cidr => !entries.includes(cidr));
  if (add.length + remove.length === 0) return false;
  return call(account, who, {
    ...{ Action: "ModifyManagedPrefixList", PrefixListId: id, CurrentVersion: String(version) },
    ...Object.fromEntries(add.map((cidr, n) => [`AddEntry.${n + 1}.Cidr`, cidr])),
    ...Object.fromEntries(remove.map((cidr, n) => [`RemoveEntry.${n + 1}.Cidr`, cidr])),
  });
}

function parts(text: string) {
  const [direction = "", protocol = "", ...rest] = text.split(" ");
  const peer = rest.at(-1) ?? "";
  const ports = rest.length > 2 ? (rest[0] ?? "all") : "all";
  const isIcmp = protocol.startsWith("icmp");
  const [from = "-1", until = isIcmp ? "-1" : from] =
    ports === "all" ? [] : ports.split(isIcmp ? "/" : "-");
  const number = (value: string) => (value === "all" ? "-1" : value);
  return {
    ...{ egress: direction === "egress", peer, protocol: protocol === "all" ? "-1" : protocol },
    ...{ from: number(from), until: number(until) },
  };
}

function permission({ protocol, from, until, peer }: ReturnType<typeof parts>): Fields {
  const at = "IpPermissions.1";
  const place = peer.startsWith("pl-")
    ? `${at}.PrefixListIds.1.PrefixListId`
    : peer.startsWith("sg-")
      ? `${at}.Groups.1.GroupId`
      : peer.includes(":")
        ? `${at}.Ipv6Ranges.1.CidrIpv6`
        : `${at}.IpRanges.1.CidrIp`;
  const ports = protocol === "-1" ? {} : { [`${at}.FromPort`]: from, [`${at}.ToPort`]: until };
  return { [`${at}.IpProtocol`]: protocol, ...ports, [place]: peer };
}
