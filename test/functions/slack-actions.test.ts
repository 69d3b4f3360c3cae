// Clicks on buttons in Slack: what was closed is allowed, a request is answered, once, by whoever may;
// and the one who clicked is told.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { KeptException } from "../../functions/aws/stores/exception-item.ts";
import type { KeyName } from "../../local/identities.ts";
import { exceptionButtons } from "../../matrix/alert/buttons.ts";
import type { MatrixDocument } from "../../matrix/document.ts";
import { type Acting, RULE, startActing, TEAM, traceless } from "../support/acting.ts";
import {
  ALICE,
  allow,
  BOB,
  buttonOf,
  deny,
  type Slack,
  startSlack,
  textOf,
} from "../support/slack.ts";

let acting: Acting;
let slack: Slack;

beforeAll(async () => {
  acting = await startActing();
  slack = await startSlack(acting);
});
beforeEach(async () => {
  const { stage } = acting;
  stage.account.faults.clear();
  await acting.rest();
  stage.mark();
  slack.answers.length = 0;
});
afterAll(async () => {
  slack.stop();
  await acting.stage.stop();
});

async function living(): Promise<readonly KeptException[]> {
  const { aws } = acting.stage;
  const all = await aws.exceptions.list({ since: aws.clock() });
  return all.filter(({ state }) => ["requested", "approved", "active"].includes(state));
}

describe("allowing what was closed", () => {
  it("makes its maker the requester, the clicker the approver, and opens it for so long", async () => {
    const { stage } = acting;
    const finding = await acting.drift();
    const answer = await slack.click(allow(finding));
    expect(answer).toMatchObject({
      status: 200,
      body: { response_type: "ephemeral", replace_original: false },
    });
    expect(textOf(answer)).toMatch(/^Approved: ingress tcp 7002 from 10\.1\.2\.3\/32, until 20/);
    expect(slack.answers).toEqual([{ path: "/actions/1", ...(answer.body as { text: string }) }]);
    const [kept] = await living();
    expect(kept).toMatchObject({
      ...{ state: "approved", rule: RULE, finding, open: true },
      requester: acting.identity("tester"),
      approver: { kind: "slack", team: TEAM, user: ALICE },
    });
    expect((kept?.end ?? 0) - (kept?.start ?? 0)).toBe(60 * 60_000);
    await stage.later(60);
    await stage.sweep();
    expect(await stage.rules(stage.groups.deploy)).toContain(RULE);
    await stage.later(60 * 60);
    await stage.sweep();
    expect(await stage.rules(stage.groups.deploy)).not.toContain(RULE);
  });

  it("is told as approved, and mails nobody a link to what is decided", async () => {
    const finding = await acting.drift();
    await slack.click(allow(finding));
    await acting.stage.later(60);
    await acting.stage.sweep();
    const subjects = acting.stage.alerts().map(({ subject }) => subject);
    expect(subjects).toEqual([
      expect.stringMatching(/^EXCEPTION APPROVED ingress tcp 7002 /),
      expect.stringMatching(/^EXCEPTION OPENED ingress tcp 7002 /),
    ]);
  });

  it("for 8 hours lasts so long", async () => {
    await slack.click(allow(await acting.drift(), 480));
    const [kept] = await living();
    expect((kept?.end ?? 0) - (kept?.start ?? 0)).toBe(480 * 60_000);
  });

  it("opens the narrow form of it and never what was closed", async () => {
    const finding = await acting.drift("tester", "ingress tcp 22 from 0.0.0.0/0", "api");
    expect(textOf(await slack.click(allow(finding)))).toMatch(
      /^Approved: ingress tcp 22 from 127\.0\.0\.1\/32,/,
    );
    expect((await living()).map(({ rule }) => rule)).toEqual(["ingress tcp 22 from 127.0.0.1/32"]);
  });

  it("in a group that only revokes lets it be opened by hand", async () => {
    await acting.applyPeople(undefined, "revoke");
    const finding = await acting.drift();
    expect(textOf(await slack.click(allow(finding)))).toContain("Whoever needs it opens it");
    expect(await living()).toMatchObject([{ open: false, state: "approved" }]);
    await acting.applyPeople();
  });

  it("clicked twice, by one or by two, at once or later, is one exception", async () => {
    const finding = await acting.drift();
    const both = await Promise.all([
      slack.click(allow(finding)),
      slack.click(allow(finding)),
      slack.click(allow(finding, 480), BOB),
    ]);
    expect(both.map(one => one.status)).toEqual([200, 200, 200]);
    expect(await living()).toHaveLength(1);
    const [kept] = await living();
    const later = await traceless(acting, () => slack.click(allow(finding), BOB));
    expect(textOf(later)).toContain(`Exception ${kept?.id}.`);
  });

  it("again, once it is over, is another", async () => {
    const { stage } = acting;
    const finding = await acting.drift();
    await slack.click(allow(finding));
    const [first] = await living();
    await stage.later(2 * 3_600);
    await stage.sweep();
    await slack.click(allow(finding));
    const [second] = await living();
    expect(second?.id).not.toBe(first?.id);
  });

  it("is done anew after a click that failed half-way", async () => {
    const { account } = acting.stage;
    const finding = await acting.drift();
    account.faults.failNext("ec2", "DescribeSecurityGroups", "RequestLimitExceeded");
    expect(textOf(await slack.click(allow(finding)))).toBe(
      "It could not be done now. Click again in a minute.",
    );
    expect(textOf(await slack.click(allow(finding)))).toMatch(/^Approved/);
    expect(await living()).toHaveLength(1);
  });

  it.each<[string, string, string, () => Promise<string>, string?]>([
    ["by the one who made the rule", "own-request", "four eyes", () => acting.drift("bob"), BOB],
    [
      "by a person who is no approver",
      "not-approver",
      "no approver",
      () => acting.drift("bob"),
      "U0TESTER",
    ],
    [
      "by somebody whom people do not name",
      "not-approver",
      "no approver",
      () => acting.drift(),
      "U0EVE",
    ],
    ["of the root user", "nobody", "ask by hand", () => acting.drift("root")],
    [
      "of what has no narrow form",
      "not-narrow",
      "ask by hand",
      () => acting.drift("tester", "egress tcp 25 to 0.0.0.0/0", "api"),
    ],
    ["of what nobody found", "finding-unknown", "no finding", async () => "f-aaaaaaaaaaaa"],
  ])("%s is refused: %s", async (_, code, text, made, user) => {
    const finding = await made();
    acting.stage.mark();
    const answer = await traceless(acting, () => slack.click(allow(finding), user));
    expect(answer.status).toBe(200);
    expect(textOf(answer)).toMatch(/^Refused: /);
    expect(textOf(answer)).toContain(text);
    expect(acting.stage.log().map(({ fields }) => fields.code)).toEqual([code]);
    expect(await living()).toEqual([]);
  });

  it("of what a forbid names is refused, and leaves nothing", async () => {
    const finding = await acting.drift("tester", "ingress tcp 22 from 0.0.0.0/0");
    const answer = await traceless(acting, () => slack.click(allow(finding)));
    expect(textOf(answer)).toContain("forbid");
  });

  it("is refused where nobody knows whether clicker and maker are two", async () => {
    const without = (document: MatrixDocument): MatrixDocument => {
      const { tester: _, ...people } = document.people;
      return { ...document, people };
    };
    await acting.applyPeople(without);
    const finding = await acting.drift();
    const answer = await traceless(acting, () => slack.click(allow(finding)));
    expect(textOf(answer)).toContain("name both under people");
    await acting.applyPeople();
  });

  it("denied leaves it closed and nothing but a log line", async () => {
    const finding = await acting.drift();
    const answer = await traceless(acting, () => slack.click(deny(finding)));
    expect(textOf(answer)).toBe("It stays closed. Nothing was changed.");
    expect(acting.stage.log()).toMatchObject([
      { message: "a click was left", fields: { user: ALICE, action: "finding:deny" } },
    ]);
  });
});

