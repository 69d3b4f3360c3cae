// What people are told of the steps and the ends of exceptions: each once, by whoever gets there.
import { describe, expect, it } from "vitest";
import type { AwsAccount } from "../../../functions/aws/account.ts";
import { entryHash, type KeptException } from "../../../functions/aws/stores/exception-item.ts";
import type { Move } from "../../../functions/aws/stores/exception-store.ts";
import {
  remind,
  remindEnding,
  tellStep,
  tellUntold,
} from "../../../functions/reconcile/telling.ts";
import {
  approved,
  asked,
  MINUTE,
  stepped,
  user,
  withdrawn,
} from "../../support/exception-pieces.ts";
import { putInForce } from "../../support/in-force.ts";
import { logged } from "../../support/logged.ts";
import { ownPieces } from "../../support/pieces.ts";
import { toldSince } from "../../support/told-since.ts";

const pieces = ownPieces();

const { mark, messages, subjects, words, machines } = toldSince(() => pieces.account);

/** Portward with nothing stored; what was published before is forgotten. */
function fresh(): AwsAccount {
  mark();
  return pieces.fresh();
}
const factIn = (name: string) =>
  messages().map(({ message }) => new RegExp(`^ *${name} +(.+)$`, "m").exec(message)?.[1]);
const untold = async (aws: AwsAccount) => (await aws.exceptions.untold()).map(({ id }) => id);

/** A publication that fails. */
const failing = () => pieces.account.faults.failNext("sns", "Publish", "InternalError");

const steps: readonly { step: Move; from?: "approved"; word: string }[] = [
  {
    step: { action: "approve", to: "approved", by: user("alice"), note: "go" },
    word: "EXCEPTION APPROVED",
  },
  {
    step: { action: "reject", to: "rejected", by: user("alice"), note: "no" },
    word: "EXCEPTION REJECTED",
  },
  {
    step: { action: "withdraw", to: "withdrawn", by: user("alice"), note: "done" },
    from: "approved",
    word: "EXCEPTION WITHDRAWN",
  },
];

describe("a step", () => {
  it.each(steps)("is told once, by whom and with his note: $word", async ({ step, from, word }) => {
    const aws = fresh();
    const before = from ? await approved(aws) : await asked(aws);
    const kept = await stepped(aws, before, step);
    await tellStep(aws, kept);
    await tellStep(aws, kept);
    expect(words()).toEqual([word]);
    const [message = ""] = messages().map(one => one.message);
    expect(message).toContain(" by arn:aws:iam::111122223333:user/alice");
    expect(factIn("Note")).toEqual([step.note]);
  });
  it("is told without a note where there is none", async () => {
    const aws = fresh();
    const kept = await approved(aws);
    await tellStep(aws, kept);
    expect(factIn("Note")).toEqual([undefined]);
  });
  it("is told with the state that it led to", async () => {
    const aws = fresh();
    const kept = await approved(aws);
    await tellStep(aws, { ...kept, state: "active" });
    expect(machines()).toMatchObject([{ exception: { state: "approved" } }]);
  });
});

describe("what somebody asked for", () => {
  it("is told with its reason, and no note", async () => {
    const aws = fresh();
    await tellStep(aws, await asked(aws, { reason: "a release" }));
    expect(words()).toEqual(["EXCEPTION REQUESTED"]);
    expect(factIn("Reason")).toEqual(["a release"]);
    expect(factIn("Note")).toEqual([undefined]);
    expect(factIn("Requested")).toEqual([undefined]);
  });
  it("is told of as a request when it is for more time", async () => {
    const aws = fresh();
    const kept = await asked(aws);
    const last = { ...kept.last, action: "extend" as const };
    await tellStep(aws, { ...kept, last });
    expect(words()).toEqual(["EXCEPTION REQUESTED"]);
  });
  it("is told of when nobody answered, as nobody's doing", async () => {
    const aws = fresh();
    const kept = await stepped(aws, await asked(aws), { action: "end", to: "expired" });
    await tellStep(aws, kept);
    expect(words()).toEqual(["EXCEPTION UNANSWERED"]);
    expect(messages()[0]?.message).not.toContain("by portward");
  });
  it("is told of when somebody opens it alone, with no deed but his request", async () => {
    const aws = fresh();
    await tellStep(aws, await asked(aws, { breakGlass: true }));
    expect(words()).toEqual(["BREAK GLASS"]);
    expect(factIn("Opened")).toEqual([undefined]);
  });
});

