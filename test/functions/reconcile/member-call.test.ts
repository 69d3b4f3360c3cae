// What a hub is asked to do in one member: plan a matrix or apply it, pause or resume.
import { beforeEach, describe, expect, it } from "vitest";
import { planInAccount } from "../../../functions/reconcile/matrix-plan.ts";
import { onMemberCall } from "../../../functions/reconcile/member-call.ts";
import { parseMatrix } from "../../../matrix/file/parse.ts";
import { type Heard, hear } from "../../support/heard.ts";
import { ownPieces } from "../../support/pieces.ts";
import { plantGroup } from "../../support/planted.ts";

const STRAY = "ingress tcp 9000 from 203.0.113.9/32";

const pieces = ownPieces();
let heard: Heard;
beforeEach(() => {
  heard = hear(pieces.fresh());
});

type Call = Parameters<typeof onMemberCall>[1];
/** A call without the member it is for, which was found by then. */
type Asked = Call extends infer One
  ? One extends Call
    ? Omit<One, "account" | "region">
    : never
  : never;
const call = (asked: Asked) =>
  onMemberCall(heard.deps, {
    ...asked,
    account: pieces.account.accountId,
    region: pieces.account.region,
  } as Call);

const filesOf = (group: string) => [
  {
    name: "m.yaml",
    text: [
      "matrix: test",
      "mode: enforce",
      `groups: { web: { id: ${group}, egress: listed } }`,
    ].join("\n"),
  },
];
const planOf = async (files: ReturnType<typeof filesOf>) =>
  (await planInAccount(heard.deps, parseMatrix(files))).plan;

describe("a matrix in a member", () => {
  it("is planned", async () => {
    const files = filesOf(plantGroup(pieces, [STRAY]));
    expect(await call({ does: "plan", files })).toEqual(await planOf(files));
  });

  it("is applied as its plan was accepted, and on record as called for", async () => {
    const group = plantGroup(pieces, [STRAY]);
    const files = filesOf(group);
    const { id: accept } = await planOf(files);
    const answer = await call({ does: "apply", files, accept, note: "why" });
    const [active] = await heard.deps.policy.history();
    expect(active).toMatchObject({ version: 1, by: "invoke", note: "why", planId: accept });
    expect(answer).toEqual({
      ...{ kind: "applied", version: 1, sha: active?.sha, planId: accept, isHeldToObserve: false },
    });
    expect(await pieces.rules(group)).toEqual([]);
  });

  it("is held to observe where nobody accepted the first one", async () => {
    const files = filesOf(plantGroup(pieces, [STRAY]));
    expect(await call({ does: "apply", files, note: "" })).toMatchObject({
      ...{ kind: "applied", isHeldToObserve: true },
    });
  });

  it("is refused with the plan there is", async () => {
    const files = filesOf(plantGroup(pieces, [STRAY]));
    const accept = "p-000000000000";
    expect(await call({ does: "apply", files, accept, note: "" })).toEqual({
      ...{ kind: "refused", code: "moved", because: expect.stringContaining(accept) },
      plan: await planOf(files),
    });
  });
});

describe("a pause in a member", () => {
  const reason = "moving house";

  it.each([{}, { group: "sg-0a1b2c3d" }])("of %o begins and ends", async place => {
    const answer = await call({ does: "pause", minutes: 5, reason, ...place });
    expect(answer).toMatchObject({
      ...{ kind: "pause", ...place },
      is: { by: "invoke", reason, until: "2026-11-21T12:05:00.000Z" },
    });
    expect(await heard.deps.pauses.all()).toEqual([answer]);
    expect(await call({ does: "resume", ...place })).toEqual({ resumed: true });
    expect(await heard.deps.pauses.all()).toEqual([]);
    expect(await call({ does: "resume", ...place })).toEqual({ resumed: false });
  });

  it("is refused with the reason", async () => {
    expect(await call({ does: "pause", minutes: 0, reason })).toMatchObject({
      ...{ kind: "refused", code: "too-long" },
    });
  });
});
