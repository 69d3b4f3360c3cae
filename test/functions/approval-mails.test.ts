// Who gets a mail with a link when somebody asks for an exception, and what is in it.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { KeptException } from "../../functions/aws/stores/exception-item.ts";
import { askException, askUndo } from "../../functions/reconcile/exceptions.ts";
import type { KeyName } from "../../local/identities.ts";
import { type Acting, addressOf, done, startActing } from "../support/acting.ts";
import { open } from "../support/deployed.ts";

const RULE = "ingress tcp 7002 from 10.1.2.3/32";

let acting: Acting;
let asked: KeptException;

beforeAll(async () => {
  acting = await startActing();
});
beforeEach(async () => {
  acting.stage.account.faults.clear();
  asked = await ask();
});
afterAll(() => acting.stage.stop());

async function ask(by: KeyName = "tester"): Promise<KeptException> {
  const { stage, identity } = acting;
  await stage.later(3 * 3_600);
  await stage.sweep();
  const wish = { what: { rule: RULE }, group: stage.groups.deploy, minutes: 120 };
  return done(
    await askException(stage.aws, { ...wish, reason: "release", open: true }, identity(by)),
  );
}

async function closedBy(name: KeyName): Promise<string> {
  const { stage } = acting;
  await open(stage.as(name), stage.groups.deploy, [RULE]);
  await stage.idle();
  const [finding] = await stage.findings(stage.groups.deploy);
  return finding?.id ?? "";
}

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

  it("are delivered to the one they are for, and to nobody else who has a filter", async () => {
    const { inbox } = acting.stage.account;
    const before = inbox.mails().length;
    const links = acting.linksOf(await acting.mail(asked));
    const mails = inbox.mails().slice(before);
    expect(mails.map(({ to }) => to)).toEqual([addressOf("alice"), addressOf("bob")]);
    expect(mails[0]?.text).toContain(links.alice);
    expect(mails[1]?.text).toContain(links.bob);
  });

  it("go not to an approver who asked himself, nor to one who made the rule that was closed", async () => {
    const own = await ask("alice");
    expect(Object.keys(acting.linksOf(await acting.mail(own)))).toEqual(["bob"]);
    const { stage } = acting;
    const finding = await closedBy("bob");
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
    await expect(acting.mail(asked)).rejects.toThrow(/not every approver .* alice: /);
    expect(account.inbox.messages().slice(before)).toHaveLength(1);
  });
});
