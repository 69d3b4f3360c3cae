// Which approvers get a link of their own by mail, and what if one of them cannot be mailed.
import { describe, expect, it } from "vitest";
import type { AwsAccount } from "../../../functions/aws/account.ts";
import type { KeptException } from "../../../functions/aws/stores/exception-item.ts";
import { mailApprovers } from "../../../functions/reconcile/approval-mail.ts";
import { askException } from "../../../functions/reconcile/exceptions.ts";
import type { KeyName } from "../../../local/identities.ts";
import { done, identityIn, wishFor } from "../../support/exception-stage.ts";
import { type Amendment, amended, lawful, published } from "../../support/lawful.ts";
import { ownPieces } from "../../support/pieces.ts";

const pieces = ownPieces();

const notice = { subject: "EXCEPTION REQUESTED by tester", text: "what is asked for\n" };

/** A request that nobody was mailed of, under a matrix with other words. */
async function request(by: KeyName = "tester", amend?: Amendment) {
  const aws = await lawful(pieces);
  const { apiUrl: _, ...config } = aws.config;
  const quiet = { ...aws, config };
  const wish = wishFor(pieces.groups.deploy);
  const kept = done(await askException(quiet, wish, identityIn(pieces.account, by)));
  if (amend) await amended(aws, pieces, amend);
  return { aws, kept };
}

const mailed = (aws: AwsAccount, kept: KeptException) =>
  published(pieces, () => mailApprovers(aws, kept, notice));
const addressees = async (aws: AwsAccount, kept: KeptException) =>
  (await mailed(aws, kept)).map(({ attributes }) => attributes.to?.value ?? "").toSorted();

const withPeople =
  (people: Record<string, string[]>): Amendment =>
  document => ({ ...document, people: { ...document.people, ...people } });

describe("a request for an exception", () => {
  it("goes to each approver, with a link that is his alone and lives an hour", async () => {
    const { aws, kept } = await request();
    const mails = await mailed(aws, kept);
    expect(mails.map(({ attributes }) => attributes.to?.value).toSorted()).toEqual([
      ...["alice", "bob"],
    ]);
    const tokens = await aws.approvals.tokens();
    const links = mails.map(({ message }) => /(\S+)\/approvals\/(\S+)/.exec(message) ?? []);
    expect(links.map(([, url]) => url)).toEqual([aws.config.apiUrl, aws.config.apiUrl]);
    const claims = await Promise.all(links.map(([, , token = ""]) => tokens.read(token)));
    for (const read of claims) {
      if (read.kind !== "valid") throw new Error(read.kind);
      expect(read.claim).toMatchObject({ exception: kept.id, hash: kept.askHash });
    }
    const approvers = claims.map(read => (read.kind === "valid" ? read.claim.approver : ""));
    expect(approvers.toSorted()).toEqual(["alice@example.com", "bob@example.com"]);
    for (const mail of mails) expect(mail.message).toContain("what is asked for");
  });

  it("does not go to who asked", async () => {
    const { aws, kept } = await request("alice");
    expect(await addressees(aws, kept)).toEqual(["bob"]);
  });

  it("does not go to who made the rule", async () => {
    const { aws, kept } = await request();
    const actor = identityIn(pieces.account, "bob");
    expect(await addressees(aws, { ...kept, actor })).toEqual(["alice"]);
  });

  it("goes to nobody where it is not what was asked for", async () => {
    const { aws, kept } = await request();
    expect(await addressees(aws, { ...kept, end: kept.end + 60_000 })).toEqual([]);
  });

  it("goes to nobody once it is over", async () => {
    const { aws, kept } = await request();
    expect(await addressees({ ...aws, clock: () => kept.end }, kept)).toEqual([]);
  });

  it("goes to an approver's first address, and to none who has no address", async () => {
    const amend = withPeople({
      alice: ["jwt:https://id#alice"],
      bob: ["jwt:https://id#mail:no", "mail:bob@example.org", "mail:bob@example.com"],
    });
    const { aws, kept } = await request("tester", amend);
    const mails = await mailed(aws, kept);
    expect(mails.map(({ attributes }) => attributes.to?.value)).toEqual(["bob"]);
    const [, token = ""] = /approvals\/(\S+)/.exec(mails[0]?.message ?? "") ?? [];
    const read = await (await aws.approvals.tokens()).read(token);
    expect(read).toMatchObject({ claim: { approver: "bob@example.org" } });
  });

  it("goes to the others although one could not be mailed, and says whom it did not reach", async () => {
    const { aws, kept } = await request();
    pieces.account.faults.failNext("sns", "Publish", "InternalError");
    let failure: Error | undefined;
    const mails = await published(pieces, async () => {
      failure = await mailApprovers(aws, kept, notice).then(
        () => undefined,
        (error: Error) => error,
      );
    });
    const [reached] = mails.map(({ attributes }) => attributes.to?.value);
    expect(mails).toHaveLength(1);
    const missed = reached === "alice" ? "bob" : "alice";
    expect(failure?.message).toMatch(new RegExp(`${kept.id}.*: ${missed}: .*InternalError`));
    expect(failure?.message).not.toContain(`${reached}: `);
  });

  it("names all whom it did not reach", async () => {
    const { aws, kept } = await request();
    pieces.account.faults.failNext("sns", "Publish", "InternalError", 2);
    await expect(mailApprovers(aws, kept, notice)).rejects.toThrow(
      /: (alice|bob): .*; (alice|bob): /,
    );
  });
});

describe("nobody is mailed", () => {
  it.each(["approvals", "apiUrl"] as const)("where the deployment has no %s", async missing => {
    const { aws, kept } = await request();
    const { [missing]: _, ...config } = aws.config;
    expect(await mailed({ ...aws, config }, kept)).toEqual([]);
  });

  it("where no matrix is in force", async () => {
    const { kept } = await request();
    expect(await mailed(pieces.fresh(), kept)).toEqual([]);
  });
});
