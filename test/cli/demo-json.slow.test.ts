// `demo --json`: what the story on a terminal tells, for machines.
import { expect, test } from "vitest";
import { run } from "./run.ts";

const OUTCOMES = [
  ["narrowed"],
  [],
  ["closed", "closed", "closed"],
  ["narrowed"],
  ["restored"],
  ["put-back"],
];

test("tells the same as JSON", async () => {
  const { code, stdout, stderr } = await run(["demo", "--json"]);
  expect(code).toBe(0);
  expect(stderr).toMatch(/^local account 127\.0\.0\.1:\d+\n$/);
  const { acts, exception, wrong } = JSON.parse(stdout);
  expect(exception).toMatchObject({ wrong: [], rule: "ingress tcp 7002 from 172.21.138.0/24" });
  expect(wrong).toEqual([]);
  const outcomes = acts.map(({ findings }: { findings: { outcome: string }[] }) =>
    findings.map(({ outcome }) => outcome),
  );
  expect(outcomes).toEqual(OUTCOMES);
  for (const { event } of acts) expect(event.by).toBe("arn:aws:iam::111122223333:user/tester");
});
