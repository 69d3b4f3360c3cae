// `demo`: the story ends by itself, fits a terminal, and fails where the account is not what it should be.
import { describe, expect, test } from "vitest";
import { differences, expectedStanding } from "../../cli/demo/proof.ts";
import { widthOf } from "../../matrix/alert/paragraph.ts";
import { run } from "./run.ts";

test("plays six acts, each with event, verdict, calls and alert, and ends with 0", async () => {
  const { code, stdout, stderr } = await run(["demo"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const lines = stdout.split("\n");
  expect(lines[0]).toMatch(/^local account 127\.0\.0\.1:\d+$/);
  expect(lines.filter(line => widthOf(line) > 100)).toEqual([]);
  const acts = stdout.split(/\n\n(?=\d {2}The tester )/).slice(1);
  expect(acts).toHaveLength(6);
  for (const act of acts) expect(act).toMatch(/\n {3}event {4}\w+ [0-9a-f-]{36} by\s+arn:/);
  const changed = acts.filter((_, index) => index !== 1);
  for (const act of changed) {
    expect(act).toMatch(/\n {3}verdict {2}(?:drift|missing): /);
    expect(act).toMatch(/\n {3}before .*\n(?:.*\n)*? {3}after /);
    expect(act).toMatch(/\n {3}alert {4}[A-Z]{4,} /);
    expect(act).toMatch(/\n {3}time {5}undone \d+ ms after/);
  }
  expect(acts[1]).toContain("calls    none: it is left alone");
  const [, exception = ""] = stdout.split("\n\n7  ");
  expect(exception.replace(/\s+/g, " ")).toContain(
    "refused: whoever asked for it cannot approve it",
  );
  expect(exception).toMatch(/\n {3}approves POST answers 200 "Approved"/);
  expect(exception).toMatch(/\n {3}once .* 410 "This link was used"/);
  expect(exception.match(/\n {3}alert {4}EXCEPTION [A-Z]+/g)).toHaveLength(5);
  expect(stdout).toMatch(/as the law says: 5 groups/);
});

describe("the proof names", () => {
  const groups = {
    ...{ api: "sg-1", workspace: "sg-2", deploy: "sg-3", runner: "sg-4", runtime: "sg-5" },
  };
  const standing = (rules: string[], entries = ["192.0.2.0/24"]) => ({
    groups: { "sg-3": rules },
    entries,
  });
  const before = standing(["ingress tcp 1 from ::/0"]);
  const expected = expectedStanding(before, groups);

  test.each<[string, ReturnType<typeof standing>, string[]]>([
    ["nothing where all is as before", before, []],
    [
      "a rule that is left open",
      standing(["ingress tcp 1 from ::/0", "ingress all from ::/0"]),
      ["sg-3 has ingress all from ::/0"],
    ],
    ["a rule that was cut", standing([]), ["sg-3 lacks ingress tcp 1 from ::/0"]],
    [
      "a block that is left in the list",
      standing(["ingress tcp 1 from ::/0"], ["0.0.0.0/0"]),
      ["the prefix list lacks 192.0.2.0/24, has 0.0.0.0/0"],
    ],
  ])("%s", (_, found, lines) => {
    expect(differences(expected, found)).toEqual(lines);
  });

  test("the permitted rule of an act as one that has to stand", () => {
    const empty = expectedStanding({ groups: { "sg-1": [] }, entries: [] }, groups);
    expect(differences(empty, { groups: { "sg-1": [] }, entries: [] })).toEqual([
      "sg-1 lacks ingress tcp 443 from 198.51.100.7/32",
    ]);
  });
});
