// What a piece of an audit is given: a matrix in YAML, an audit under way, what caused a look. Nothing is
// waited for, and the clock stands.

import type { AuditContext } from "../../functions/reconcile/audit/context.ts";
import type { Cause, Sight } from "../../functions/reconcile/audit/exposed.ts";
import { pace } from "../../functions/reconcile/audit/pace.ts";
import { type Judges, viewOf } from "../../functions/reconcile/audit/view.ts";
import type { Deps } from "../../functions/reconcile/deps.ts";
import { parseMatrix } from "../../matrix/file/parse.ts";
import { resolvePins } from "../../matrix/flows/selection.ts";
import type { SecurityGroup } from "../../matrix/group.ts";
import { makePolicy, type Policy } from "../../matrix/policy.ts";
import type { Trigger } from "../../matrix/trigger.ts";
import { ACCOUNT } from "./judging.ts";
import { type Land, sourceOf } from "./land.ts";

export const NOW = Date.parse("2026-11-28T07:00:00.000Z");
export const REGION = "ap-southeast-1";
export const SCOPE = `${ACCOUNT}/${REGION}`;

/** The matrix in YAML in force for groups, each of which is pinned. */
export function policyOf(matrix: string, groups: readonly SecurityGroup[] = []): Policy {
  const document = parseMatrix([{ name: "test.yaml", text: matrix }]);
  return makePolicy(document, resolvePins(document, groups), "7");
}

/** An audit under way. */
export interface Underway extends AuditContext {
  /** What the region was asked, where it is made of plain values. */
  readonly asked: readonly string[];
  /** What people were told of how far it is. */
  readonly told: readonly string[];
  /** How long it waited before calls, in milliseconds. */
  readonly waited: readonly number[];
}

export interface UnderwayOptions {
  /** In force; none unless given. */
  readonly matrix?: string;
  /** The groups that were there when it was applied; those of the region unless given. */
  readonly pinned?: readonly SecurityGroup[];
  readonly marks?: Judges["marks"];
  readonly exceptions?: Judges["exceptions"];
  /** Where things are recorded; nowhere unless given. */
  readonly deps?: Deps;
  readonly isLate?: () => boolean;
  readonly now?: number;
}

/** An audit of a region. */
export function auditOf(land: Land, options: UnderwayOptions = {}): Underway {
  const { matrix, pinned = land.groups, marks = new Map(), exceptions = [] } = options;
  const { deps, isLate, now = NOW } = options;
  const source = sourceOf(land);
  const policy = matrix === undefined ? undefined : policyOf(matrix, pinned);
  const told: string[] = [];
  const waited: number[] = [];
  const own = pace({
    clock: () => now,
    async sleep(ms) {
      waited.push(ms);
    },
  });
  return {
    ...{ source, asked: source.asked, told, waited, pace: own },
    view: viewOf(source, { policy, exceptions, marks }, { account: ACCOUNT, now, pace: own }),
    ...{ scope: deps?.config.scope ?? SCOPE, account: ACCOUNT, region: REGION },
    triggerId: "audit-1",
    ...(deps && { deps }),
    isLate: isLate ?? (() => false),
    progress: text => {
      told.push(text);
    },
  };
}

/** Something that may have attached groups. */
export const causeOf = (
  id: string,
  groups: readonly string[] = [],
  given: Partial<Trigger> = {},
): Cause => ({
  trigger: { kind: "event", id, account: ACCOUNT, region: REGION, changes: [], ...given },
  groups,
});

/** A look of an audit at interfaces. */
export const sightOf = (given: Partial<Sight> = {}): Sight => ({
  ...{ account: ACCOUNT, region: REGION, matrixVersion: "7", readAt: NOW },
  causes: [causeOf("audit-1", [], { kind: "audit" })],
  ...given,
});
