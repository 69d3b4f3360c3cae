// Which versions of the matrix people are told of, by whom, and once.
import { beforeEach, describe, expect, it } from "vitest";
import { iso } from "../../../functions/reconcile/draft.ts";
import { tellApplied } from "../../../functions/reconcile/matrix-told.ts";
import { appliedAlert } from "../../../matrix/alert/applied.ts";
import { parseMatrix } from "../../../matrix/file/parse.ts";
import { noPins } from "../../../matrix/flows/selection.ts";
import { type Heard, hear } from "../../support/heard.ts";
import { ownPieces } from "../../support/pieces.ts";

const OVERDUE = 2 * 60_000;
const signed = { by: "li", note: "why" };
const place = { account: "111122223333", region: "ap-southeast-1" };

const pieces = ownPieces();
let heard: Heard;
beforeEach(() => {
  heard = hear(pieces.fresh());
});

const documentOf = (matrix: string) =>
  parseMatrix([{ name: "m.yaml", text: `matrix: ${matrix}\ngroups: { web: { name: web } }` }]);

/** Writes a version that people are to be told of. */
async function write(matrix: string, from: number, planId?: string) {
  const { deps, now } = heard;
  return deps.policy.writeMatrix({
    ...{ document: documentOf(matrix), pins: noPins, ...signed, at: iso(now), from },
    ...{ isToTell: true, ...(planId === undefined ? {} : { planId }) },
  });
}
const untold = async () => (await heard.deps.policy.untold()).map(({ version }) => version);

describe("a version of the matrix", () => {
  it("is told at once by whoever applied it, and not again", async () => {
    await write("one", 0);
    await tellApplied(heard.deps, 1);
    const at = iso(heard.now);
    const first = { ...place, version: 1, parent: 0, ...signed, at, after: documentOf("one") };
    expect(heard.alerts).toEqual([appliedAlert(first)]);
    await tellApplied(heard.deps, 1);
    expect(heard.alerts).toHaveLength(1);
    expect(await untold()).toEqual([]);
  });

  it("is told with the one before it and its plan", async () => {
    await write("one", 0);
    await write("two", 1, "p-0123456789ab");
    await tellApplied(heard.deps, 2);
    expect(heard.alerts).toEqual([
      appliedAlert({
        ...{ ...place, version: 2, parent: 1, ...signed, at: iso(heard.now) },
        ...{ planId: "p-0123456789ab", before: documentOf("one"), after: documentOf("two") },
      }),
    ]);
    expect(await untold()).toEqual([1]);
  });

  it("is left to whoever applied it until he is overdue", async () => {
    await write("one", 0);
    heard.now += OVERDUE - 1;
    const before = pieces.account.calls.list().length;
    await tellApplied(heard.deps);
    expect(heard.alerts).toEqual([]);
    expect(pieces.account.calls.list().slice(before)).toHaveLength(1);
    expect(await untold()).toEqual([1]);
    heard.now += 1;
    await tellApplied(heard.deps);
    expect(heard.alerts).toHaveLength(1);
    expect(await untold()).toEqual([]);
  });

  it("is told in its turn where several wait", async () => {
    await write("one", 0);
    await write("two", 1);
    heard.now += OVERDUE;
    await tellApplied(heard.deps);
    expect(heard.alerts.map(({ detail }) => detail.matrix?.version)).toEqual([1, 2]);
  });

  it("that never came into force is told to nobody, and does not wait", async () => {
    pieces.account.faults.decide(({ action, body }) =>
      action !== "GetItem" && body.includes('"ACTIVE"')
        ? { code: "InternalServerError", after: false }
        : undefined,
    );
    await expect(write("one", 0)).rejects.toThrow();
    expect(await untold()).toEqual([1]);
    await tellApplied(heard.deps, 1);
    expect([heard.alerts, await untold()]).toEqual([[], []]);
  });

  it("waits on where it could not be told", async () => {
    await write("one", 0);
    heard.failing = 1;
    await expect(tellApplied(heard.deps, 1)).rejects.toThrow("not published");
    expect(await untold()).toEqual([1]);
  });
});
