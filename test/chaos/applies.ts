// Matrices put into force in a history: the first one, later ones, and the one before again. What they
// say is scene.ts.
import { activate } from "../../functions/reconcile/activate.ts";
import { applyMatrix } from "../../functions/reconcile/matrix-apply.ts";
import { withLocalPeople } from "../../local/people.ts";
import type { MatrixDocument } from "../../matrix/document.ts";
import { InputError } from "../../matrix/errors.ts";
import { parseMatrix } from "../../matrix/file/parse.ts";
import type { MatrixText } from "../support/oracle/case.ts";
import { listOf } from "./live.ts";
import { count, noteVersion, type Running, tried } from "./running.ts";
import { matrixOf } from "./scene.ts";

function documentOf({ world }: Running, text: MatrixText): MatrixDocument {
  const parsed = parseMatrix([{ name: "chaos.json", text: JSON.stringify(text) }]);
  return withLocalPeople(parsed, world.account);
}

/** Puts the matrix of a number into force. */
export function apply(running: Running, number: number): Promise<void> {
  const text = matrixOf(running.scene, number);
  return putIntoForce(running, text, () => documentOf(running, text));
}

/** Puts the matrix of a number into force without a look at the groups, unless it does not compile. */
export async function activateFirst(running: Running, number: number): Promise<void> {
  const { scene, world } = running;
  const text = matrixOf(scene, number);
  running.applying = { text, entries: listOf(world.account, scene.listId).entries };
  try {
    await activate(world.calm, documentOf(running, text), { by: "bob", note: "chaos" });
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
  }
  await noteVersion(running);
}

/** Puts a matrix into force, as somebody who has seen its plan. */
async function putIntoForce(
  running: Running,
  text: MatrixText,
  document: () => MatrixDocument | Promise<MatrixDocument>,
): Promise<void> {
  const { scene, world } = running;
  running.applying = { text, entries: listOf(world.account, scene.listId).entries };
  await tried(async () => {
    const asked = await document();
    const wish = { by: "bob", note: "chaos", isFirstMeant: true };
    const answer = await applyMatrix(world.first, asked, wish);
    if (answer.kind === "refused" && answer.code === "closings") {
      await applyMatrix(world.first, asked, { ...wish, accept: answer.plan.id });
    }
  });
}

/** Puts the version before the one in force into force again. */
export async function rollback(running: Running): Promise<void> {
  const { first, calm } = running.world;
  const [active] = await calm.policy.history();
  const text = active && running.versions.get(active.parent ?? 0);
  if (!text) return;
  count(running.world, "rollback");
  await putIntoForce(running, text, async () => {
    const line = await first.policy.history();
    const found = line.find(({ version }) => version === active.parent);
    if (!found) throw new Error(`there is no version ${active.parent}`);
    return (await first.policy.readMatrix(found)).document;
  });
}
