// Groups whose flows come to about as many rules as a group can hold.
// https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-security-groups
import type { Line } from "../flows/part.ts";
import type { Family } from "../rules/cidr.ts";
import { type LintRule, warning } from "./warning.ts";

/** For each direction and address family, unless AWS was asked for more. */
const QUOTA = 60;
const NEAR = 50;

/** Groups near their quota of rules. */
export const nearQuota: LintRule = ({ compiled: { parts }, places }) =>
  parts.flatMap(({ name, lines }) =>
    (["ingress", "egress"] as const).flatMap(direction =>
      ([4, 6] as const).flatMap(family => {
        const count = lines.filter(line => counts(line, direction, family)).length;
        if (count < NEAR) return [];
        const message = `the flows of ${name} come to ${count} ${direction} rules for IPv${family}; a group holds ${QUOTA} unless AWS was asked for more`;
        const cure = "use wider blocks, a prefix list, or a reference (`by: group`)";
        return [warning("near-quota", places.groups.get(name), message, cure)];
      }),
    ),
  );

// A reference or a prefix list counts in both families.
const counts = ({ rule }: Line, direction: string, family: Family): boolean =>
  rule.direction === direction && (rule.peer.kind !== "cidr" || rule.peer.cidr.family === family);
