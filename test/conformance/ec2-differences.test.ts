// Are the known differences still what they are said to be, on both sides and in the document? A
// difference that is gone fails here, so that it is taken off the list.
import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { differencesAsMarkdown, knownDifferences } from "./differences/known.ts";
import { type Subject, startSubject } from "./trial.ts";

const all = Object.values(knownDifferences).flat();

describe.each(["the local account", "moto"] as const)("%s", name => {
  let subject: Subject;
  beforeAll(async () => {
    subject = await startSubject(name);
  });
  afterAll(() => subject.stop());

  const rows = all.map(difference => ({
    ...difference,
    answer: name === "moto" ? difference.moto : difference.local,
  }));

  it.each(rows)("answers to $behaviour: $answer", async ({ ask, answer }) => {
    expect(await ask(await subject.trial())).toBe(answer);
  });
});

describe("docs/conformance.md", () => {
  const path = "docs/conformance.md";
  const marked = /(<!-- differences -->\n).*(<!-- end of differences -->)/s;

  it("lists every known difference (UPDATE_DOCS=1 rewrites the list)", () => {
    const text = readFileSync(path, "utf8");
    const inStep = text.replace(marked, `$1\n${differencesAsMarkdown()}\n\n$2`);
    if (process.env.UPDATE_DOCS === "1") writeFileSync(path, inStep);
    else expect(text).toBe(inStep);
    expect(text).toMatch(marked);
  });

  it("lists no behaviour twice, and none on which the two agree", () => {
    expect(new Set(all.map(({ behaviour }) => behaviour)).size).toBe(all.length);
    expect(all.filter(({ local, moto }) => local === moto)).toEqual([]);
  });
});
