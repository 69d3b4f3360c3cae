// The description of a rule that Portward writes: whoever looks at the group sees why it is there.
import { flowTitle } from "../flows/flow.ts";
import type { Line } from "../flows/part.ts";

/**
 * The description a restored rule gets: its purpose where EC2 takes the characters (it refuses the
 * whole call otherwise), else where it leads from and to, or
 * by which exception it is there.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpRange.html
 */
export function ruleDescription({ flow, rule, exception }: Line): string {
  // An ampersand is taken for addresses and not listed for other peers.
  const allowed =
    rule.peer.kind === "cidr"
      ? /^[a-zA-Z0-9. _\-:/()#,@[\]+=&;{}!$*]*$/
      : /^[a-zA-Z0-9. _\-:/()#,@[\]+=;{}!$*]*$/;
  const { purpose } = flow;
  if (purpose && purpose.length <= 255 && allowed.test(purpose)) return purpose;
  const plain = `portward: ${exception ? `exception ${exception.id}` : flowTitle(flow)}`;
  return plain.replace(/[^a-zA-Z0-9. _\-:/()#,@[\]+=;{}!$*]/g, "_").slice(0, 255);
}
