// What becomes of a wish for an exception, and of what somebody does to one.
import { beforeAll, describe, expect, it } from "vitest";
import type { AwsAccount } from "../../../functions/aws/account.ts";
import {
  type Answer,
  actOnException,
  askException,
  askLonger,
  askUndo,
} from "../../../functions/reconcile/exceptions.ts";
import type { KeyName } from "../../../local/identities.ts";
import { parseMatrix } from "../../../matrix/file/parse.ts";
import type { Finding } from "../../../matrix/finding.ts";
import { done, identityIn, RULE, wishFor } from "../../support/exception-stage.ts";
import { findingOf, without } from "../../support/findings.ts";
import { amended, lawful, published, wordsOf } from "../../support/lawful.ts";
import { ownPieces } from "../../support/pieces.ts";

const MINUTE = 60_000;

const pieces = ownPieces();
let deploy: string;
beforeAll(async () => {
  deploy = pieces.groups.deploy;
});

const as = (name: KeyName) => identityIn(pieces.account, name);
const codeOf = (answer: Answer) => (answer.kind === "refused" ? answer.code : answer.kind);
const minuteOf = (aws: AwsAccount) => Math.floor(aws.clock() / MINUTE) * MINUTE;
const scheduled = (id: string) =>
  pieces.account.schedules.list().filter(({ name }) => name.startsWith(id)).length;

/** Asks as the tester, in a scope of its own unless told. */
async function asked(given: Parameters<typeof wishFor>[1] = {}, aws?: AwsAccount) {
  const own = aws ?? (await lawful(pieces));
  return { aws: own, kept: done(await askException(own, wishFor(deploy, given), as("tester"))) };
}

const flowOf = (text: string) => {
  const lines = ["matrix: t", "mode: enforce", "groups: { runner: {}, runtime: {}, deploy: {} }"];
  const entries = lines.join("\n").replaceAll("{}", "{ name: x }");
  const document = parseMatrix([{ name: "t.yaml", text: `${entries}\nflows:\n  - ${text}` }]);
  const [flow] = document.flows;
  if (!flow) throw new Error("no flow");
  const { from, to, ports } = flow;
  return { flow: { from, to, ports } };
};

