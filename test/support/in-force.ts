// A matrix that is in force in a scope, from its text; nothing is looked at for it yet.
import { activate } from "../../functions/reconcile/activate.ts";
import type { Deps } from "../../functions/reconcile/deps.ts";
import type { MatrixDocument } from "../../matrix/document.ts";
import { parseMatrix } from "../../matrix/file/parse.ts";

/** Makes a matrix the one in force. */
export async function putInForce(deps: Deps, text: string): Promise<MatrixDocument> {
  const document = parseMatrix([{ name: "matrix.yaml", text }]);
  const { refused } = await activate(deps, document, { by: "test", note: "" });
  if (refused !== undefined) throw new Error(refused);
  return document;
}

/** A matrix of one group, `web`, and these flows. */
export const governing = (
  groupId: string,
  { mode = "enforce", flows = [] }: { mode?: string; flows?: readonly string[] } = {},
): string =>
  [
    "matrix: pieces",
    `mode: ${mode}`,
    `groups: { web: { id: ${groupId}, egress: listed } }`,
    ...(flows.length > 0 ? ["flows:", ...flows.map(flow => `  - ${flow}`)] : []),
  ].join("\n");
