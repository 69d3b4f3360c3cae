// Plants in a local account what a matrix names by id, as if long there: VPCs, groups, and prefix
// lists. What it selects by name or tags is adopted when somebody creates it.
import type { Account } from "../local/account.ts";
import type { Deployment } from "../local/portward.ts";
import type { GroupEntry, MatrixDocument } from "../matrix/document.ts";
import { boundsOfList, listsNamed, peerGroupsNamed } from "./named.ts";

const CIDR = "10.0.0.0/16";
/** Room in a planted list for somebody to add to it. */
const SPARE_ENTRIES = 20;

/** Plants what is missing; returns what was planted, in words. */
export async function plantNamed(
  account: Account,
  aws: Deployment["aws"],
  document: MatrixDocument,
): Promise<string[]> {
  const { seed } = account.ec2;
  const place = { account: account.accountId, region: account.region };
  const live = await aws.groups.list();
  const lists = await aws.lists.read(listsNamed(document));
  const has = {
    vpc: (id: string) => live.some(({ vpcId }) => vpcId === id),
    group: (id: string) => live.some(group => group.id === id),
    list: (id: string) => lists.some(list => list.id === id),
  };
  const vpcs = document.vpcs.filter(id => !has.vpc(id));
  for (const vpcId of vpcs) seed.vpc(place, { vpcId, cidr: vpcBlock(document) });
  const vpcId = document.vpcs[0];
  const home = vpcId === undefined ? {} : { vpcId };
  const parts = Object.values(document.groups).filter(({ id }) => id && !has.group(id));
  for (const entry of parts) seed.group(place, { ...groupOf(entry), ...home });
  const own = parts.map(({ id }) => id);
  const peers = peerGroupsNamed(document, account.accountId).filter(
    id => !has.group(id) && !own.includes(id),
  );
  for (const groupId of peers)
    seed.group(place, { groupId, name: `peer-${groupId.slice(3)}`, ...home });
  const missing = listsNamed(document).filter(id => !has.list(id));
  for (const prefixListId of missing) seed.prefixList(place, listOf(document, prefixListId));
  return [...vpcs, ...parts.map(({ id, name }) => `${id} (${name})`), ...peers, ...missing];
}

/** A block around the members, so that they could live in the VPC. */
function vpcBlock({ groups }: MatrixDocument): string {
  const members = Object.values(groups).flatMap(entry => entry.members);
  const first = members.find(member => /^(?:10|172|192)\./.test(member));
  const [a, b] = first?.split(".") ?? [];
  return a === undefined || b === undefined ? CIDR : `${a}.${b}.0.0/16`;
}

function groupOf({ id, name, groupName, tags, egress }: GroupEntry) {
  return {
    ...(id === undefined ? {} : { groupId: id }),
    name: groupName ?? name,
    tags: { ...tags },
    // A new group lets everything out, which `listed` does not permit.
    defaultEgress: egress === "open",
  };
}

function listOf(document: MatrixDocument, prefixListId: string) {
  const blocks = boundsOfList(document, prefixListId);
  const family = blocks.some(block => block.includes(":")) ? ("IPv6" as const) : ("IPv4" as const);
  return {
    prefixListId,
    name: `planted-${prefixListId.slice(3)}`,
    family,
    entries: blocks.map(cidr => ({ cidr })),
    maxEntries: blocks.length + SPARE_ENTRIES,
  };
}