const MATRIX = `
matrix: told
mode: observe
people:
  alice: [mail:alice@example.com]
  bob: [mail:bob@example.com]
  tester: ["arn:aws:iam::111122223333:user/tester"]
exceptions: { approvers: [alice, bob] }
groups: { deploy: { name: funai-deploy }, api: { name: nowhere } }
`;

describe("a notice", () => {
  it("names the parts of the groups and the approvers of the matrix in force", async () => {
    const aws = fresh();
    await putInForce(aws, MATRIX);
    const { deploy } = pieces.groups;
    await tellStep(aws, await asked(aws, { groups: [deploy, "sg-0e000000000000001"] }));
    expect(factIn("Groups")[0]).toBe(`deploy ${deploy}, sg-0e000000000000001`);
    expect(factIn("Account")[0]).toBe("111122223333 ap-southeast-1");
    expect(factIn("Approvers")[0]).toBe("alice, bob");
  });
  it("names none without a matrix", async () => {
    const aws = fresh();
    await tellStep(aws, await asked(aws, { groups: [pieces.groups.deploy] }));
    expect(factIn("Approvers")).toEqual([undefined]);
    expect(subjects()[0]).toContain(` on ${pieces.groups.deploy}, `);
  });
});

describe("the approvers", () => {
  const mailed = () => messages().filter(({ topicArn }) => topicArn.includes("approvals"));
  it("are mailed when somebody asks", async () => {
    const aws = fresh();
    await putInForce(aws, MATRIX);
    await tellStep(aws, await asked(aws, { groups: [pieces.groups.deploy] }));
    expect(mailed()).toHaveLength(2);
  });
  it("are not mailed of an answer", async () => {
    const aws = fresh();
    await putInForce(aws, MATRIX);
    await tellStep(aws, await approved(aws, { groups: [pieces.groups.deploy] }));
    expect(mailed()).toHaveLength(0);
  });
});

describe("a telling that fails", () => {
  it("fails nothing, is logged, and is done by the sweep", async () => {
    const { deps, lines } = logged(fresh());
    const kept = await asked(deps);
    failing();
    await tellStep(deps, kept);
    expect(words()).toEqual([]);
    const errors = lines.filter(({ level }) => level === "error");
    expect(errors.map(({ fields }) => fields.id)).toEqual([kept.id]);
    expect(errors[0]?.fields.error).toMatch(/^InternalError/);
    expect(await untold(deps)).toEqual([kept.id]);
    pieces.account.clock.advance(31_000);
    await tellUntold(deps);
    expect(words()).toEqual(["EXCEPTION REQUESTED"]);
    expect(await untold(deps)).toEqual([]);
  });
  it("keeps no other from being told", async () => {
    const aws = fresh();
    await asked(aws);
    await asked(aws);
    failing();
    await tellUntold(aws);
    expect(words()).toEqual(["EXCEPTION REQUESTED"]);
    expect(await untold(aws)).toHaveLength(1);
  });
});

describe("what is told of a step", () => {
  it("is kept in the log as well, with the hash of its entry", async () => {
    const { deps, lines } = logged(fresh());
    const kept = await asked(deps);
    await tellStep(deps, kept);
    const by = "arn:aws:iam::111122223333:user/tester";
    expect(lines).toEqual([
      {
        level: "info",
        message: expect.any(String),
        fields: { id: kept.id, n: 1, action: "request", by, hash: entryHash(kept.last) },
      },
    ]);
  });
  it("is not told while somebody else is at it, and stays to be told", async () => {
    const aws = fresh();
    const kept = await asked(aws);
    const step = { id: kept.id, token: kept.last.token };
    await aws.exceptions.claimTelling(step, "another", aws.clock());
    await tellStep(aws, kept);
    expect(words()).toEqual([]);
    expect(await untold(aws)).toEqual([kept.id]);
  });
});

