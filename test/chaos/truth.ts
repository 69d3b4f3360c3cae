// What the law says of a group at a moment of a history, asked of the oracle of test/support/oracle,
// which shares no code with what it judges.
import type { ExceptionText, GroupState, MatrixText } from "../support/oracle/case.ts";
import { packetsOfRules, type Ruling, rule } from "../support/oracle/law.ts";
import { both, describeFirst, either, without } from "../support/oracle/universe.ts";
import { PARTS, type Scene } from "./scene.ts";

/** A policy at a moment: the matrix in force, what was pinned with it, and what was excepted. */
export interface Moment {
  readonly matrix: MatrixText;
  readonly listPins: Readonly<Record<string, readonly string[]>>;
  /** What the list holds. */
  readonly entries: readonly string[];
  /** Exceptions in their window, by group. */
  readonly exceptions: readonly (ExceptionText & { readonly group: string })[];
}

const ACCOUNT = "111122223333";

/** What was asked lately: the same is asked again and again, of what nobody has changed. */
const known = new Map<string, Ruling>();
const KNOWN = 200;

/** Asks the oracle about a group with these rules; `extra` are further rules it must know. */
export function ruling(...asked: Parameters<typeof ask>): Ruling {
  const key = JSON.stringify(asked);
  const answer = known.get(key) ?? ask(...asked);
  if (known.size >= KNOWN) known.clear();
  known.set(key, answer);
  return answer;
}

function ask(
  scene: Scene,
  group: string,
  moment: Moment,
  rules: readonly string[],
  extra: readonly string[] = [],
): Ruling {
  const groups = scene.groups.map((id, n): GroupState => {
    return { id, owner: ACCOUNT, vpcId: scene.vpcId, name: `chaos-${PARTS[n]}`, tags: {} };
  });
  const subject = groups.find(({ id }) => id === group);
  if (!subject) throw new Error(`${group} is no group of the scene`);
  const list = {
    id: scene.listId,
    owner: ACCOUNT,
    state: "modify-complete",
    entries: moment.entries,
  };
  return rule(
    {
      ...{ account: ACCOUNT, matrix: moment.matrix, groups, subject, rules: [...new Set(rules)] },
      ...{ ipv6Vpcs: scene.hasIpv6 ? [scene.vpcId] : [], lists: [list] },
      ...{ listPins: moment.listPins },
      pins: Object.fromEntries(PARTS.map((part, n) => [part, [scene.groups[n] ?? ""]])),
      exceptions: moment.exceptions.filter(one => one.group === group),
    },
    extra,
  );
}

/** The first permitted packet that is open before and not after; undefined when there is none. */
export function cutBy(
  scene: Scene,
  group: string,
  moment: Moment,
  { before, after }: { before: readonly string[]; after: readonly string[] },
): string | undefined {
  const says = ruling(scene, group, moment, before, after);
  const open = packetsOfRules(says.universe, after);
  const due = either(both(says.before, says.permitted), says.tolerated);
  return describeFirst(says.universe, without(due, open));
}

/** What of a group's end is against the law, in words; nothing when it holds. */
export function unlawful(
  scene: Scene,
  group: string,
  moment: Moment,
  rules: readonly string[],
  { held, isOnHold }: { held: readonly string[]; isOnHold: boolean },
): string[] {
  const says = ruling(scene, group, moment, rules);
  const { mode } = says.roles;
  if (mode === "observe" || says.roles.parts.length === 0) return [];
  const judged = rules.filter(text => !held.includes(text));
  const open = packetsOfRules(says.universe, judged);
  const extra = describeFirst(
    says.universe,
    without(without(open, says.permitted), says.tolerated),
  );
  const all = packetsOfRules(says.universe, rules);
  const lacking =
    mode === "enforce" && !isOnHold
      ? describeFirst(says.universe, without(says.required, all))
      : undefined;
  return [
    ...(extra === undefined ? [] : [`in ${mode} an unpermitted packet is open: ${extra}`]),
    ...(lacking === undefined ? [] : [`in ${mode} a required packet is closed: ${lacking}`]),
  ];
}

/** The rules of a group that the oracle calls drift. */
export const driftOf = (
  scene: Scene,
  group: string,
  moment: Moment,
  rules: readonly string[],
): string[] =>
  [...ruling(scene, group, moment, rules).verdicts]
    .filter(([, verdict]) => verdict === "drift")
    .map(([text]) => text);
