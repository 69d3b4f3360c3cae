// A history that is being played: what it keeps of what EC2 carried out, and which policy is in force.
// What its steps do is acts.ts.
import type { KeptException } from "../../functions/aws/stores/exception-item.ts";
import type { Envelope } from "../../local/bus.ts";
import { ownRole } from "../../local/identities.ts";
import type { MatrixText } from "../support/oracle/case.ts";
import type { Post, Step } from "./draw.ts";
import { type LiveText, listOf, rulesOf } from "./live.ts";
import type { Scene } from "./scene.ts";
import type { Moment } from "./truth.ts";
import { QUEUE, type World } from "./world.ts";

/** A change of one group, as EC2 carried it out. */
export interface Write {
  readonly at: number;
  readonly group: string;
  readonly isOurs: boolean;
  readonly before: readonly LiveText[];
  readonly after: readonly LiveText[];
}

/** One step as it went: what was written in it, under which policies. */
export interface Played {
  readonly step: Step | "calm";
  readonly writes: readonly Write[];
  /** The policy before and after it. */
  readonly moments: readonly Moment[];
  /** Whether a pause, or a hold, of a group went on through the whole step. */
  readonly isStopped: (kind: "pause" | "hold", group: string) => boolean;
  /** How many messages the inbox had before and after it. */
  readonly inbox: readonly [number, number];
  /** Whether reads lagged behind writes in it. */
  readonly hasLagged: boolean;
  /** Whether a call of Portward failed in it, or somebody else acted. */
  readonly isDisturbed: boolean;
  /** Why a cut in this step says nothing against the code; see docs: races, and openings that failed. */
  readonly excuse: string | undefined;
}

export interface History {
  readonly world: World;
  readonly scene: Scene;
  readonly seed: number;
  readonly startedAt: number;
  readonly played: Played[];
  /** Who gave the rule of an id its content. */
  readonly makers: Map<string, string[]>;
  /** The messages in the inbox when it began. */
  readonly inbox: number;
  /** The exceptions as they were last read. */
  readonly exceptions: KeptException[];
  moment(): Promise<Moment>;
}

/** A history that is being played. */
export interface Running extends History {
  readonly rules: string[];
  writes: Write[];
  post: Post;
  version: number;
  matrix: MatrixText;
  listPins: Moment["listPins"];
  known: Map<string, LiveText[]>;
  pauses: { kind: "pause" | "hold"; group: string; until: number }[];
  lag: number;
  /** The matrices it has put into force, by version. */
  readonly versions: Map<number, MatrixText>;
  /** The matrix of an apply of which it is not known yet whether it came so far. */
  applying?: { text: MatrixText; entries: readonly string[] } | undefined;
}

/** The name at the end of an ARN. */
export const nameOf = (arn: string): string => arn.split("/").at(-1) ?? "";

/** The key of a rule's content in `makers`. */
export const makerKey = ({ ruleId, text }: LiveText): string => `${ruleId} ${text}`;

/** How events come that no history loses. */
export const OWN_POST: Post = { copies: 1, late: 0 };

/** Notes what EC2 carried out, and sends its event on. */
export function hear(running: Running, envelope: Envelope): void {
  const { world, scene, makers } = running;
  const { account, clock } = world;
  const detail = envelope.detail as {
    userIdentity?: { arn?: string };
    errorCode?: string;
    eventSource?: string;
  };
  if (envelope.source !== "aws.ec2" || detail.errorCode !== undefined) return;
  const arn = detail.userIdentity?.arn ?? "";
  const isOurs = arn.includes(ownRole);
  const now = rulesOf(account, scene.groups);
  for (const group of scene.groups) {
    const [before, after] = [running.known.get(group) ?? [], now.get(group) ?? []];
    if (JSON.stringify(before) === JSON.stringify(after)) continue;
    running.writes.push({ at: clock.now(), group, isOurs, before, after });
    for (const live of after) {
      const isNew = !before.some(old => old.ruleId === live.ruleId && old.text === live.text);
      if (isNew) makers.set(makerKey(live), [isOurs ? ownRole : nameOf(arn)]);
    }
  }
  running.known = now;
  const { copies, late } = isOurs ? OWN_POST : running.post;
  for (let copy = 0; copy < copies; copy += 1) {
    account.queues.send(QUEUE, JSON.stringify(envelope), { delayMs: late * 1_000 });
  }
}

/** The policy now. */
export async function momentOf(running: Running): Promise<Moment> {
  const { world, scene, startedAt } = running;
  const now = world.clock.now();
  const kept = await exceptionsOf(running);
  const isActive = ({ state, start, end }: KeptException) =>
    (state === "approved" || state === "active") && start <= now && now < end && end > startedAt;
  return {
    ...{ matrix: running.matrix, listPins: running.listPins },
    entries: listOf(world.account, scene.listId).entries,
    exceptions: kept
      .filter(isActive)
      .flatMap(({ rule, groups, open: isOpen }) =>
        rule === undefined ? [] : groups.map(group => ({ ask: { rule }, open: isOpen, group })),
      ),
  };
}

/** The exceptions of a history, in the order in which they were asked for. */
export async function exceptionsOf(history: History): Promise<readonly KeptException[]> {
  const { world, scene, startedAt, exceptions } = history;
  if (world.hasNewExceptions())
    exceptions.splice(
      0,
      exceptions.length,
      ...(await world.calm.exceptions.list({ since: startedAt })),
    );
  return exceptions
    .filter(({ groups }) => groups.some(group => scene.groups.includes(group)))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Sees which version is in force: a crash leaves it open whether an apply came so far. */
export async function noteVersion(running: Running): Promise<void> {
  const { applying, world, scene } = running;
  if (!applying) return;
  const { active } = await world.calm.policy.readPolicy();
  running.applying = undefined;
  if (!active || active.version === running.version) return;
  if (running.version === 0 && active.by !== "bob") return;
  const stored = await world.calm.policy.readMatrix(active);
  const isOurs = Object.values(stored.pins.groups)
    .flat()
    .some(({ id }) => scene.groups.includes(id));
  if (!isOurs) return;
  running.version = active.version;
  running.matrix = applying.text;
  running.versions.set(active.version, applying.text);
  const isNamed = JSON.stringify(applying.text).includes(scene.listId);
  running.listPins = isNamed ? { [scene.listId]: applying.entries } : {};
}

/** Tells whether no message is on its way. */
export function isQuiet({ world }: Running): boolean {
  const { visible, inFlight, delayed } = world.account.queues.count(QUEUE);
  return visible + inFlight + delayed === 0;
}

/** Does something; what a process that has died, or its queue, would have seen thrown nobody hears. */
export async function tried(task: () => Promise<unknown>): Promise<void> {
  try {
    await task();
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) throw error;
  }
}

/** Counts that something was done. */
export function count({ troubles: { counts } }: World, what: string): void {
  counts.set(what, (counts.get(what) ?? 0) + 1);
}
