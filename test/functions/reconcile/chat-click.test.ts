// What a click in chat does: for whom, once, and what of it is told.
import { describe, expect, it } from "vitest";
import type { AwsAccount } from "../../../functions/aws/account.ts";
import { askHashOf, type KeptException } from "../../../functions/aws/stores/exception-item.ts";
import { actOnClick, type Clicked } from "../../../functions/reconcile/chat-click.ts";
import { actOnException, askException } from "../../../functions/reconcile/exceptions.ts";
import type { KeyName } from "../../../local/identities.ts";
import { parseMatrix } from "../../../matrix/file/parse.ts";
import type { Finding } from "../../../matrix/finding.ts";
import { done, identityIn, RULE, wishFor } from "../../support/exception-stage.ts";
import { findingOf, without } from "../../support/findings.ts";
import { amended, lawful, published, wordsOf } from "../../support/lawful.ts";
import { ownPieces } from "../../support/pieces.ts";

const pieces = ownPieces();

const as = (name: KeyName) => identityIn(pieces.account, name);
const codeOf = (clicked: Clicked) => (clicked.kind === "refused" ? clicked.code : clicked.kind);

/** What tester opened for a network and was closed; he called from 10.1.2.3. */
const closed = (given: Partial<Finding> = {}): Finding => {
  const arn = "arn:aws:iam::111122223333:user/tester";
  const tester = { type: "IAMUser", arn, name: "tester", nameChosenByCaller: false };
  return findingOf({
    ...{ rule: "ingress tcp 7002 from 10.1.0.0/16", actor: { ...tester, sourceIp: "10.1.2.3" } },
    group: { id: pieces.groups.deploy, name: "funai-deploy" },
    ...given,
  });
};

/** A finding that is kept under the law, and a click that is to allow its narrow form. */
async function finding(kept: Finding = closed()) {
  const aws = await lawful(pieces);
  const { id } = await aws.findings.record(kept, Date.parse(kept.seenAt));
  const click = { kind: "allow", finding: id, minutes: 60 } as const;
  const exceptions = async () => (await aws.exceptions.page({ limit: 100 })).items;
  return { aws, id, click, exceptions };
}

/** Does something after what was clicked on has been asked for, and before it is approved. */
function meanwhile(aws: AwsAccount, task: (exception: string) => Promise<unknown>): AwsAccount {
  const { clicks } = aws.chat;
  const note: typeof clicks.note = async (id, click) => {
    const isNoted = await clicks.note(id, click);
    await task(click.exception ?? "");
    return isNoted;
  };
  return { ...aws, chat: { ...aws.chat, clicks: { ...clicks, note } } };
}

describe("a click on a request", () => {
  async function request(open: boolean) {
    const aws = await lawful(pieces);
    const wish = wishFor(pieces.groups.deploy, { open });
    return { aws, kept: done(await askException(aws, wish, as("tester"))) };
  }
  const click = (kind: "approve" | "reject", { id, askHash }: { id: string; askHash: string }) =>
    ({ kind, exception: id, hash: askHash }) as const;

  it.each([
    [true, "Portward opens it"],
    [false, "Whoever needs it opens it"],
  ])("approves it, and says who opens it (%s)", async (open, how) => {
    const { aws, kept } = await request(open);
    const clicked = await actOnClick(aws, click("approve", kept), as("alice"));
    expect(clicked).toMatchObject({ kind: "done", exception: { id: kept.id, state: "approved" } });
    const text = "text" in clicked ? clicked.text : "";
    const until = new Date(kept.end).toISOString().slice(11, 16);
    for (const part of ["Approved: ", RULE, `${until}`, how, kept.id]) expect(text).toContain(part);
  });

  it("rejects it, and says that nothing is open by it", async () => {
    const { aws, kept } = await request(true);
    const clicked = await actOnClick(aws, click("reject", kept), as("alice"));
    expect(clicked).toMatchObject({ kind: "done", exception: { state: "rejected" } });
    expect("text" in clicked && clicked.text).toMatch(/^Rejected: .*Nothing is open by it/);
  });

  it("is refused where it is of something else, or of who asked", async () => {
    const { aws, kept } = await request(true);
    const other = click("approve", { ...kept, askHash: "0".repeat(64) });
    expect(codeOf(await actOnClick(aws, other, as("alice")))).toBe("changed");
    expect(codeOf(await actOnClick(aws, click("approve", kept), as("tester")))).toBe("own-request");
  });
});