describe("a wish", () => {
  it("is kept as asked for, from this minute on, and told of", async () => {
    const aws = await lawful(pieces);
    const start = minuteOf(aws);
    let answer: Answer | undefined;
    const messages = await published(pieces, async () => {
      answer = await askException(aws, wishFor(deploy, { minutes: 90 }), as("tester"));
    });
    const kept = answer && done(answer);
    expect(await aws.exceptions.get(kept?.id ?? "")).toEqual(kept);
    expect(kept).toMatchObject({
      ...{ state: "requested", rule: RULE, groups: [deploy], open: true, reason: "release" },
      ...{ requester: as("tester"), personKey: "tester", end: (kept?.start ?? 0) + 90 * MINUTE },
    });
    expect([start, start + MINUTE]).toContain(kept?.start);
    for (const name of ["finding", "actor", "extends", "breakGlass", "flow"]) {
      expect(kept).not.toHaveProperty(name);
    }
    expect(wordsOf(messages)).toContain("EXCEPTION REQUESTED");
    expect(scheduled(kept?.id ?? "")).toBe(0);
  });

  it("may begin later", async () => {
    const aws = await lawful(pieces);
    const start = minuteOf(aws) + 30 * MINUTE;
    const { kept } = await asked({ start, minutes: 5 }, aws);
    expect([kept.start, kept.end]).toEqual([start, start + 5 * MINUTE]);
  });

  it("for a flow is for the groups that get a rule by it", async () => {
    const what = flowOf("{ from: runner, to: deploy, ports: tcp 9100 }");
    const { kept } = await asked({ what, group: "sg-0a1b2c3d" });
    expect(kept.groups).toEqual([deploy, pieces.groups.runner].toSorted());
    expect(kept).toMatchObject(what);
    expect(kept).not.toHaveProperty("rule");
  });

  it("to break the glass is approved at once, and on the schedule", async () => {
    const aws = await lawful(pieces, document => ({
      ...document,
      exceptions: { ...document.exceptions, breakGlassMinutes: 30 },
    }));
    const { kept } = await asked({ breakGlass: true, minutes: 30 }, aws);
    expect(kept).toMatchObject({ state: "approved", breakGlass: true });
    expect(scheduled(kept.id)).toBeGreaterThan(0);
  });

  it.each<[string, Parameters<typeof wishFor>[1], string]>([
    ["for longer than the matrix allows", { minutes: 9 * 60 }, "too-long"],
    ["for no time", { minutes: 0 }, "reversed"],
    ["without a reason", { reason: " " }, "no-reason"],
    ["to break a glass that nobody may break", { breakGlass: true }, "no-break-glass"],
    ["for what is forbidden", { what: { rule: "ingress tcp 9100 from 0.0.0.0/0" } }, "forbidden"],
    ["for what is no rule", { what: { rule: "ingress" } }, "empty"],
    ["for a group that is not there", { group: "sg-0a1b2c3d4e5f60718" }, "group-unknown"],
  ])("%s is refused", async (_, given, code) => {
    const aws = await lawful(pieces);
    expect(codeOf(await askException(aws, wishFor(deploy, given), as("tester")))).toBe(code);
  });

  it("for a rule without a group is refused", async () => {
    const { group: _, ...wish } = wishFor(deploy);
    expect(codeOf(await askException(await lawful(pieces), wish, as("tester")))).toBe("empty");
  });

  it("of nobody is refused", async () => {
    const aws = await lawful(pieces);
    expect(codeOf(await askException(aws, wishFor(deploy), as("root")))).toBe("nobody");
  });

  it("too many of one person is refused", async () => {
    const aws = await lawful(pieces, document => ({
      ...document,
      exceptions: { ...document.exceptions, perRequester: 1 },
    }));
    await asked({}, aws);
    expect(codeOf(await askException(aws, wishFor(deploy), as("tester")))).toBe("too-many");
    await asked({}, await lawful(pieces));
  });

  it("names the group that is not there", async () => {
    const aws = await lawful(pieces);
    const wish = wishFor("sg-0a1b2c3d4e5f60718");
    expect(await askException(aws, wish, as("tester"))).toMatchObject({
      because: expect.stringContaining("sg-0a1b2c3d4e5f60718"),
    });
  });
});

describe("without a matrix", () => {
  it("nobody can ask for anything, or do anything", async () => {
    const aws = pieces.fresh();
    const kept = await aws.findings.record(findingOf(), 0);
    const wish = { reason: "release", minutes: 60, open: true };
    const answers = [
      await askException(aws, wishFor(deploy), as("tester")),
      await askUndo(aws, kept.id, wish, as("tester")),
      await askLonger(aws, "x-1", wish, as("tester")),
      await actOnException(aws, "x-1", "approve", as("alice")),
    ];
    expect(answers.map(codeOf)).toEqual(Array(4).fill("no-matrix"));
  });
});

