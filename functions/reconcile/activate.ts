// Makes a matrix the active one: resolves who plays its parts in the live account, compiles it for
// them, and moves the pointer if nobody else has moved it since.
import { compileMatrix } from "../../matrix/compile.ts";
import type { MatrixDocument, PeerSpec } from "../../matrix/document.ts";
import { type Pins, resolvePins } from "../../matrix/flows/selection.ts";
import { errorText } from "../aws/error-codes.ts";
import type { ActivePointer } from "../aws/stores/matrix-history.ts";
import { eachAtOnce } from "./batch.ts";
import type { Deps } from "./deps.ts";
import { type Run, reconcile } from "./reconcile.ts";

export interface Activation {
  readonly pins: Pins;
  /** Entries that no live group matches. */
  readonly orphans: readonly string[];
  readonly applied?: ActivePointer;
  /** Why the pointer was not moved. */
  readonly refused?: string;
}

/**
 * Activates a document in the account.
 *
 * @throws InputError when it does not compile for the groups that play its parts.
 */
export async function activate(
  deps: Deps,
  document: MatrixDocument,
  { by, note }: { by: string; note: string },
): Promise<Activation> {
  const [groups, lists, control] = await Promise.all([
    deps.groups.list(),
    deps.lists.read(listsNamed(document)),
    deps.policy.readPolicy(),
  ]);
  const pins = resolvePins(document, groups, lists);
  compileMatrix(document, pins);
  const orphans = Object.entries(pins.groups).flatMap(([entry, its]) =>
    its.length === 0 ? [entry] : [],
  );
  const from = control.active?.version ?? 0;
  const at = new Date(deps.clock()).toISOString();
  const written = await deps.policy.writeMatrix({ document, pins, by, at, note, from });
  if ("refused" in written) return { pins, orphans, refused: written.refused.because };
  return { pins, orphans, applied: written.applied };
}

/** The prefix lists a document names anywhere. */
export function listsNamed(document: MatrixDocument): string[] {
  const specs: PeerSpec[] = [
    ...Object.values(document.networks).flat(),
    ...document.flows.flatMap(flow => [...flow.from, ...flow.to]),
  ];
  return [...new Set(specs.flatMap(spec => (spec.kind === "prefix-list" ? [spec.id] : [])))];
}

/** Looks at every group that plays a part, as after an apply; one that fails is left to the sweep. */
export async function reconcileGoverned(
  deps: Deps,
  pins: Pins,
  kind: "apply" | "cli",
): Promise<Run[]> {
  const ids = new Set(Object.values(pins.groups).flatMap(groups => groups.map(({ id }) => id)));
  const { account, region } = deps.config;
  const trigger = { kind, id: `${kind}-${deps.newId()}`, at: deps.clock(), account, region };
  const runs: Run[] = [];
  await eachAtOnce(4, [...ids], async id => {
    try {
      runs.push(await reconcile(deps, id, [{ ...trigger, changes: [] }]));
    } catch (error) {
      deps.log.error("not finished", { groupId: id, error: errorText(error) });
      await deps.intents.markDirty(id, errorText(error), deps.clock());
    }
  });
  return runs;
}
