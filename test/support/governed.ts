// Portward in a scope of its own, and there one group with rules of its own under a matrix of its own.
import type { AwsAccount } from "../../functions/aws/account.ts";
import { governing, putInForce } from "./in-force.ts";
import type { Pieces } from "./pieces.ts";
import { plantGroup } from "./planted.ts";

export interface Governed {
  readonly aws: AwsAccount;
  readonly group: string;
}

/** Plants a group with these rules, governed by a matrix of these flows: no rule is written yet. */
export async function governed(
  pieces: Pieces,
  how: {
    readonly rules?: readonly string[];
    readonly flows?: readonly string[];
    readonly mode?: string;
    readonly vpcId?: string;
  } = {},
): Promise<Governed> {
  const { rules = [], flows = [], mode = "enforce", vpcId } = how;
  const aws = pieces.fresh();
  const name = `governed ${aws.config.scope}`;
  const group = plantGroup(pieces, rules, { name, ...(vpcId && { vpcId }) });
  await putInForce(aws, governing(group, { flows, mode }));
  return { aws, group };
}
