// What the policy says of a group as it stands, with every prefix list read that its rules use.
import { describe, expect, it } from "vitest";
import { judgeWhole } from "../../../functions/reconcile/judge-whole.ts";
import { compileFor, readState } from "../../../functions/reconcile/state.ts";
import { putInForce } from "../../support/in-force.ts";
import { ownPieces } from "../../support/pieces.ts";
import { plantGroup, plantList } from "../../support/planted.ts";

const pieces = ownPieces();

/** Judges a group with these rules under a matrix that permits ssh from 10.0.0.0/8. */
async function judged(...rules: string[]) {
  const aws = pieces.fresh();
  const id = plantGroup(pieces, rules);
  await putInForce(
    aws,
    [
      "matrix: test",
      `groups: { web: { id: ${id}, egress: listed } }`,
      "flows: [{ from: 10.0.0.0/8, to: web, ports: tcp 22 }]",
    ].join("\n"),
  );
  const state = await readState(aws, id);
  const policy = compileFor(state);
  if (!policy) throw new Error("the group is not governed");
  const before = pieces.account.calls.list().length;
  const { verdicts } = await judgeWhole(aws, state, policy);
  const asked = pieces.account.calls.list().slice(before);
  const kinds = verdicts.map(({ kind }) => kind).filter(kind => kind !== "missing");
  return { verdicts: kinds, asked: asked.length };
}

describe("a group", () => {
  it("that uses no prefix list is judged without another call", async () => {
    expect(
      await judged("ingress tcp 22 from 10.1.0.0/16", "ingress tcp 22 from 0.0.0.0/0"),
    ).toEqual({
      ...{ verdicts: ["drift", "permitted"], asked: 0 },
    });
  });

  it("is judged by what its prefix lists hold", async () => {
    const inside = plantList(pieces, ["10.1.0.0/16", "10.2.0.0/16"]);
    const outside = plantList(pieces, ["11.0.0.0/8"]);
    const { verdicts } = await judged(`ingress tcp 22 from ${inside}`);
    expect(verdicts).toEqual(["permitted"]);
    expect((await judged(`ingress tcp 22 from ${outside}`)).verdicts).toEqual(["drift"]);
  });

  it("does not wait for a prefix list that cannot be read", async () => {
    const { verdicts } = await judged("ingress tcp 22 from pl-0a1b2c3d4e5f60718");
    expect(verdicts).toEqual(["drift"]);
  });
});
