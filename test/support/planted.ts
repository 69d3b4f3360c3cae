// For the tests of single pieces of reconciling: groups and lists that are there as if for long, and the calls
// that a task makes.
import type { GroupSeed, PrefixListSeed, RuleSeed } from "../../local/ec2/ec2.ts";
import { seedVpc } from "../../local/seed.ts";
import { formatPeer } from "../../matrix/rules/rule.ts";
import { ruleOf } from "./deployed.ts";
import type { Pieces } from "./pieces.ts";

/** A rule text, or one with the description it has. */
export type Planted = string | readonly [text: string, description: string];

let planted = 0;

/**
 * Plants a group with these rules and no others, in the VPC of the five servers or in the default one, and
 * returns its id; nobody hears of it.
 */
export function plantGroup(
  { account, place }: Pick<Pieces, "account" | "place">,
  rules: readonly Planted[] = [],
  { isInDefaultVpc = false, ...more }: Partial<GroupSeed> & { isInDefaultVpc?: boolean } = {},
): string {
  planted += 1;
  return account.ec2.seed.group(place(), {
    ...{ name: `planted-${planted}`, defaultEgress: false },
    ...(isInDefaultVpc ? {} : { vpcId: seedVpc }),
    rules: rules.map(rule => (typeof rule === "string" ? seedOf(rule) : seedOf(...rule))),
    ...more,
  });
}

function seedOf(text: string, description?: string): RuleSeed {
  const { direction, shape, peer } = ruleOf(text);
  return {
    ...{ egress: direction === "egress", protocol: String(shape.protocol) },
    ...{ from: shape.from, to: shape.to },
    ...(peer.kind === "cidr" && { cidr: formatPeer(peer) }),
    ...(peer.kind === "prefix-list" && { prefixListId: peer.id }),
    ...(peer.kind === "group" && { groupId: peer.id }),
    ...(description === undefined ? {} : { description }),
  };
}

/** Plants a prefix list that holds these blocks, and returns its id. */
export function plantList(
  { account, place }: Pick<Pieces, "account" | "place">,
  blocks: readonly string[],
  more: Partial<PrefixListSeed> = {},
): string {
  const entries = blocks.map(cidr => ({ cidr }));
  return account.ec2.seed.prefixList(place(), { name: "planted", entries, ...more });
}

/** The names of the calls to EC2 that a task makes, in order. */
export async function ec2Calls(
  { account }: Pick<Pieces, "account">,
  task: () => Promise<unknown>,
): Promise<string[]> {
  const before = account.calls.list().length;
  await task();
  return account.calls
    .list()
    .slice(before)
    .flatMap(({ service, action }) => (service === "ec2" ? [action] : []));
}
