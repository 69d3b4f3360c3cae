// The report of an audit in the bucket of reports.
import { beforeEach, describe, expect, it } from "vitest";
import type { AwsAccount } from "../../../../functions/aws/account.ts";
import { keepReport } from "../../../../functions/reconcile/audit/keep-report.ts";
import type { Deps } from "../../../../functions/reconcile/deps.ts";
import { putInForce } from "../../../support/in-force.ts";
import { fieldsLogged } from "../../../support/logged.ts";
import { ownPieces } from "../../../support/pieces.ts";
import { auditReport } from "../../../support/reports.ts";

const NAME = "2026-11-28-111122223333-ap-southeast-1-audit-1";
const pieces = ownPieces();
let aws: AwsAccount;
beforeEach(() => {
  aws = pieces.fresh();
});

interface Put {
  readonly name: string;
  readonly body: string;
  readonly type: string;
}

/** Keeps the report in a bucket that answers as told, and what came of it. */
async function kept(fail?: Error) {
  const puts: Put[] = [];
  const { log, lines } = fieldsLogged();
  const reports: Deps["reports"] = {
    async put(name, body, type) {
      if (fail) throw fail;
      puts.push({ name, body, type });
    },
  };
  const report = auditReport();
  await keepReport({ reports, policy: aws.policy, log }, report);
  return { puts, errors: lines.error, report };
}

describe("a report", () => {
  it("is kept whole and as the page, by the day and the place", async () => {
    const { puts, errors, report } = await kept();
    expect(puts.map(({ name, type }) => [name, type])).toEqual([
      [`${NAME}.json`, "application/json"],
      [`${NAME}.html`, "text/html; charset=utf-8"],
    ]);
    const [json, page] = puts;
    expect(JSON.parse(json?.body ?? "")).toEqual(JSON.parse(JSON.stringify(report)));
    expect(page?.body).toMatch(/^<!doctype html>/i);
    expect(errors).toEqual([]);
  });
  it("names in its page the hashes of what the page may run and show", async () => {
    const [, page] = (await kept()).puts;
    expect(page?.body).toMatch(/sha256-[A-Za-z0-9+/]{43}=/);
  });
  it("shows the matrix in force in its page", async () => {
    const flow = "{ from: 192.0.2.77, to: web, ports: tcp 4711 }";
    const [, without] = (await kept()).puts;
    await putInForce(
      aws,
      `matrix: test\nmode: revoke\ngroups: { web: { name: nobody } }\nflows:\n  - ${flow}\n`,
    );
    const [, page] = (await kept()).puts;
    expect(without?.body).not.toContain("4711");
    expect(page?.body).toContain("4711");
  });
  it("that the bucket refuses is only logged", async () => {
    const { puts, errors } = await kept(new Error("no"));
    expect([puts, errors]).toEqual([[], [{ name: NAME, error: "Error: no" }]]);
  });
  it("is kept nowhere where there is no bucket", async () => {
    const before = pieces.account.calls.list().length;
    await keepReport({ ...aws, reports: undefined }, auditReport());
    expect(pieces.account.calls.list()).toHaveLength(before);
  });
});