describe("what was closed", () => {
  const arn = "arn:aws:iam::111122223333:user/tester";
  const maker = { type: "IAMUser", arn, name: "tester", nameChosenByCaller: false };
  const closed = (): Finding =>
    findingOf({
      ...{ rule: "ingress tcp 7002 from 10.1.0.0/16", group: { id: deploy, name: "funai-deploy" } },
      actor: { ...maker, sourceIp: "10.1.2.3" },
    });
  const must = <T>(value: T | undefined): T => value as T;
  const wish = { reason: "release", minutes: 60, open: true };

  async function undone(finding: Finding, more: Partial<Parameters<typeof askUndo>[2]> = {}) {
    const aws = await lawful(pieces);
    const { id } = await aws.findings.record(finding, Date.parse(finding.seenAt));
    let answer: Answer | undefined;
    const messages = await published(pieces, async () => {
      answer = await askUndo(aws, id, { ...wish, ...more }, as("tester"));
    });
    return { aws, id, answer: must(answer), messages };
  }

  it("is asked for whole, with who made it and where it was closed", async () => {
    const { id, answer, messages } = await undone(closed());
    const kept = done(answer);
    expect(kept).toMatchObject({
      ...{ rule: "ingress tcp 7002 from 10.1.0.0/16", groups: [deploy], finding: id, open: true },
      ...{ end: kept.start + 60 * MINUTE, actor: as("tester"), requester: as("tester") },
    });
    expect(wordsOf(messages)).toContain("EXCEPTION REQUESTED");
  });

  it("is asked for in its narrow form", async () => {
    const { answer } = await undone(closed(), { isNarrow: true });
    expect(done(answer)).toMatchObject({ rule: RULE });
  });

  it("is asked for quietly", async () => {
    const { answer, messages } = await undone(closed(), { isQuiet: true });
    expect([codeOf(answer), messages]).toEqual(["done", []]);
  });

  it("by nobody knows whom has no maker", async () => {
    const { answer } = await undone(without(closed(), "actor"));
    expect(done(answer)).not.toHaveProperty("actor");
  });

  it.each<[string, Partial<Finding>, boolean, string]>([
    ["was not closed but missing", { kind: "missing" }, false, "not-undone"],
    ["has no narrow form", { rule: "ingress tcp 7002 from 10.2.0.0/16" }, true, "not-narrow"],
    ["is forbidden", { rule: "ingress tcp 7002 from 0.0.0.0/0" }, false, "forbidden"],
  ])("is refused where it %s", async (_, given, isNarrow, code) => {
    const { answer } = await undone({ ...closed(), ...given }, { isNarrow });
    expect(codeOf(answer)).toBe(code);
  });

  it("is refused where nobody knows of it", async () => {
    const answer = await askUndo(await lawful(pieces), "f-feci5krfm5sp", wish, as("tester"));
    expect(codeOf(answer)).toBe("finding-unknown");
  });

  it("keeps its maker and its finding where somebody asks for more time", async () => {
    const { aws, id, answer } = await undone(closed());
    const { id: old } = done(await actOnException(aws, done(answer).id, "approve", as("alice")));
    const longer = await askLonger(aws, old, { minutes: 5, reason: "more" }, as("tester"));
    expect(codeOf(longer)).toBe("done");
    expect(done(longer)).toMatchObject({ finding: id, actor: as("tester"), extends: old });
  });
});

describe("more time", () => {
  const more = { minutes: 30, reason: "it takes longer" };

  it.each(["approved", "active"] as const)("of what is %s begins where that ends", async state => {
    const { aws, kept } = await asked({ open: false });
    const approved = done(await actOnException(aws, kept.id, "approve", as("alice")));
    if (state === "active") await aws.exceptions.move(approved, { to: "active", action: "start" });
    const longer = done(await askLonger(aws, kept.id, more, as("tester")));
    expect(longer).toMatchObject({
      ...{ start: kept.end, end: kept.end + 30 * MINUTE, reason: "it takes longer" },
      ...{ rule: RULE, groups: [deploy], open: false, extends: kept.id, state: "requested" },
    });
    expect(longer).not.toHaveProperty("flow");
    expect(longer).not.toHaveProperty("finding");
    expect(longer).not.toHaveProperty("actor");
  });

  it("of a flow is for that flow", async () => {
    const what = flowOf("{ from: runner, to: deploy, ports: tcp 9100 }");
    const { aws, kept } = await asked({ what });
    await actOnException(aws, kept.id, "approve", as("alice"));
    const longer = done(await askLonger(aws, kept.id, more, as("tester")));
    expect(longer).toMatchObject({ ...what, groups: kept.groups });
    expect(longer).not.toHaveProperty("rule");
  });

  it("of what nobody approved is refused", async () => {
    const { aws, kept } = await asked();
    expect(codeOf(await askLonger(aws, kept.id, more, as("tester")))).toBe("state");
  });

  it("of what is not there is refused", async () => {
    const answer = await askLonger(await lawful(pieces), "x-1", more, as("tester"));
    expect(answer).toMatchObject({ code: "unknown", because: expect.stringContaining("x-1") });
  });
});

