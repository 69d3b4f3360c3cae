// Audits over HTTP, and how any job is shown: the API stores what is asked for, another function does
// it.
import { refused } from "../../matrix/exceptions/exception-life.ts";
import { identityText } from "../../matrix/exceptions/person.ts";
import type { AwsAccount } from "../aws/account.ts";
import type { Job, JobKind } from "../aws/stores/job-item.ts";
import { callerIn } from "./caller.ts";
import { checked } from "./incoming.ts";
import { refusalProblem } from "./problem.ts";
import type { ApiAnswer, ApiHandler } from "./route.ts";
import { auditBody } from "./schemas/matrix.ts";

/** POST /audits */
export const startAudit: ApiHandler = async (request, { jobs }) => {
  const { apply } = checked(auditBody, request.body);
  const input = apply === undefined ? {} : { apply };
  const by = identityText(callerIn(request));
  return takenUp(await jobs.request({ kind: "audit", by, input }), "/audits");
};

/** GET /audits/{id} */
export const showAudit: ApiHandler = ({ params: { id = "" } }, aws) => shown(aws, id, ["audit"]);

/** Says where a job is to be seen. */
export const takenUp = (job: Job, under: string): ApiAnswer => ({
  status: 202,
  body: job,
  headers: { location: `${under}/${job.id}` },
});

/** Shows a job of some kinds. */
export async function shown(
  { jobs }: AwsAccount,
  id: string,
  kinds: readonly JobKind[],
): Promise<ApiAnswer> {
  const job = await jobs.get(id);
  if (job && kinds.includes(job.kind)) return { status: 200, body: job };
  return refusalProblem(refused("unknown", "there is nothing by that id"));
}