describe("answering a request", () => {
  it.each([
    ["approve", "approved"],
    ["reject", "rejected"],
  ] as const)("%s", async (kind, state) => {
    const kept = await acting.ask();
    await slack.click(buttonOf(kept, kind), BOB);
    expect((await acting.stage.aws.exceptions.get(kept.id))?.state).toBe(state);
    const [, entry] = await acting.stage.aws.exceptions.history(kept.id);
    expect(entry).toMatchObject({ action: kind, by: `slack:${TEAM}/${BOB}`.toLowerCase() });
  });

  it.each<[string, KeyName, string]>([
    ["of his own", "alice", "four eyes"],
    ["as no approver", "bob", "no approver"],
  ])("%s is refused", async (_, by, text) => {
    const kept = await acting.ask(by);
    const user = by === "alice" ? ALICE : "U0TESTER";
    const answer = await traceless(acting, () => slack.click(buttonOf(kept, "approve"), user));
    expect(textOf(answer)).toContain(text);
  });

  it("with another hash than it has is refused", async () => {
    const kept = await acting.ask();
    const other = { id: kept.id, hash: "0".repeat(64) };
    const [approve] = exceptionButtons(other);
    const answer = await traceless(acting, () => slack.click(approve));
    expect(textOf(answer)).toContain("not what was asked for");
  });

  it("sent again, as it was signed, does nothing more", async () => {
    const kept = await acting.ask();
    const sent = slack.signed(slack.body(buttonOf(kept, "approve"), BOB));
    expect(textOf(await slack.send(sent))).toMatch(/^Approved/);
    const again = await traceless(acting, () => slack.send(sent));
    expect(textOf(again)).toBe("Refused: it is approved: nothing can approve it any more.");
  });

  it("by two at once is one act", async () => {
    const kept = await acting.ask();
    const both = await Promise.all([
      slack.click(buttonOf(kept, "approve"), ALICE),
      slack.click(buttonOf(kept, "reject"), BOB),
    ]);
    expect(both.filter(answer => textOf(answer).startsWith("Refused"))).toHaveLength(1);
    expect(await acting.stage.aws.exceptions.history(kept.id)).toHaveLength(2);
  });
});
