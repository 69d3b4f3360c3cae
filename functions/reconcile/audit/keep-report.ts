// Puts the report of an audit where people find it without a command: whole as JSON, and as the page. The
// job has the report in any case, so what fails here is logged and fails nothing.
import { createHash } from "node:crypto";
import { pageText } from "../../../matrix/audit/page/page.ts";
import type { AuditReport } from "../../../matrix/audit/report.ts";
import { errorText } from "../../aws/error-codes.ts";
import type { Deps } from "../deps.ts";

/** Keeps a report in the bucket of reports, where there is one. */
export async function keepReport(
  { reports, policy, log }: Pick<Deps, "reports" | "policy" | "log">,
  report: AuditReport,
): Promise<void> {
  if (!reports) return;
  // By the day, as a hub's bucket has them of many places.
  const { startedAt, account, region, id } = report;
  const name = `${startedAt.slice(0, 10)}-${account}-${region}-${id}`;
  try {
    const { active } = await policy.readPolicy();
    const matrix = active && (await policy.readMatrix(active)).document;
    const page = pageText({ report, ...(matrix && { document: matrix }) }, sha256);
    await reports.put(`${name}.json`, JSON.stringify(report), "application/json");
    await reports.put(`${name}.html`, page, "text/html; charset=utf-8");
  } catch (error) {
    log.error("the report could not be put into its bucket", { name, error: errorText(error) });
  }
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("base64");
