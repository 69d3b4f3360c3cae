// The narrow form of what was closed: the same protocol and ports from the one address its maker
// called from. It is what a button on an alert offers; who may have it is exception-life.ts.
import type { Finding } from "../finding.ts";
import { type Cidr, contains, parseCidr } from "../rules/cidr.ts";
import { formatRule, parseRule, type Rule } from "../rules/rule.ts";

/**
 * Narrows the rule of a finding to one host; undefined where there is no such form: egress, a prefix
 * list, a referenced group, or a maker whose address is unknown or outside of the rule.
 *
 * @example narrowForm(finding) // "ingress tcp 22 from 203.0.113.9/32", of one from 0.0.0.0/0
 */
export function narrowForm({ kind, rule, actor }: Pick<Finding, "kind" | "rule" | "actor">) {
  const closed = parseRule(rule);
  if (kind !== "drift" || closed?.direction !== "ingress") return undefined;
  const host = hostOf(closed, actor?.sourceIp);
  return host && formatRule({ ...closed, peer: { kind: "cidr", cidr: host } });
}

function hostOf({ peer }: Rule, sourceIp: string | undefined): Cidr | undefined {
  if (peer.kind !== "cidr") return undefined;
  if (isHost(peer.cidr)) return peer.cidr;
  const address = sourceIp?.includes("/") ? undefined : parseCidr(sourceIp ?? "");
  // What is an IPv4 address in IPv6 clothes reaches nothing by a rule for IPv6.
  if (!address || MAPPED.some(block => contains(block, address))) return undefined;
  return contains(peer.cidr, address) ? address : undefined;
}

const isHost = ({ first, last }: Cidr): boolean => first === last;

const MAPPED = ["::ffff:0:0/96", "::/96"].flatMap(text => parseCidr(text) ?? []);