describe("an exception", () => {
  it.each([
    ["approve", "alice", "approved", "EXCEPTION APPROVED", true],
    ["reject", "alice", "rejected", "EXCEPTION REJECTED", false],
    ["withdraw", "tester", "withdrawn", "EXCEPTION WITHDRAWN", false],
  ] as const)(
    "takes the step %s of %s to %s, tells of it, and is on the schedule if it is to open",
    async (...row) => {
      const [action, name, state, word, isScheduled] = row;
      const { aws, kept } = await asked();
      let answer: Answer | undefined;
      const messages = await published(pieces, async () => {
        answer = await actOnException(aws, kept.id, action, as(name), { note: "fine" });
      });
      expect(answer).toMatchObject({ kind: "done", exception: { id: kept.id, state } });
      expect((await aws.exceptions.get(kept.id))?.state).toBe(state);
      expect(wordsOf(messages)).toEqual([word]);
      expect(scheduled(kept.id) > 0).toBe(isScheduled);
      const [, entry] = await aws.exceptions.history(kept.id);
      expect(entry).toMatchObject({ action, to: state, note: "fine" });
    },
  );

  it("has no note in its history where there is none", async () => {
    const { aws, kept } = await asked();
    await actOnException(aws, kept.id, "approve", as("alice"));
    const [, entry] = await aws.exceptions.history(kept.id);
    expect(entry).not.toHaveProperty("note");
  });

  it.each([
    ["what was asked for", 0, "done"],
    ["something else", 1, "changed"],
  ])("is approved where it is bound to %s", async (_, which, code) => {
    const { aws, kept } = await asked();
    const hash = [kept.askHash, "0".repeat(64)][which] ?? "";
    expect(codeOf(await actOnException(aws, kept.id, "approve", as("alice"), { hash }))).toBe(code);
  });

  it("is not approved by who asked for it, and not where it is not there", async () => {
    const { aws, kept } = await asked();
    expect(codeOf(await actOnException(aws, kept.id, "approve", as("tester")))).toBe("own-request");
    expect(codeOf(await actOnException(aws, "x-1", "approve", as("alice")))).toBe("unknown");
  });

  it("that is forbidden by now is not approved, but may be rejected", async () => {
    const { aws, kept } = await asked();
    const forbids = parseMatrix([
      {
        name: "t.yaml",
        text: `matrix: t
mode: enforce
groups: { deploy: { name: funai-deploy } }
forbid: [{ from: 10.1.0.0/16, to: deploy, ports: all }]`,
      },
    ]).forbids;
    await amended(aws, pieces, document => ({
      ...document,
      forbids: [...document.forbids, ...forbids],
    }));
    expect(codeOf(await actOnException(aws, kept.id, "approve", as("alice")))).toBe("forbidden");
    expect(codeOf(await actOnException(aws, kept.id, "reject", as("alice")))).toBe("done");
  });

  it("that somebody else was faster with is looked at again", async () => {
    const { aws, kept } = await asked();
    pieces.account.faults.onNext("dynamodb", "UpdateItem", () =>
      actOnException(aws, kept.id, "reject", as("bob")),
    );
    expect(codeOf(await actOnException(aws, kept.id, "approve", as("alice")))).toBe("state");
    expect((await aws.exceptions.get(kept.id))?.state).toBe("rejected");
  });

  it("that never stays as it was looked at is given up at last", async () => {
    const { aws, kept } = await asked();
    let looks = 0;
    const exceptions: AwsAccount["exceptions"] = {
      ...aws.exceptions,
      async move() {
        looks += 1;
        return undefined;
      },
    };
    const task = actOnException({ ...aws, exceptions }, kept.id, "approve", as("alice"));
    await expect(task).rejects.toThrow(kept.id);
    expect(looks).toBe(20);
  });
});