describe("a click to leave it closed", () => {
  it("changes nothing", async () => {
    const { aws, id, exceptions } = await finding();
    const clicked = await actOnClick(aws, { kind: "deny", finding: id }, as("alice"));
    expect(clicked).toEqual({ kind: "left", text: expect.stringContaining("stays closed") });
    expect([await aws.chat.clicks.find(id), await exceptions()]).toEqual([undefined, []]);
  });
});

describe("a click to allow what was closed", () => {
  it("has its narrow form approved for its maker, and told once", async () => {
    const { aws, id, click, exceptions } = await finding();
    let clicked: Clicked | undefined;
    const messages = await published(pieces, async () => {
      clicked = await actOnClick(aws, click, as("alice"));
    });
    const [kept, ...more] = await exceptions();
    expect(more).toEqual([]);
    expect(kept).toMatchObject({
      ...{ state: "approved", rule: RULE, groups: [pieces.groups.deploy], open: true, finding: id },
      ...{ requester: as("tester"), actor: as("tester"), approver: as("alice") },
      reason: expect.stringContaining(id),
    });
    expect((kept?.end ?? 0) - (kept?.start ?? 0)).toBe(3_600_000);
    expect(clicked).toMatchObject({ kind: "done", exception: { id: kept?.id, state: "approved" } });
    expect(clicked).toHaveProperty("text", expect.stringContaining("Approved: "));
    expect(wordsOf(messages)).toEqual(["EXCEPTION APPROVED"]);
    expect(await aws.exceptions.untold()).toEqual([]);
    expect(await aws.chat.clicks.find(id)).toMatchObject({ exception: kept?.id, until: kept?.end });
  });

  it("leaves it to its maker to open it where the group is not enforced", async () => {
    const { aws, click } = await finding(closed({ mode: "revoke" }));
    expect(await actOnClick(aws, click, as("alice"))).toMatchObject({ exception: { open: false } });
  });

  it("takes it for a minute, until something has come of it", async () => {
    const { aws, id, click } = await finding();
    const now = aws.clock();
    let until = 0;
    const exceptions: AwsAccount["exceptions"] = {
      ...aws.exceptions,
      async create(asked) {
        until = (await aws.chat.clicks.find(id))?.until ?? 0;
        return aws.exceptions.create(asked);
      },
    };
    await actOnClick({ ...aws, exceptions, clock: () => now }, click, as("alice"));
    expect(until).toBe(now + 60_000);
  });

  it.each<[string, KeyName, Finding | undefined, string]>([
    ["by its maker", "tester", undefined, "own-request"],
    ["by nobody", "root", undefined, "nobody"],
  ])("%s is refused, and nothing is written", async (_, name, __, code) => {
    const { aws, id, click, exceptions } = await finding();
    expect(codeOf(await actOnClick(aws, click, as(name)))).toBe(code);
    expect([await aws.chat.clicks.find(id), await exceptions()]).toEqual([undefined, []]);
  });

  it.each<[string, () => Finding, string, RegExp]>([
    ["nobody knows who made it", () => without(closed(), "actor"), "nobody", /is not known/],
    [
      "who made it is nobody",
      () => closed({ actor: findingOf().actor as NonNullable<Finding["actor"]> }),
      "nobody",
      /cannot be asked for/,
    ],
    [
      "it has no narrow form",
      () => closed({ rule: "ingress tcp 7002 from 10.2.0.0/16" }),
      "not-narrow",
      /no form as narrow/,
    ],
  ])("is refused where %s, and says what can be done by hand", async (_, kept, code, why) => {
    const { aws, id, click, exceptions } = await finding(kept());
    const clicked = await actOnClick(aws, click, as("alice"));
    expect(clicked).toMatchObject({ code, because: expect.stringMatching(why) });
    expect("because" in clicked && clicked.because).toContain(`portward finding undo ${id}`);
    expect([await aws.chat.clicks.find(id), await exceptions()]).toEqual([undefined, []]);
  });

  it("is refused where nobody knows the finding, or no matrix is in force", async () => {
    const { aws, id, click } = await finding();
    const other = { ...click, finding: "f-feci5krfm5sp" };
    expect(await actOnClick(aws, other, as("alice"))).toMatchObject({
      ...{ code: "finding-unknown", because: expect.stringContaining("f-feci5krfm5sp") },
    });
    expect(codeOf(await actOnClick(pieces.fresh(), click, as("alice")))).toBe("no-matrix");
    expect(await aws.chat.clicks.find(id)).toBeUndefined();
  });

  it("gives it back where it may not be asked for", async () => {
    const { aws, id, click, exceptions } = await finding();
    const clicked = await actOnClick(aws, { ...click, minutes: 9 * 60 }, as("alice"));
    expect(codeOf(clicked)).toBe("too-long");
    expect([await aws.chat.clicks.find(id), await exceptions()]).toEqual([undefined, []]);
  });

  it("gives it back where asking for it fails", async () => {
    const { aws, id, click } = await finding();
    const exceptions: AwsAccount["exceptions"] = {
      ...aws.exceptions,
      async create() {
        throw new Error("it was cut");
      },
    };
    const task = actOnClick({ ...aws, exceptions }, click, as("alice"));
    await expect(task).rejects.toThrow("it was cut");
    expect(await aws.chat.clicks.find(id)).toBeUndefined();
  });

  it("stays a request for others, and is told as one, where it cannot be approved", async () => {
    const { aws, click, exceptions } = await finding();
    const text = `matrix: t
mode: enforce
groups: { deploy: { name: funai-deploy } }
forbid: [{ from: 10.1.0.0/16, to: deploy, ports: all }]`;
    const { forbids } = parseMatrix([{ name: "t.yaml", text }]);
    const deps = meanwhile(aws, () =>
      amended(aws, pieces, document => ({
        ...document,
        forbids: [...document.forbids, ...forbids],
      })),
    );
    let clicked: Clicked | undefined;
    const messages = await published(pieces, async () => {
      clicked = await actOnClick(deps, click, as("alice"));
    });
    expect(clicked).toMatchObject({ kind: "refused", code: "forbidden" });
    expect((await exceptions()).map(({ state }) => state)).toEqual(["requested"]);
    expect(wordsOf(messages)).toContain("EXCEPTION REQUESTED");
  });

  it.each(["approved", "active"] as const)(
    "is done where somebody else was faster with the same: %s",
    async state => {
      const { aws, click, exceptions } = await finding();
      const deps = meanwhile(aws, async exception => {
        const moved = done(await actOnException(aws, exception, "approve", as("bob")));
        if (state === "active") await aws.exceptions.move(moved, { to: "active", action: "start" });
      });
      const clicked = await actOnClick(deps, click, as("alice"));
      expect(clicked).toMatchObject({ kind: "done", exception: { state, approver: as("bob") } });
      expect(await exceptions()).toHaveLength(1);
    },
  );

  it("is refused where somebody else has rejected it meanwhile", async () => {
    const { aws, click } = await finding();
    const deps = meanwhile(aws, exception => actOnException(aws, exception, "reject", as("bob")));
    const messages = await published(pieces, async () => {
      expect(codeOf(await actOnClick(deps, click, as("alice")))).toBe("state");
    });
    expect(wordsOf(messages)).toEqual(["EXCEPTION REJECTED"]);
  });

  it.each<[string, (kept: KeptException, look: number) => KeptException | undefined, string]>([
    ["gone", () => undefined, "unknown"],
    ["rejected", (kept, look) => (look > 1 ? undefined : { ...kept, state: "rejected" }), "state"],
    ["another thing", longer, "changed"],
  ])("is refused where what was asked for is %s by then", async (_, then, code) => {
    const { aws, click } = await finding();
    let look = 0;
    const exceptions: AwsAccount["exceptions"] = {
      ...aws.exceptions,
      async get(id) {
        look += 1;
        const kept = await aws.exceptions.get(id);
        return kept && then(kept, look);
      },
    };
    expect(codeOf(await actOnClick({ ...aws, exceptions }, click, as("alice")))).toBe(code);
  });
});

