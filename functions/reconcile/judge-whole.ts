// What the policy says of a group as it stands, every prefix list read that its rules use: for those who
// only look. A run that acts closes what it can before it reads them (settle.ts).
import type { GroupPolicy } from "../../matrix/policy.ts";
import type { Judgement } from "../../matrix/verdict.ts";
import type { Deps } from "./deps.ts";
import { waitingLists, withLists } from "./settle.ts";
import { judgeState, listView, type State } from "./state.ts";

/** Judges a group that was read, with the lists that nobody has read for it yet. */
export async function judgeWhole(
  deps: Deps,
  state: State,
  policy: GroupPolicy,
): Promise<Judgement> {
  const known = { broken: new Set<string>(), asked: new Set<string>() };
  const first = judgeState(state, policy, listView(deps, state, known));
  const waiting = waitingLists(first);
  if (waiting.length === 0) return first;
  for (const id of waiting) known.asked.add(id);
  const whole = withLists(state, state, await deps.lists.read(waiting));
  return judgeState(whole, policy, listView(deps, whole, known));
}
