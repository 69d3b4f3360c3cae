// The jobs of the API that are about the matrix: a plan, and an apply that carries its plan's id. An
// answer that says no is an end like any other; what breaks is thrown to whoever runs the job.
import { InputError } from "../../matrix/errors.ts";
import { parseMatrix } from "../../matrix/file/parse.ts";
import type { JobEnd, JobInputs } from "../aws/stores/job-item.ts";
import type { Deps } from "./deps.ts";
import { type ApplyAnswer, applyMatrix } from "./matrix-apply.ts";
import { planInAccount } from "./matrix-plan.ts";

/** Plans the matrix of a job; the result is the public form of the plan. */
export function runPlanJob(deps: Deps, { files }: JobInputs["plan"]): Promise<JobEnd> {
  return orRefused(async () => {
    const { plan } = await planInAccount(deps, parseMatrix(files));
    return { state: "done", result: plan };
  });
}

/** Applies the matrix of a job exactly as its plan said. */
export function runApplyJob(deps: Deps, input: JobInputs["apply"], by: string): Promise<JobEnd> {
  const { files, planId, version, note } = input;
  return orRefused(async () => {
    // Whoever did this job before may have died after the pointer moved.
    const [active] = await deps.policy.history();
    if (active?.planId === planId && active.parent === version) {
      return { state: "done", result: { version: active.version, sha: active.sha, planId } };
    }
    const wish = { by, note, accept: planId, version };
    return endOf(await applyMatrix(deps, parseMatrix(files), wish));
  });
}

function endOf(answer: ApplyAnswer): JobEnd {
  if (answer.kind === "refused") {
    const { code, because } = answer;
    return { state: "refused", code: `matrix.${code}`, because };
  }
  const { applied, plan, runs } = answer;
  const groups = runs.map(({ groupId, outcome, findings }) => ({
    group: groupId,
    outcome,
    findings: findings.map(({ id, outcome: end, rule }) => ({ id, outcome: end, rule })),
  }));
  const { version, sha } = applied;
  return { state: "done", result: { version, sha, planId: plan.id, groups } };
}

async function orRefused(work: () => Promise<JobEnd>): Promise<JobEnd> {
  try {
    return await work();
  } catch (thrown) {
    if (!(thrown instanceof InputError)) throw thrown;
    return { state: "refused", code: thrown.code, because: thrown.message };
  }
}
