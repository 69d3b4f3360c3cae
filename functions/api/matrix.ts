// The matrix over HTTP: read here, planned and applied by another function. What cannot be a matrix, or
// was made from a version that is no longer in force, is refused at once.
import { refused } from "../../matrix/exceptions/exception-life.ts";
import { identityText } from "../../matrix/exceptions/person.ts";
import { type MatrixSource, parseMatrix } from "../../matrix/file/parse.ts";
import { shown, takenUp } from "./audits.ts";
import { callerIn } from "./caller.ts";
import { checked } from "./incoming.ts";
import { refusalProblem } from "./problem.ts";
import type { ApiHandler } from "./route.ts";
import { applyBody, matrixQuery, planBody } from "./schemas/matrix.ts";

/** GET /matrix */
export const showMatrix: ApiHandler = async (request, { policy }) => {
  const { version } = checked(matrixQuery, request.query);
  const [active, ...earlier] = await policy.history();
  if (!active) return refusalProblem(refused("no-version", "no matrix is in force"));
  const found =
    version === undefined
      ? active
      : [active, ...earlier].find(one => one.version === Number(version));
  if (!found) {
    return refusalProblem(refused("no-version", `version ${version} was never in force`));
  }
  const { document, pins } = await policy.readMatrix(found);
  const { sha, by, at, note, parent } = found;
  const isActive = found === active;
  const said = { version: found.version, sha, by, at, note, parent, active: isActive };
  return { status: 200, body: { ...said, document, pins } };
};

/** POST /matrix/plan */
export const planMatrix: ApiHandler = async (request, { jobs }) => {
  const files = filesOf(checked(planBody, request.body));
  const by = identityText(callerIn(request));
  return takenUp(await jobs.request({ kind: "plan", by, input: { files } }), "/matrix/plans");
};

/** PUT /matrix */
export const applyMatrix: ApiHandler = async (request, { jobs, policy }) => {
  const { planId, version, note = "", ...matrix } = checked(applyBody, request.body);
  const files = filesOf(matrix);
  const { active } = await policy.readPolicy();
  const inForce = active?.version ?? 0;
  if (inForce !== version) {
    const because = `version ${inForce} is in force, and this was made from ${version}: plan again`;
    return refusalProblem(refused("moved", because));
  }
  const by = identityText(callerIn(request));
  const input = { files, planId, version, note };
  return takenUp(await jobs.request({ kind: "apply", by, input }), "/matrix/plans");
};

/** GET /matrix/plans/{id} */
export const showPlan: ApiHandler = ({ params: { id = "" } }, aws) =>
  shown(aws, id, ["plan", "apply"]);

type MatrixForms = ReturnType<typeof planBody.parse>;

/** The files of a matrix however it was sent; throws an InputError where they are none. */
function filesOf({ text, document, files }: MatrixForms): readonly MatrixSource[] {
  const sources =
    files ??
    (text === undefined
      ? [{ name: "matrix.json", text: JSON.stringify(document) }]
      : [{ name: "matrix.yaml", text }]);
  parseMatrix(sources);
  return sources;
}
