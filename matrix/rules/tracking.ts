// What a revoke cannot do: connections that EC2 tracks go on after the rule that let them in is gone.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/security-group-connection-tracking.html
import type { SecurityGroup } from "../group.ts";
import { ALL, hasPorts, TCP } from "./protocol.ts";
import type { Rule } from "./rule.ts";

/** Says what happens to connections that a revoked rule had let through. */
export function trackingNote(rule: Rule, group: SecurityGroup): string[] {
  if (isUntracked(rule, group)) {
    return ["its connections were not tracked and ended with the rule"];
  }
  const timeout = rule.shape.protocol === TCP || rule.shape.protocol === ALL;
  const until = timeout ? " (an idle TCP connection up to 5 days by default)" : "";
  return [`connections opened through it are tracked and go on until they time out${until}`];
}

// TCP and UDP from or to the whole family, with the opposite direction wholly open for it.
function isUntracked(rule: Rule, group: SecurityGroup): boolean {
  const { peer, shape, direction } = rule;
  if (!hasPorts(shape.protocol) || peer.kind !== "cidr" || peer.cidr.prefix !== 0) return false;
  const { family } = peer.cidr;
  return group.rules.some(
    ({ rule: other }) =>
      other.direction !== direction &&
      other.shape.protocol === ALL &&
      other.peer.kind === "cidr" &&
      other.peer.cidr.family === family &&
      other.peer.cidr.prefix === 0,
  );
}
