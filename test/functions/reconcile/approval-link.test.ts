// What an approver's link shows, what it decides, and why one decides nothing.
import { describe, expect, it } from "vitest";
import type { AwsAccount } from "../../../functions/aws/account.ts";
import { askHashOf, type KeptException } from "../../../functions/aws/stores/exception-item.ts";
import { decideByLink, lookAtLink } from "../../../functions/reconcile/approval-link.ts";
import { actOnException, askException, askUndo } from "../../../functions/reconcile/exceptions.ts";
import { done, identityIn, wishFor } from "../../support/exception-stage.ts";
import { findingOf, without } from "../../support/findings.ts";
import { lawful } from "../../support/lawful.ts";
import { type LogLine, logInto } from "../../support/logged.ts";
import { ownPieces } from "../../support/pieces.ts";

const pieces = ownPieces();

const alice = "alice@example.com";

/** The link that somebody is sent for a request. */
async function linkFor(aws: AwsAccount, { id, askHash }: KeptException, approver = alice) {
  const tokens = await aws.approvals.tokens();
  return (await tokens.make({ exception: id, hash: askHash, approver })).token;
}

async function request(approver?: string) {
  const aws = await lawful(pieces);
  const tester = identityIn(pieces.account, "tester");
  const kept = done(await askException(aws, wishFor(pieces.groups.deploy), tester));
  return { aws, kept, token: await linkFor(aws, kept, approver) };
}

const reject = (aws: AwsAccount, { id }: KeptException) =>
  actOnException(aws, id, "reject", identityIn(pieces.account, "bob"));

describe("a link", () => {
  it("shows what is asked for, as often as somebody looks, and changes nothing", async () => {
    const { aws, kept, token } = await request();
    const looked = [await lookAtLink(aws, token), await lookAtLink(aws, token)];
    for (const one of looked) {
      expect(one).toMatchObject({
        kind: "open",
        asked: {
          claim: { exception: kept.id, hash: kept.askHash, approver: alice },
          law: { directory: { approvers: ["alice", "bob"] } },
          ...{ kept, account: pieces.account.accountId, region: pieces.account.region },
        },
      });
      expect("asked" in one && one.asked).not.toHaveProperty("finding");
    }
    expect(await aws.exceptions.get(kept.id)).toEqual(kept);
  });

  it("shows the finding that is undone by it", async () => {
    const aws = await lawful(pieces);
    const group = { id: pieces.groups.deploy, name: "funai-deploy" };
    const closed = { ...findingOf({ rule: "ingress tcp 7002 from 10.1.2.3/32" }), group };
    const finding = await aws.findings.record(without(closed, "actor"), 0);
    const wish = { reason: "release", minutes: 60, open: true };
    const tester = identityIn(pieces.account, "tester");
    const kept = done(await askUndo(aws, finding.id, wish, tester));
    const looked = await lookAtLink(aws, await linkFor(aws, kept));
    expect(looked).toMatchObject({ kind: "open", asked: { finding: { id: finding.id } } });
  });

  it.each(["approve", "reject"] as const)("lets its approver %s, once", async decision => {
    const { aws, kept, token } = await request();
    const state = decision === "approve" ? "approved" : "rejected";
    expect(await decideByLink(aws, token, decision)).toMatchObject({
      ...{ kind: "decided", decision, asked: { kept: { id: kept.id, state } } },
    });
    const now = await aws.exceptions.get(kept.id);
    expect(now?.state).toBe(state);
    expect(now?.last.by).toBe(`mail:${alice}`);
    for (const again of [await lookAtLink(aws, token), await decideByLink(aws, token, "reject")]) {
      expect(again).toMatchObject({
        kind: "refused",
        code: "used",
        asked: { kept: { id: kept.id } },
      });
      expect("because" in again && again.because).toMatch(new RegExp(`20\\d\\d-.*${decision}`));
    }
    expect((await aws.exceptions.get(kept.id))?.state).toBe(state);
  });

  it("decides although it cannot be marked as used, and is refused by its state", async () => {
    const { aws, kept, token } = await request();
    const nonces: AwsAccount["approvals"]["nonces"] = {
      ...aws.approvals.nonces,
      async use() {
        throw new Error("it was cut");
      },
    };
    const lines: LogLine[] = [];
    const deps = { ...aws, approvals: { ...aws.approvals, nonces }, log: logInto(lines) };
    expect(await decideByLink(deps, token, "approve")).toMatchObject({ kind: "decided" });
    expect(lines.filter(({ level }) => level === "error")).toMatchObject([
      { fields: { id: kept.id, error: expect.stringContaining("it was cut") } },
    ]);
    expect(await decideByLink(aws, token, "reject")).toMatchObject({ code: "state" });
    expect((await aws.exceptions.get(kept.id))?.state).toBe("approved");
  });
});

