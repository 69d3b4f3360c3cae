// What an alert tells its reader to do, of one finding and of several.
import { describe, expect, it } from "vitest";
import { adviceOn } from "../../matrix/alert/advice.ts";
import type { Finding } from "../../matrix/finding.ts";
import { actor, findingOf, without } from "../support/findings.ts";

const closed = findingOf({ id: "f-1" });
const standing = without(findingOf({ id: "f-2", outcome: "left-open" }), "closedAt");
const restored = findingOf({ kind: "missing", outcome: "restored" });
const exposed = without(findingOf({ kind: "exposure", outcome: "reported" }), "closedAt");
const start = { kind: "exception", id: "x-1-start", event: "start" };
const opened = without(
  findingOf({ kind: "missing", outcome: "restored", trigger: start }),
  "actor",
);
const ended = without(findingOf({ trigger: { kind: "exception", id: "x-1-end" } }), "actor");

/** The beginnings of the paragraphs, to tell them apart. */
const LINES = {
  undo: /^If it is needed: "portward finding undo/,
  flow: /^If it is needed, put the flow into the matrix/,
  hold: /^If it was removed on purpose: "portward hold sg-0a1b2c3d --aws"/,
  takeOff: /^Take sg-0a1b2c3d off these interfaces, or narrow its rule/,
  withdraw: /^To end the exception before its time: "portward exception withdraw x-1"/,
  stranger: /^If it was not bob: revoke the sessions of arn:aws:iam::111122223333:role\/deployer/,
  look: /^To find who it was, look in CloudTrail for calls that changed sg-0a1b2c3d before it was seen/,
} as const;

const kindsOf = (findings: readonly Finding[]) =>
  adviceOn(findings).map(
    text => Object.entries(LINES).find(([, line]) => line.test(text))?.[0] ?? text,
  );

describe("the advice", () => {
  it.each<[string, Finding[], (keyof typeof LINES)[]]>([
    ["on what was closed", [closed], ["undo", "stranger"]],
    ["on what stands", [standing], ["flow", "stranger"]],
    ["on both", [standing, closed], ["undo", "flow", "stranger"]],
    ["on what was restored", [restored], ["hold", "stranger"]],
    ["on an exposure", [exposed], ["takeOff", "stranger"]],
    ["on an exposure that ended", [{ ...exposed, outcome: "gone" }], ["stranger"]],
    ["on what an exception opened", [opened], ["withdraw"]],
    [
      "on what an exception opened beside what was restored",
      [restored, opened],
      ["withdraw", "hold", "stranger"],
    ],
    ["on the end of an exception", [ended], ["undo"]],
    [
      "on the end of one, made by somebody",
      [{ ...closed, trigger: ended.trigger }],
      ["undo", "stranger"],
    ],
    ["on a maker who is unknown", [without(closed, "actor")], ["undo", "look"]],
    [
      "on an unknown maker beside the end of an exception",
      [ended, without(closed, "actor")],
      ["undo", "look"],
    ],
    [
      "on a stranger with our role",
      [findingOf({ kind: "impostor", outcome: "reported" })],
      ["stranger"],
    ],
    ["on nothing", [], []],
  ])("%s", (_, findings, kinds) => expect(kindsOf(findings)).toEqual(kinds));

  it("names the finding to undo where it is the only one", () => {
    expect(adviceOn([closed])[0]).toContain('"portward finding undo f-1 --aws"');
    expect(adviceOn([closed, standing])[0]).toContain('"portward finding undo FINDING --aws"');
  });

  it("names each maker once, and three at most", () => {
    const by = (name: string) => findingOf({ actor: { ...actor, name } });
    const who = (findings: Finding[]) =>
      adviceOn(findings).flatMap(text => /If it was not (\w+)/.exec(text)?.[1] ?? []);
    expect(who([by("a"), by("b"), by("a")])).toEqual(["a", "b"]);
    expect(who([by("a"), by("b"), by("c"), by("d")])).toEqual(["a", "b", "c"]);
  });

  const user = { type: "IAMUser", name: "eve", nameChosenByCaller: false };
  it.each([
    ["a role", actor, "revoke the sessions of arn:aws:iam::111122223333:role/deployer"],
    [
      "the root user",
      { ...actor, type: "Root", name: "eve" },
      "change the root user's password and delete its access keys",
    ],
    ["a lasting key", { ...user, accessKeyId: "AKIAEVE" }, "deactivate access key AKIAEVE"],
    ["a passing key", { ...user, accessKeyId: "ASIAEVE" }, "take the identity's credentials away"],
    ["no key", user, "take the identity's credentials away"],
  ])("against %s: %#", (_, who, cure) => {
    expect(adviceOn([findingOf({ actor: who })])[1]).toBe(
      `If it was not ${who.name}: ${cure}, and look in CloudTrail for what else it did.`,
    );
  });
});
