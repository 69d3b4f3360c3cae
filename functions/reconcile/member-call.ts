// What a person has a hub do in one member by a direct call, as members have no API of their own: plan a
// matrix or apply it, pause or resume. Whoever may call the function may do all of it.
import { parseMatrix } from "../../matrix/file/parse.ts";
import type { RoundCall } from "../wiring/round.ts";
import type { Deps } from "./deps.ts";
import { applyMatrix } from "./matrix-apply.ts";
import { planInAccount } from "./matrix-plan.ts";
import { resume, startPause } from "./pauses.ts";

type Call = Exclude<RoundCall, { does: "audit" }>;

/** IAM says who called, in the trail's own record; the event does not. */
const BY = "invoke";

/** Does it, and answers with what became of it. */
export async function onMemberCall(deps: Deps, call: Call): Promise<unknown> {
  switch (call.does) {
    case "plan":
      return (await planInAccount(deps, parseMatrix(call.files))).plan;
    case "apply":
      return apply(deps, call);
    case "pause": {
      const { group, minutes, reason } = call;
      const place = group === undefined ? {} : { group };
      return startPause(deps, { kind: "pause", minutes, reason, by: BY, ...place });
    }
    default:
      return { resumed: await resume(deps, BY, call.group) };
  }
}

async function apply(
  deps: Deps,
  { files, accept, note }: Extract<Call, { does: "apply" }>,
): Promise<unknown> {
  const wish = { by: BY, note, ...(accept === undefined ? {} : { accept }) };
  const answer = await applyMatrix(deps, parseMatrix(files), wish);
  const { kind, plan } = answer;
  if (answer.kind === "refused") return { kind, code: answer.code, because: answer.because, plan };
  const { version, sha } = answer.applied;
  return { kind, version, sha, planId: plan.id, isHeldToObserve: answer.isHeldToObserve };
}
