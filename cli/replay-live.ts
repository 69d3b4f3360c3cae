// CloudTrail records run through the real handler, one after the other, and what it did with each.
// What the reading of a record says is functions/aws/cloudtrail.ts.
import type { AwsAccount } from "../functions/aws/account.ts";
import { type Reading, readBody, readFile } from "../functions/aws/cloudtrail.ts";
import { fileBounds, unwrapText } from "../functions/aws/record/envelope.ts";
import { runBatch } from "../functions/reconcile/batch.ts";
import type { Finding } from "../matrix/finding.ts";
import { createLog, errorsIn, type LogLine } from "./log.ts";
import { type RunReport, runLines } from "./run-report.ts";

/** What the handler did with one record. */
export interface LiveReplay {
  readonly runs: readonly RunReport[];
  /** Why it is looked at again later, or marked for the sweep. */
  readonly notes: readonly string[];
  readonly errors: readonly string[];
}

interface Replayed {
  readonly reading: Reading;
  /** Absent where the record was not sent: it is none of this account. */
  readonly live?: LiveReplay;
}

/** Runs every record of a file through the handler. */
export async function replayLive(aws: AwsAccount, text: string): Promise<Replayed[]> {
  const { account, region } = aws.config;
  const offline = readFile(text);
  const replayed: Replayed[] = [];
  for (const [index, found] of unwrapText(text, fileBounds).entries()) {
    const reading = offline[index];
    if (!reading) break;
    if ("because" in found) {
      replayed.push({ reading });
      continue;
    }
    const { record, envelope } = found;
    const body = JSON.stringify(envelope ? { ...envelope, detail: record } : record);
    const [here = reading] = readBody(body, { account, region });
    // The handler would put what is not of this account among the dead letters.
    if (here.outcome === "invalid") replayed.push({ reading: here });
    else replayed.push({ reading: here, live: await runOne(aws, body, `replay-${index}`) });
  }
  return replayed;
}

async function runOne(aws: AwsAccount, body: string, id: string): Promise<LiveReplay> {
  const { log, lines } = createLog();
  const notes: string[] = [];
  const queue: AwsAccount["queue"] = {
    ...aws.queue,
    async again(again, attempt, delaySeconds) {
      notes.push(`looked at again in ${delaySeconds} s`);
      await aws.queue.again(again, attempt, delaySeconds);
    },
  };
  const failed = await runBatch({ ...aws, log, queue }, [{ id, body, attempt: 0 }]);
  const runs: RunReport[] = [];
  for (const { message, fields } of lines) {
    if (message !== "reconciled") continue;
    const findings = await findingsNamed(aws, fields.findings);
    runs.push({ group: String(fields.groupId), outcome: String(fields.outcome), findings });
  }
  const errors = errorsIn(lines);
  if (failed.length > 0 && errors.length === 0) errors.push("the handler gave the message back");
  return { runs, notes: [...notes, ...notesIn(lines)], errors };
}

// The handler logs each finding as "id outcome rule".
async function findingsNamed(aws: AwsAccount, texts: unknown): Promise<Finding[]> {
  const ids = (Array.isArray(texts) ? texts : []).map(text => String(text).split(" ")[0] ?? "");
  const found = await Promise.all(ids.map(id => aws.findings.get(id)));
  return found.flatMap(finding => finding ?? []);
}

function notesIn(lines: readonly LogLine[]): string[] {
  return lines
    .filter(({ message, level }) => message !== "reconciled" && level !== "error")
    .map(({ message, fields }) =>
      typeof fields.because === "string" ? `${message}: ${fields.because}` : message,
    );
}

/** Prints what the handler did with one record. */
export function liveLines({ runs, notes, errors }: LiveReplay): string[] {
  return [
    ...runs.flatMap(run => runLines(run)),
    ...notes.map(note => `  ${note}`),
    ...errors.map(error => `  failed: ${error}`),
  ];
}
