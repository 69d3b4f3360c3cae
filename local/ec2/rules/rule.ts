// What is a rule, and when are two rules the same? Identity is direction, protocol, ports and
// exactly one peer; description and tags are no part of it.

import { invalidValue } from "../errors.ts";
import type { Ports } from "./protocol.ts";

/** The other end of a rule. */
export type Peer =
  | { kind: "ipv4"; cidr: string }
  | { kind: "ipv6"; cidr: string }
  | { kind: "prefix-list"; prefixListId: string }
  | { kind: "group"; groupId: string; account: string; vpcId?: string; peeringId?: string };

/** What a rule says, without its id. */
export interface RuleContent extends Ports {
  egress: boolean;
  protocol: string;
  peer: Peer;
  description?: string;
}

export interface Rule extends RuleContent {
  ruleId: string;
  tags: { [key: string]: string };
}

/** The text that is equal for equal rules of one group. */
export function identityOf(rule: RuleContent): string {
  const direction = rule.egress ? "egress" : "ingress";
  return `${direction} ${rule.protocol} ${rule.from} ${rule.to} ${peerText(rule.peer)}`;
}

function peerText(peer: Peer): string {
  if (peer.kind === "group") return `${peer.account}/${peer.groupId}`;
  return peer.kind === "prefix-list" ? peer.prefixListId : peer.cidr;
}

/** Names a rule the way EC2's Duplicate error does. */
export function nameOf(rule: RuleContent): string {
  const peer = rule.peer.kind === "group" ? rule.peer.groupId : peerText(rule.peer);
  if (rule.protocol === "-1") return `peer: ${peer}, ALL, ALLOW`;
  const ports = `from port: ${rule.from}, to port: ${rule.to}`;
  return `peer: ${peer}, ${rule.protocol.toUpperCase()}, ${ports}, ALLOW`;
}

/** Tells whether two peers are of one kind: a rule can be modified within its kind only. */
export function isSameKind(a: Peer, b: Peer): boolean {
  return a.kind === b.kind;
}

// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpRange.html
const descriptionText = /^[a-zA-Z0-9. _\-:/()#,@[\]+=&;{}!$*]{0,255}$/;

/** Refuses a rule description with characters that EC2 does not take. */
export function checkDescription(text: string | undefined): void {
  if (text !== undefined && !descriptionText.test(text)) {
    throw invalidValue(
      "Invalid rule description. Valid descriptions are strings less than 256 characters from the " +
        "following set:  a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*",
    );
  }
}

/** Refuses a group's name or description with characters that EC2 does not take. */
export function checkGroupText(parameter: string, text: string): void {
  if (text === "" || !descriptionText.test(text)) {
    throw invalidValue(
      `Value (${text}) for parameter ${parameter} is invalid. It must be 1 to 255 characters from ` +
        "the following set: a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*",
    );
  }
}
