// Plants a group with chosen rules, as if long there, for a test that changes it; and lists the calls that
// are made about it.
import type { RuleSeed } from "../../local/ec2/ec2.ts";
import { seedVpc } from "../../local/seed.ts";
import { formatPeer } from "../../matrix/rules/rule.ts";
import { ruleOf } from "./deployed.ts";
import type { Pieces } from "./pieces.ts";

/** A rule text, or one with the description it has. */
export type Planted = string | readonly [text: string, description: string];

let planted = 0;

/** Plants a group in the VPC of the five servers, or in the default one. */
export function plantGroup(
  { account }: Pick<Pieces, "account">,
  rules: readonly Planted[],
  { isInDefaultVpc = false, name }: { isInDefaultVpc?: boolean; name?: string } = {},
): string {
  planted += 1;
  const place = { account: account.accountId, region: account.region };
  return account.ec2.seed.group(place, {
    ...{ name: name ?? `planted-${planted}`, defaultEgress: false },
    ...(isInDefaultVpc ? {} : { vpcId: seedVpc }),
    rules: rules.map(rule => (typeof rule === "string" ? seedOf(rule) : seedOf(...rule))),
  });
}

function seedOf(text: string, description?: string): RuleSeed {
  const { direction, shape, peer } = ruleOf(text);
  const named = peer.kind === "cidr" ? { cidr: formatPeer(peer) } : undefined;
  const listed = peer.kind === "prefix-list" ? { prefixListId: peer.id } : undefined;
  return {
    ...{ egress: direction === "egress", protocol: String(shape.protocol) },
    ...{ from: shape.from, to: shape.to, ...named, ...listed },
    ...(peer.kind === "group" && { groupId: peer.id }),
    ...(description === undefined ? {} : { description }),
  };
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
