// Whether the account, read back, is what the law says: every group is judged once more, and its
// rules are compared with those from before the first act.
import type { ListView } from "../../matrix/verdict.ts";
import { explainGroup, hasDrift } from "../explanation.ts";
import { acts } from "./acts.ts";
import type { Stage } from "./stage.ts";

/** What stood in the account: rule texts by group, and the blocks of the prefix list. */
export interface Standing {
  readonly groups: Readonly<Record<string, readonly string[]>>;
  readonly entries: readonly string[];
}

/** Reads what stands, by the tester's own client. */
export async function readStanding({ tester, groups, listId }: Stage): Promise<Standing> {
  const read = Object.values(groups).map(async id => {
    const rules = await tester.rules(id);
    return [id, rules.map(({ rule }) => rule)] as const;
  });
  return {
    groups: Object.fromEntries(await Promise.all(read)),
    entries: await tester.entries(listId),
  };
}

/** Names all that is not as the law says; nothing where all is well. */
export async function wrongs(stage: Stage, before: Standing): Promise<string[]> {
  const expected = expectedStanding(before, stage.groups);
  const found = await readStanding(stage);
  return [...differences(expected, found), ...(await judgedAgain(stage))];
}

/** What has to stand at the end: what stood, and what the acts added with the matrix's leave. */
export function expectedStanding(before: Standing, groups: Stage["groups"]): Standing {
  const expected = Object.entries(before.groups).map(([id, rules]) => {
    const added = acts.filter(act => groups[act.group] === id).flatMap(act => act.stays);
    return [id, [...rules, ...added]] as const;
  });
  return { ...before, groups: Object.fromEntries(expected) };
}

/** Names every group, and the list, that is not as it has to be; none where all is well. */
export function differences(expected: Standing, found: Standing): string[] {
  const ids = new Set([...Object.keys(expected.groups), ...Object.keys(found.groups)]);
  const lines = [...ids].flatMap(id =>
    difference(id, expected.groups[id] ?? [], found.groups[id] ?? []),
  );
  return [...lines, ...difference("the prefix list", expected.entries, found.entries)];
}

function difference(what: string, expected: readonly string[], found: readonly string[]): string[] {
  const lacking = expected.filter(text => !found.includes(text));
  const extra = found.filter(text => !expected.includes(text));
  if (lacking.length + extra.length === 0 && expected.length === found.length) return [];
  const parts = [...lacking.map(text => `lacks ${text}`), ...extra.map(text => `has ${text}`)];
  return [`${what} ${parts.join(", ") || "has a rule twice"}`];
}

/** Judges every group as it stands; names those that drifted. */
async function judgedAgain(stage: Stage): Promise<string[]> {
  const { aws, config } = stage.deployment;
  const lists = new Map((await aws.lists.read([stage.listId])).map(list => [list.id, list]));
  const view: ListView = { account: config.account, get: id => lists.get(id) };
  const judged = Object.values(stage.groups).map(async id => {
    const read = await aws.groups.read(id);
    if (!read) return [`${id} is gone`];
    const situation = { ipv6: false, exceptions: [], now: Date.now(), lists: view };
    const explanation = explainGroup(read.group, stage.policy, situation);
    const { verdicts } = explanation;
    const isGoverned = explanation.parts.length > 0 && verdicts.length > 0;
    if (isGoverned && !hasDrift(explanation)) return [];
    const bad = verdicts.filter(({ verdict }) => verdict === "drift" || verdict === "missing");
    return [
      `${id} has drifted: ${bad.map(({ verdict, rule }) => `${verdict} ${rule}`).join(", ")}`,
    ];
  });
  return (await Promise.all(judged)).flat();
}
