// What is sound and yet probably not meant: every lint rule over one document, file by file and line by
// line. Nothing here keeps a matrix from compiling.
import { compileMatrix } from "../compile.ts";
import type { MatrixDocument } from "../document.ts";
import type { Problem } from "../errors.ts";
import { coveredFlows } from "./covered-flows.ts";
import { deadGroups, deadNetworks } from "./dead-entries.ts";
import { wideRanges, worldDoors } from "./from-world.ts";
import { idleForbids } from "./idle-forbids.ts";
import { publicMembers, sharedMembers } from "./members.ts";
import { nearQuota } from "./near-quota.ts";
import { nobodyApproves } from "./nobody-approves.ts";
import { onDemandOpen } from "./on-demand-open.ts";
import { type LintRule, noPlaces, type Places } from "./warning.ts";

const RULES: readonly LintRule[] = [
  ...[worldDoors, wideRanges, onDemandOpen, coveredFlows, deadGroups, deadNetworks],
  ...[sharedMembers, publicMembers, nearQuota, idleForbids, nobodyApproves],
];

/**
 * Finds what is probably not meant.
 *
 * @throws InputError when the document does not compile.
 */
export function lintMatrix(document: MatrixDocument, places: Places = noPlaces): Problem[] {
  const linted = { document, compiled: compileMatrix(document), places };
  const found = Map.groupBy(
    RULES.flatMap(rule => rule(linted)),
    ({ file }) => file,
  );
  return [...found.values()].flatMap(its => its.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0)));
}