describe("the sweep", () => {
  it("tells of the step that was announced, whatever came after", async () => {
    const aws = fresh();
    const kept = await approved(aws);
    await tellStep(aws, kept);
    expect(words()).toEqual(["EXCEPTION APPROVED"]);
    await tellUntold(aws);
    expect(words()).toEqual(["EXCEPTION APPROVED", "EXCEPTION REQUESTED"]);
    expect(await untold(aws)).toEqual([]);
  });
  it("says nothing of a step that people have no need to hear of, and is done with it", async () => {
    const aws = fresh();
    const kept = await approved(aws);
    await tellUntold(aws);
    const started = await stepped(aws, kept, { action: "start", to: "active" });
    const { token } = started.last;
    await aws.exceptions.announce({ id: kept.id, token, at: aws.clock() });
    mark();
    await tellUntold(aws);
    expect(words()).toEqual([]);
    expect(await untold(aws)).toEqual([]);
  });

  const announced = { token: "never taken" };
  it.each([
    { name: "an exception that is there", of: async (aws: AwsAccount) => (await asked(aws)).id },
    { name: "an exception that never was", of: async () => "x-01k9z3v5h2m4n6p8q0r1s2t3v4" },
  ])("forgets a step of $name that was not taken in ten minutes", async ({ of }) => {
    const aws = fresh();
    const id = await of(aws);
    await tellUntold(aws);
    const at = aws.clock();
    await aws.exceptions.announce({ id, ...announced, at });
    await tellUntold({ ...aws, clock: () => at + 10 * MINUTE - 1 });
    expect(await untold(aws)).toEqual([id]);
    await tellUntold({ ...aws, clock: () => at + 10 * MINUTE });
    expect(await untold(aws)).toEqual([]);
  });
});

/** An exception that is in force and ends in a quarter of an hour. */
async function ending(aws: AwsAccount): Promise<KeptException> {
  const kept = await approved(aws);
  pieces.account.clock.advance(45 * MINUTE);
  return kept;
}

describe("an exception that ends soon", () => {
  it("is told of once", async () => {
    const aws = fresh();
    const kept = await ending(aws);
    await remindEnding(aws);
    await remindEnding(aws);
    expect(words()).toEqual(["EXCEPTION ENDING"]);
    expect((await aws.exceptions.get(kept.id))?.remindedAt).toBeDefined();
    expect(machines()).toMatchObject([{ exception: { state: "approved" } }]);
  });
  it("is told of though it is asked for by itself, and again by one who read it before", async () => {
    const aws = fresh();
    const kept = await ending(aws);
    await remind(aws, kept);
    await remind(aws, kept);
    expect(words()).toEqual(["EXCEPTION ENDING"]);
  });
  it("is not told of to those who were reminded, whoever holds the claim", async () => {
    const aws = fresh();
    const kept = await ending(aws);
    const { length } = pieces.account.calls.list();
    await remind(aws, { ...kept, remindedAt: aws.clock() });
    expect(pieces.account.calls.list()).toHaveLength(length);
    expect(words()).toEqual([]);
  });
  it("is not told of before", async () => {
    const aws = fresh();
    const kept = await approved(aws);
    const early = { ...aws, clock: () => kept.end - 15 * MINUTE - 1 };
    await remind(early, kept);
    await remindEnding(early);
    expect(words()).toEqual([]);
  });
  it("is told of by one at a time", async () => {
    const aws = fresh();
    const kept = await ending(aws);
    await aws.exceptions.claimReminder(kept, "another", aws.clock());
    await remind(aws, kept);
    expect(words()).toEqual([]);
  });
  it("is told of by the next sweep where this one fails, and keeps no other waiting", async () => {
    const { deps, lines } = logged(fresh());
    const kept = await approved(deps);
    await ending(deps);
    failing();
    await remindEnding(deps);
    expect(words()).toEqual(["EXCEPTION ENDING"]);
    const failed = lines.filter(({ level }) => level === "error");
    expect(failed).toHaveLength(1);
    pieces.account.clock.advance(31_000);
    await remindEnding(deps);
    expect(words()).toEqual(["EXCEPTION ENDING", "EXCEPTION ENDING"]);
    expect((await deps.exceptions.get(kept.id))?.remindedAt).toBeDefined();
  });
});

describe("an exception that was withdrawn", () => {
  it("ends no more", async () => {
    const aws = fresh();
    const kept = await withdrawn(aws, await ending(aws));
    await remind(aws, kept);
    await remindEnding(aws);
    expect(words()).toEqual([]);
  });
});
