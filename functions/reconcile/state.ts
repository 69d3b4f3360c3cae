// Reads what a run decides on: the group as it is now and the policy, in one parallel round trip.
// A cold matrix, and prefix lists nobody named, cost one more; nothing here is ever assumed empty.
import { type Exception, isEnding } from "../../matrix/exception.ts";
import type { Finding, Intent } from "../../matrix/finding.ts";
import type { PrefixList } from "../../matrix/group.ts";
import {
  type GroupPolicy,
  groupPolicy,
  makePolicy,
  type Policy,
  readsFor,
} from "../../matrix/policy.ts";
import { type Judgement, judge, type ListView } from "../../matrix/verdict.ts";
import type { GroupRead } from "../aws/security-groups.ts";
import type { PolicyRead, StoredMatrix } from "../aws/stores/policy-store.ts";
import type { RunDeps } from "./deps.ts";
import { startId } from "./draft.ts";

export interface State {
  /** When the reads were issued. */
  readonly readAt: number;
  /** Undefined when there is no such group. */
  readonly read: GroupRead | undefined;
  /** Undefined when no matrix is active: not the same as one that permits nothing. */
  readonly policy: Policy | undefined;
  readonly control: PolicyRead;
  readonly exceptions: readonly Exception[];
  readonly intents: readonly Intent[];
  readonly lists: ReadonlyMap<string, PrefixList>;
  readonly ipv6: boolean;
}

// A matrix is compiled once per version and process; its readers share the document.
const policies = new WeakMap<StoredMatrix["document"], Policy>();
// What was in force when last read, of each account and region.
const warm = new WeakMap<RunDeps["policy"], Policy>();

/** Reads a group and everything that decides on it. */
export async function readState(deps: RunDeps, groupId: string): Promise<State> {
  const readAt = deps.clock();
  const expected = expectedReads(deps, groupId);
  const [read, [control, policy], exceptions, intents, lists, vpcs] = await Promise.all([
    deps.groups.read(groupId),
    readPolicy(deps, groupId),
    deps.policy.exceptionsFor(groupId, readAt),
    deps.intents.forGroup(groupId),
    deps.lists.read(expected.lists),
    deps.groups.ipv6Vpcs(expected.vpcs),
  ]);
  const known = new Map(lists.map(list => [list.id, list]));
  const state: State = {
    ...{ readAt, read, policy, control, intents },
    exceptions: await withOpened(deps, groupId, exceptions, readAt),
    lists: known,
    ipv6: vpcs.has(read?.group.vpcId ?? ""),
  };
  return completeReads(deps, state, expected.vpcs);
}

// What Portward opened for an exception that is over is read off its findings: the matrix that said so
// may be gone. Only a run at an end reads it.
async function withOpened(
  { findings }: RunDeps,
  groupId: string,
  exceptions: readonly Exception[],
  now: number,
): Promise<readonly Exception[]> {
  if (!exceptions.some(exception => isEnding(exception, now))) return exceptions;
  const known = await findings.forGroup(groupId);
  return exceptions.map(exception => ({
    ...exception,
    opened: known.filter(finding => isStartOf(finding, exception)).map(({ rule }) => rule),
  }));
}

const isStartOf = ({ kind, trigger }: Finding, { id }: Exception): boolean =>
  kind === "missing" && trigger.id === startId(id);

async function readPolicy(
  deps: RunDeps,
  groupId: string,
): Promise<[PolicyRead, Policy | undefined]> {
  const control = await deps.policy.readPolicy(groupId);
  if (!control.active) return [control, undefined];
  const stored = await deps.policy.readMatrix(control.active);
  const version = String(stored.version);
  const known = policies.get(stored.document);
  const isKnown = known?.version === version;
  const policy = isKnown ? known : makePolicy(stored.document, stored.pins, version);
  policies.set(stored.document, policy);
  warm.set(deps.policy, policy);
  return [control, policy];
}

// What the last known matrix says will be needed for a pinned group, so that it is read at once.
function expectedReads(deps: RunDeps, groupId: string): { lists: string[]; vpcs: string[] } {
  const policy = warm.get(deps.policy);
  if (!policy) return { lists: [], vpcs: [] };
  const pin = Object.values(policy.pins.groups)
    .flat()
    .find(pinned => pinned.id === groupId);
  if (!pin) return { lists: [], vpcs: [] };
  return readsFor(policy, { ...pin, tags: {} });
}

async function completeReads(deps: RunDeps, state: State, readVpcs: string[]): Promise<State> {
  if (!state.read || !state.policy) return state;
  const needed = readsFor(state.policy, state.read.group);
  const lists = needed.lists.filter(id => !state.lists.has(id));
  const vpcs = needed.vpcs.filter(id => !readVpcs.includes(id));
  const [more, found] = await Promise.all([deps.lists.read(lists), deps.groups.ipv6Vpcs(vpcs)]);
  return {
    ...state,
    lists: new Map([...state.lists, ...more.map(list => [list.id, list] as const)]),
    ipv6: state.ipv6 || found.has(state.read.group.vpcId ?? ""),
  };
}

/** Compiles the policy for the group that was read; undefined where no entry selects it. */
export function compileFor(state: State): GroupPolicy | undefined {
  if (!state.read || !state.policy) return undefined;
  const { exceptions, ipv6, readAt } = state;
  return groupPolicy(state.policy, state.read.group, { ipv6, exceptions, now: readAt });
}

/** What is known of lists: those in `broken` are not trusted by name, those in `asked` were read. */
export function listView(
  deps: RunDeps,
  state: State,
  { broken, asked }: { broken: ReadonlySet<string>; asked: ReadonlySet<string> },
): ListView {
  return {
    account: deps.config.account,
    get: id => state.lists.get(id),
    isPending: id => !asked.has(id) && !state.lists.has(id),
    isBroken: id => broken.has(id),
  };
}

/** Judges the group that was read. */
export function judgeState(state: State, policy: GroupPolicy, view: ListView): Judgement {
  if (!state.read) throw new Error("a group that does not exist cannot be judged");
  return judge(state.read.group, policy, view);
}