/** The same as if it had been asked for a minute more. */
function longer(kept: KeptException): KeptException {
  const other = { ...kept, end: kept.end + 60_000 };
  return { ...other, askHash: askHashOf(other) };
}

describe("a second click to allow the same", () => {
  it("finds what came of the first, and opens nothing else", async () => {
    const { aws, click, exceptions } = await finding();
    const first = await actOnClick(aws, click, as("alice"));
    const messages = await published(pieces, async () => {
      expect(await actOnClick(aws, click, as("bob"))).toEqual(first);
    });
    expect([messages, (await exceptions()).length]).toEqual([[], 1]);
  });

  it("is asked to look again while the first is at work", async () => {
    const { aws, id, click, exceptions } = await finding();
    const taken = { token: "t-1", until: aws.clock() + 30_000 };
    await aws.chat.clicks.take(id, taken, aws.clock());
    expect(await actOnClick(aws, click, as("alice"))).toMatchObject({
      ...{ code: "clicked", because: expect.stringContaining("look again") },
    });
    expect([await exceptions(), await aws.chat.clicks.find(id)]).toEqual([[], taken]);
  });

  it("is asked to look again where nothing came of the first, just now", async () => {
    const { aws, id, click } = await finding();
    const taken = { token: "t-1", until: aws.clock() + 30_000 };
    await aws.chat.clicks.take(id, taken, aws.clock());
    const clicks: AwsAccount["chat"]["clicks"] = {
      ...aws.chat.clicks,
      async find(one) {
        await aws.chat.clicks.giveBack(one, taken);
        return aws.chat.clicks.find(one);
      },
    };
    const deps = { ...aws, chat: { ...aws.chat, clicks } };
    expect(codeOf(await actOnClick(deps, click, as("alice")))).toBe("clicked");
  });

  it("approves what the first could only ask for", async () => {
    const { aws, click, exceptions } = await finding();
    const deps = meanwhile(aws, async () => {
      throw new Error("it was cut");
    });
    await expect(actOnClick(deps, click, as("alice"))).rejects.toThrow("it was cut");
    expect((await exceptions()).map(({ state }) => state)).toEqual(["requested"]);
    expect(await actOnClick(aws, click, as("bob"))).toMatchObject({
      ...{ kind: "done", exception: { state: "approved", approver: as("bob") } },
    });
    expect(await exceptions()).toHaveLength(1);
  });

  it("is refused where what the first allowed is over, and says what can be done by hand", async () => {
    const { aws, id, click, exceptions } = await finding();
    await actOnClick(aws, click, as("alice"));
    const [kept] = await exceptions();
    await actOnException(aws, kept?.id ?? "", "withdraw", as("tester"));
    const clicked = await actOnClick(aws, click, as("alice"));
    expect(clicked).toMatchObject({
      code: "clicked",
      because: expect.stringContaining("withdrawn"),
    });
    expect("because" in clicked && clicked.because).toContain(`portward finding undo ${id}`);
    expect("because" in clicked && clicked.because).toContain(kept?.id);
  });
});