describe("a link that decides nothing", () => {
  it("is one that nobody made", async () => {
    const { aws, token } = await request();
    for (const one of ["", "no", `${token}A`, token.replace(/^./, "x")]) {
      const answer = await decideByLink(aws, one, "approve");
      expect(answer).toMatchObject({ kind: "refused", code: "no-link" });
      expect(answer).not.toHaveProperty("asked");
    }
  });

  it("is one where no matrix is in force", async () => {
    const { token } = await request();
    expect(await lookAtLink(pieces.fresh(), token)).toMatchObject({ code: "no-matrix" });
  });

  it("is one of an exception that is not there", async () => {
    const { kept, token } = await request();
    const answer = await lookAtLink(await lawful(pieces), token);
    expect(answer).toMatchObject({ code: "unknown", because: expect.stringContaining(kept.id) });
    expect(answer).not.toHaveProperty("asked");
  });

  it("is one that is older than an hour, which says until when it was good", async () => {
    const { aws, kept, token } = await request();
    pieces.account.clock.advance(3_600_000);
    for (const answer of [
      await lookAtLink(aws, token),
      await decideByLink(aws, token, "approve"),
    ]) {
      expect(answer).toMatchObject({ code: "expired", asked: { kept: { id: kept.id } } });
      expect("because" in answer && answer.because).toMatch(/20\d\d-\d\d-\d\dT/);
    }
    expect((await aws.exceptions.get(kept.id))?.state).toBe("requested");
  });

  it("is one of who asked", async () => {
    const { aws, kept, token } = await request("tester@example.com");
    const answer = await decideByLink(aws, token, "approve");
    expect(answer).toMatchObject({ code: "own-request", asked: { kept: { id: kept.id } } });
    expect((await aws.exceptions.get(kept.id))?.state).toBe("requested");
  });

  it("is one for something else", async () => {
    const { aws, kept } = await request();
    const token = await linkFor(aws, { ...kept, askHash: "0".repeat(64) });
    expect(await decideByLink(aws, token, "approve")).toMatchObject({ code: "changed" });
  });

  it("is one for what is another thing by the time it is decided on", async () => {
    const { aws, kept, token } = await request();
    const longer = { ...kept, end: kept.end + 60_000 };
    let looks = 0;
    const exceptions: AwsAccount["exceptions"] = {
      ...aws.exceptions,
      async get() {
        looks += 1;
        return looks === 1 ? kept : { ...longer, askHash: askHashOf(longer) };
      },
    };
    const answer = await decideByLink({ ...aws, exceptions }, token, "approve");
    expect(answer).toMatchObject({ code: "changed" });
  });

  it("is one of what was decided another way", async () => {
    const { aws, kept, token } = await request();
    await reject(aws, kept);
    expect(await decideByLink(aws, token, "approve")).toMatchObject({
      ...{ code: "state", asked: { kept: { state: "rejected" } } },
    });
  });

  it("is one of what is decided another way meanwhile, and is not used up by that", async () => {
    const { aws, kept, token } = await request();
    pieces.account.faults.onNext("ec2", "DescribeSecurityGroups", () => reject(aws, kept));
    expect(await decideByLink(aws, token, "approve")).toMatchObject({
      ...{ code: "state", asked: { kept: { state: "rejected" } } },
    });
    expect(await lookAtLink(aws, token)).toMatchObject({ code: "state" });
  });

  it("shows what it was about where that has gone meanwhile", async () => {
    const { aws, kept, token } = await request();
    let looks = 0;
    const exceptions: AwsAccount["exceptions"] = {
      ...aws.exceptions,
      async get(id) {
        looks += 1;
        return looks === 1 ? aws.exceptions.get(id) : undefined;
      },
    };
    expect(await decideByLink({ ...aws, exceptions }, token, "approve")).toMatchObject({
      ...{ code: "unknown", asked: { kept } },
    });
  });
});
