// The jobs of the API about the matrix: a plan, and the apply of what it said.
import { beforeEach, describe, expect, it } from "vitest";
import { runApplyJob, runPlanJob } from "../../../functions/reconcile/matrix-jobs.ts";
import { planInAccount } from "../../../functions/reconcile/matrix-plan.ts";
import { parseMatrix } from "../../../matrix/file/parse.ts";
import { type Heard, hear } from "../../support/heard.ts";
import { ownPieces } from "../../support/pieces.ts";
import { plantGroup } from "../../support/planted.ts";

const SSH = "ingress tcp 22 from 10.0.0.0/8";
const STRAY = "ingress tcp 9000 from 203.0.113.9/32";

const pieces = ownPieces();
let heard: Heard;
beforeEach(() => {
  heard = hear(pieces.fresh());
});

/** A matrix by which a group lets ssh in, and one more port. */
const filesOf = (group: string, port = 22) => [
  {
    name: "m.yaml",
    text: [
      "matrix: test",
      "mode: enforce",
      `groups: { web: { id: ${group}, egress: listed } }`,
      `flows: [{ from: 10.0.0.0/8, to: web, ports: tcp 22 ${port === 22 ? "" : port} }]`,
    ].join("\n"),
  },
];
const broken = [{ name: "m.yaml", text: "matrix: test\nmode: loud" }];

/** The input of a job that applies what was planned just now. */
async function planned(files: ReturnType<typeof filesOf>, note = "a job") {
  const { plan } = await planInAccount(heard.deps, parseMatrix(files));
  return { files, planId: plan.id, version: plan.base, note };
}
const apply = (input: Awaited<ReturnType<typeof planned>>) => runApplyJob(heard.deps, input, "li");
const history = () => heard.deps.policy.history();

describe("a job that plans", () => {
  it("ends with the plan", async () => {
    const files = filesOf(plantGroup(pieces, [SSH, STRAY]));
    const { plan } = await planInAccount(heard.deps, parseMatrix(files));
    expect(await runPlanJob(heard.deps, { files })).toEqual({ state: "done", result: plan });
  });

  it("is refused where there is no matrix in it", async () => {
    expect(await runPlanJob(heard.deps, { files: broken })).toEqual({
      ...{ state: "refused", code: expect.stringMatching(/^[a-z.-]+$/) },
      because: expect.stringContaining("m.yaml:2"),
    });
  });

  it("breaks where the account cannot be read", async () => {
    const files = filesOf(plantGroup(pieces));
    pieces.account.faults.failNext("ec2", "DescribeNetworkInterfaces", "InternalError");
    await expect(runPlanJob(heard.deps, { files })).rejects.toMatchObject({
      name: "InternalError",
    });
  });
});

describe("a job that applies", () => {
  it("does what was planned, and ends with what became of each group", async () => {
    const group = plantGroup(pieces, [SSH, STRAY]);
    const input = await planned(filesOf(group));
    const end = await apply(input);
    const [active] = await history();
    expect(active).toMatchObject({ by: "li", note: "a job", planId: input.planId, parent: 0 });
    const [finding] = await heard.deps.findings.forGroup(group);
    expect(end).toEqual({
      state: "done",
      result: {
        ...{ version: 1, sha: active?.sha, planId: input.planId },
        groups: [
          {
            group,
            outcome: "acted",
            findings: [{ id: finding?.id, outcome: "closed", rule: STRAY }],
          },
        ],
      },
    });
    expect(await pieces.rules(group)).toEqual([SSH]);
  });

  it("that was done before is done once, whoever died meanwhile", async () => {
    const group = plantGroup(pieces, [SSH]);
    await apply(await planned(filesOf(group)));
    const input = await planned(filesOf(group, 80));
    await apply(input);
    const [active, ...older] = await history();
    const { planId } = input;
    const result = { version: 2, sha: active?.sha, planId };
    expect(await apply(input)).toEqual({ state: "done", result });
    expect(older).toHaveLength(1);
    expect(await history()).toHaveLength(2);
  });

  it("is not taken for another that was done", async () => {
    const group = plantGroup(pieces, [SSH]);
    const input = await planned(filesOf(group));
    await apply(input);
    const moved = { state: "refused", code: "matrix.moved", because: expect.stringMatching(/./) };
    expect(await apply({ ...input, version: 1 })).toEqual(moved);
    expect(await apply({ ...input, planId: "p-000000000000" })).toEqual(moved);
    expect(await history()).toHaveLength(1);
  });

  it("is refused where the account has moved since, and nothing is done", async () => {
    const group = plantGroup(pieces, [SSH, STRAY]);
    const input = await planned(filesOf(group));
    await pieces.open(group, "ingress tcp 9001 from 203.0.113.9/32");
    expect(await apply(input)).toMatchObject({ state: "refused", code: "matrix.moved" });
    expect(await pieces.rules(group)).toContain(STRAY);
    expect(await history()).toEqual([]);
  });

  it("is refused where there is no matrix in it", async () => {
    const input = await planned(filesOf(plantGroup(pieces)));
    expect(await apply({ ...input, files: broken })).toMatchObject({ state: "refused" });
  });
});
