// What groups are judged by where Portward is deployed.
import { beforeEach, describe, expect, it } from "vitest";
import type { AwsAccount } from "../../../../functions/aws/account.ts";
import { matrixOf, readJudges } from "../../../../functions/reconcile/audit/judges.ts";
import type { Deps } from "../../../../functions/reconcile/deps.ts";
import { NOW } from "../../../support/auditing.ts";
import { putInForce } from "../../../support/in-force.ts";
import { ownPieces } from "../../../support/pieces.ts";
import { plantGroup } from "../../../support/planted.ts";

const DAY = 24 * 3_600_000;
const pieces = ownPieces();
let aws: AwsAccount;
beforeEach(() => {
  aws = pieces.fresh();
});

describe("the policy that groups are judged by", () => {
  it("is the matrix in force, with its pins and its version", async () => {
    const id = plantGroup(pieces);
    await putInForce(aws, `matrix: test\nmode: revoke\ngroups: { web: { id: ${id} } }\n`);
    const { policy, exceptions } = await readJudges(aws);
    expect(policy?.pins.groups.web?.map(pin => pin.id)).toEqual([id]);
    expect(policy && matrixOf(policy)).toEqual({ name: "test", version: "1", mode: "revoke" });
    expect(exceptions).toEqual([]);
  });
  it("is none where no matrix is in force", async () => {
    expect(await readJudges(aws)).toEqual({ policy: undefined, exceptions: [] });
  });
  it("is read with the exceptions that ended less than a week ago", async () => {
    const kept = [{ id: "x-1" }] as unknown as Awaited<ReturnType<Deps["exceptions"]["list"]>>;
    let since = 0;
    const list: Deps["exceptions"]["list"] = async wish => {
      since = wish?.since ?? 0;
      return kept;
    };
    const exceptions = { ...aws.exceptions, list };
    expect((await readJudges({ ...aws, exceptions, clock: () => NOW })).exceptions).toBe(kept);
    expect(since).toBe(NOW - 7 * DAY);
    await putInForce(aws, "matrix: test\nmode: revoke\ngroups: { web: { name: nobody } }\n");
    expect((await readJudges({ ...aws, exceptions })).exceptions).toBe(kept);
  });
});
