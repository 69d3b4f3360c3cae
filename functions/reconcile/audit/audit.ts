// One full audit: interfaces, then groups page by page with their repair, then what reaches what, then
// the rest. Out of time it stops between two steps; what is left is in its state.
import { makePolicy, type Policy } from "../../../matrix/policy.ts";
import type { Deps } from "../deps.ts";
import type { AuditContext } from "./context.ts";
import { auditExposure } from "./exposures.ts";
import { auditPage } from "./groups.ts";
import { pace } from "./pace.ts";
import { workOff } from "./repair.ts";
import { auditRest } from "./standing.ts";
import { type AuditState, PHASES } from "./state.ts";
import { type AuditSource, type Judges, viewOf } from "./view.ts";

/** How a run of an audit goes. */
export interface AuditOptions {
  readonly isLate?: () => boolean;
  readonly progress?: (text: string) => void;
}

/** Goes on with an audit until it is over, or late; everything it finds is recorded and repaired. */
export async function runAudit(
  deps: Deps,
  triggerId: string,
  state: AuditState,
  options: AuditOptions = {},
): Promise<void> {
  const { config } = deps;
  const [judges, named] = await judgesOf(deps);
  if (named) state.matrix = named;
  await goOn(
    contextOf({ ...deps, triggerId, judges, account: config.account, deps }, options),
    state,
  );
}

/** Audits an account in which nothing need be installed: it only reads. */
export async function auditFrom(
  reader: AuditSource & Pick<Deps, "clock" | "sleep">,
  place: { account: string; region: string; policy: Policy },
  state: AuditState,
  options: AuditOptions = {},
): Promise<void> {
  const { policy, account, region } = place;
  const judges = { policy, exceptions: [], marks: new Map() };
  const { matrix: name, mode } = policy.document;
  state.matrix = { name, version: policy.version, mode };
  const config = { scope: `${account}/${region}`, region };
  const given = { ...reader, config, triggerId: "audit", judges, account };
  await goOn(contextOf(given, options), state);
}

async function judgesOf(deps: Deps): Promise<[Judges, AuditState["matrix"]]> {
  const now = deps.clock();
  const [control, exceptions, marks] = await Promise.all([
    deps.policy.readPolicy(),
    deps.exceptions.list({ since: now - ENDED_FOR }),
    deps.brake.all(),
  ]);
  if (!control.active) return [{ policy: undefined, exceptions, marks }, undefined];
  const { document, pins, version } = await deps.policy.readMatrix(control.active);
  const policy = makePolicy(document, pins, String(version));
  const matrix = { name: document.matrix, version: String(version), mode: document.mode };
  return [{ policy, exceptions, marks }, matrix];
}

/** An exception that ended longer ago has nothing left to close. */
const ENDED_FOR = 7 * 24 * 3_600_000;

interface Given extends AuditSource, Pick<Deps, "clock" | "sleep"> {
  readonly config: { readonly scope: string; readonly region: string };
  readonly account: string;
  readonly triggerId: string;
  readonly judges: Judges;
  readonly deps?: Deps;
}

function contextOf(given: Given, { isLate, progress }: AuditOptions): AuditContext {
  const { account, config, triggerId, deps, judges } = given;
  const own = pace(given);
  return {
    source: given,
    view: viewOf(given, judges, { account, now: given.clock(), pace: own }),
    pace: own,
    ...{ scope: config.scope, region: config.region, account, triggerId },
    ...(deps && { deps }),
    isLate: isLate ?? (() => false),
    progress: progress ?? (() => undefined),
  };
}

async function goOn(context: AuditContext, state: AuditState): Promise<void> {
  let isFirst = true;
  while (state.phase !== "over") {
    // Each run gets somewhere, however short its time.
    if (!isFirst && context.isLate()) return;
    isFirst = false;
    if (await step(context, state)) {
      delete state.token;
      state.phase = PHASES[PHASES.indexOf(state.phase) + 1] ?? "over";
    }
  }
}

/** Takes one step; true when the phase is done. */
async function step(context: AuditContext, state: AuditState): Promise<boolean> {
  switch (state.phase) {
    case "interfaces":
      return readInterfaces(context, state);
    case "groups": {
      // What drifted on a page is looked at before the next one is read, so the list stays short.
      const isPageRead = state.todo.length > 0;
      if (!isPageRead) await auditPage(context, state);
      await workOff(context, state);
      return state.todo.length === 0 && state.token === undefined;
    }
    case "exposure":
      await auditExposure(context, state);
      return true;
    default:
      await auditRest(context, state);
      return true;
  }
}

async function readInterfaces(context: AuditContext, state: AuditState): Promise<boolean> {
  const { token } = state;
  const page = await context.pace.call(() => context.source.region.interfacePage({ token }));
  for (const one of page.items) state.interfaces[one.id] = one;
  state.token = page.next;
  context.progress(`${Object.keys(state.interfaces).length} interfaces`);
  return page.next === undefined;
}
