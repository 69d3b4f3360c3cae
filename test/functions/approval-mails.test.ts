// Who gets a mail with a link when somebody asks for an exception, and what is in it.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { KeptException } from "../../functions/aws/stores/exception-item.ts";
import { askUndo } from "../../functions/reconcile/exceptions.ts";
import { addressOf } from "../../local/people.ts";
import { type Acting, done, startActing } from "../support/acting.ts";

let acting: Acting;
let asked: KeptException;

beforeAll(async () => {
  acting = await startActing();
});
beforeEach(async () => {
  acting.stage.account.faults.clear();
  await acting.rest();
  asked = await acting.ask();
});
afterAll(() => acting.stage.stop());

describe("mails", () => {
  it("go to each approver alone, and to neither the requester nor the shared topic", async () => {
    const mails = await acting.mail(asked);
    expect(mails.map(({ topicArn }) => topicArn)).toEqual([
      acting.approvalTopic,
      acting.approvalTopic,
    ]);
    expect(Object.keys(acting.linksOf(mails)).toSorted()).toEqual(["alice", "bob"]);
    expect(mails.map(({ attributes }) => Object.keys(attributes))).toEqual([["to"], ["to"]]);
    const [first, second] = mails.map(({ message }) => message);
    expect(first).not.toContain(acting.linksOf(mails).bob);
    expect(second).not.toContain(acting.linksOf(mails).alice);
  });

  it("go out as soon as somebody asks, with what everybody is told, and once", async () => {
    const { account } = acting.stage;
    const before = account.inbox.messages().length;
    await acting.ask();
    await acting.stage.later(60);
    await acting.stage.sweep();
    const told = account.inbox.messages().slice(before);
    const mails = told.filter(({ topicArn }) => topicArn === acting.approvalTopic);
    const shared = told.filter(({ topicArn }) => topicArn !== acting.approvalTopic);
    expect(Object.keys(acting.linksOf(mails)).toSorted()).toEqual(["alice", "bob"]);
    expect([mails.length, shared.length]).toEqual([2, 1]);
    expect(shared[0]?.subject).toMatch(/^EXCEPTION REQUESTED ingress tcp 7002 from /);
    expect(shared[0]?.message).not.toContain("/approvals/");
    expect(mails[0]?.message).toContain(shared[0]?.message.trimEnd());
    expect(mails[0]?.subject).toBe(shared[0]?.subject);
  });

  it("are delivered to the one they are for, and to nobody else who has a filter", async () => {
    const { inbox } = acting.stage.account;
    const before = inbox.mails().length;
    const links = acting.linksOf(await acting.mail(asked));
    const mails = inbox
      .mails()
      .slice(before)
      .toSorted((a, b) => (a.to < b.to ? -1 : 1));
    expect(mails.map(({ to }) => to)).toEqual([addressOf("alice"), addressOf("bob")]);
    expect(mails[0]?.text).toContain(links.alice);
    expect(mails[1]?.text).toContain(links.bob);
  });

  it("go not to an approver who asked himself, nor to one who made the rule that was closed", async () => {
    const own = await acting.ask("alice");
    expect(Object.keys(acting.linksOf(await acting.mail(own)))).toEqual(["bob"]);
    const { stage } = acting;
    const finding = await acting.drift("bob");
    const wish = { minutes: 60, reason: "needed", open: true };
    const undo = done(await askUndo(stage.aws, finding, wish, acting.identity("tester")));
    expect(Object.keys(acting.linksOf(await acting.mail(undo)))).toEqual(["alice"]);
  });

  it("have lines of 78 columns, but for the link, which is in one piece", async () => {
    const [mail] = await acting.mail(asked);
    const lines = mail?.message.split("\n") ?? [];
    const long = lines.filter(line => line.length > 78);
    expect(long).toEqual([
      expect.stringMatching(/^https:\/\/portward\.example\.com\/approvals\/\S+$/),
    ]);
    expect(long[0]?.length).toBeLessThan(600);
  });

  it("are not sent where no topic or no address of the API is configured", async () => {
    const { aws } = acting.stage;
    const { config } = aws;
    const { approvals: _, ...withoutTopic } = config;
    const { apiUrl: __, ...withoutApi } = config;
    for (const less of [withoutTopic, withoutApi]) {
      Object.assign(aws, { config: less });
      expect(await acting.mail(asked)).toEqual([]);
    }
    Object.assign(aws, { config });
  });

  it("that cannot all be sent are an error, and keep nobody else from his", async () => {
    const { account } = acting.stage;
    const before = account.inbox.messages().length;
    account.faults.failNext("sns", "Publish", "InternalError");
    await expect(acting.mail(asked)).rejects.toThrow(/not every approver .* (?:alice|bob): /);
    expect(account.inbox.messages().slice(before)).toHaveLength(1);
  });
});
