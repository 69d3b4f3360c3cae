// The report of a function's audit, as files in the bucket: whole, as the job has it, and as the page; and
// an audit is none the worse where it cannot be put there.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { audit } from "../../functions/audit.ts";
import { reportBucket } from "../../functions/aws/report-bucket.ts";
import type { AuditReport } from "../../matrix/audit/report.ts";
import { type Stage, startStage, studioIn } from "../support/stage.ts";

const REPORTS = "portward-reports";
let stage: Stage;
beforeAll(async () => {
  stage = await startStage(studioIn("enforce"));
});
beforeEach(() => stage.mark());
afterAll(() => stage.stop());

const files = () => stage.account.buckets.find(REPORTS) ?? new Map();
const run = async () => {
  const context = { getRemainingTimeInMillis: () => 900_000 };
  const answer = await audit(() => stage.aws)({ audit: true }, context);
  await stage.idle();
  if (answer?.kind !== "done") throw new Error(JSON.stringify(answer));
  return answer.report;
};
const nameOf = ({ startedAt, account, region, id }: AuditReport) =>
  `${startedAt.slice(0, 10)}-${account}-${region}-${id}`;
const textOf = (name: string) => files().get(name)?.body.toString();

describe("the report of an audit", () => {
  it("is in the bucket as the job has it, under its day, its place and its audit", async () => {
    const report = await run();
    const { id } = report;
    const name = nameOf(report);
    expect(name).toMatch(/^20\d\d-\d\d-\d\d-111122223333-ap-southeast-1-j-/);
    expect([...files().keys()]).toEqual([`${name}.json`, `${name}.html`]);
    const job = await stage.aws.jobs.get(id);
    expect(JSON.parse(textOf(`${name}.json`) ?? "")).toEqual(job?.result);
    expect(files().get(`${name}.json`)?.contentType).toBe("application/json");
  });

  it("is a page there too, with the matrix it was judged by", async () => {
    const rule = "ingress tcp 24 from 0.0.0.0/0";
    await stage.quietly(() => stage.open(stage.groups.deploy, rule));
    const name = `${nameOf(await run())}.html`;
    const page = textOf(name) ?? "";
    expect(page).toMatch(/^<!doctype html>/);
    expect(page).toContain(rule);
    // A flow of the matrix, which no finding names.
    expect(page).toContain("X-DEPLOY-SECRET");
    expect(files().get(name)?.contentType).toBe("text/html; charset=utf-8");
  });

  it("is done although S3 refuses it, with what S3 said in the log", async () => {
    const before = files().size;
    stage.account.faults.failNext("s3", "PutObject", "AccessDenied");
    const { id } = await run();
    expect(await stage.aws.jobs.get(id)).toMatchObject({ state: "done" });
    expect(files().size).toBe(before);
    const [line] = stage.log().filter(({ message }) => message.includes("its bucket"));
    expect(line).toMatchObject({ level: "error" });
    expect(line?.fields.error).toMatch(/S3 answered 403 .*AccessDenied/);
  });
});

describe("a put", () => {
  const url = () => `${stage.account.url}/${REPORTS}`;
  const bucketAt = (at: string) => reportBucket(stage.as("tester").config, at);

  it("is signed for S3, with the digest of what it puts", async () => {
    await bucketAt(url())?.put("a b.txt", "größer", "text/plain");
    expect(files().get("a b.txt")?.body.toString()).toBe("größer");
    const call = stage.account.calls.list().at(-1);
    expect(call).toMatchObject({ service: "s3", action: "PutObject", status: 200 });
    expect(call?.caller).toContain("tester");
  });

  it("to a bucket that is not there says so", async () => {
    await expect(bucketAt(`${url()}-gone`)?.put("a", "b", "text/plain")).rejects.toThrow(
      "S3 answered 404 <Error><Code>NoSuchBucket",
    );
  });

  it("does not exist where there is no bucket", () => {
    expect(reportBucket(stage.as("tester").config, undefined)).toBeUndefined();
  });
});
