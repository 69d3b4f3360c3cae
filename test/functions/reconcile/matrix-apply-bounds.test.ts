// An apply goes no further than its plan, whatever drifts between the plan and the look at a group.
import { beforeEach, describe, expect, it } from "vitest";
import type { AwsAccount } from "../../../functions/aws/account.ts";
import { applyMatrix } from "../../../functions/reconcile/matrix-apply.ts";
import { parseMatrix } from "../../../matrix/file/parse.ts";
import { type Heard, hear } from "../../support/heard.ts";
import { ownPieces } from "../../support/pieces.ts";
import { changeList, modesMatrix, planOf, SSH, STRAY } from "../../support/planning.ts";
import { plantGroup, plantList } from "../../support/planted.ts";

const WEB = "ingress tcp 443 from 10.0.0.0/8";
const WIDE = "ingress tcp 22 from 0.0.0.0/0";
const LATE = "ingress tcp 9001 from 203.0.113.9/32";

const pieces = ownPieces();
let heard: Heard;
beforeEach(() => {
  heard = hear(pieces.fresh());
});

/** Applies what its plan says. */
async function accepted(text: string, deps: AwsAccount = heard.deps): Promise<void> {
  const { plan } = await planOf(heard.deps, text);
  const document = parseMatrix([{ name: "m.yaml", text }]);
  const answer = await applyMatrix(deps, document, { by: "li", note: "why", accept: plan.id });
  if (answer.kind !== "applied") throw new Error(answer.because);
}

/** The account in which something happens just before the first look at a group. */
function meanwhile(task: () => Promise<unknown>): AwsAccount {
  let happened: Promise<unknown> | undefined;
  const { groups } = heard.deps;
  return {
    ...heard.deps,
    groups: {
      ...groups,
      async read(id) {
        happened ??= task();
        await happened;
        return groups.read(id);
      },
    },
  };
}

describe("an apply goes no further than its plan", () => {
  it("closes and opens what the plan says, and nothing that drifted since", async () => {
    const group = plantGroup(pieces, [SSH, STRAY]);
    const text = modesMatrix(
      { [group]: "enforce" },
      "{ from: 10.0.0.0/8, to: g0, ports: tcp 443 }",
    );
    await accepted(
      text,
      meanwhile(async () => {
        await pieces.open(group, LATE);
        await pieces.take(group, SSH);
      }),
    );
    expect(await pieces.rules(group)).toEqual([WEB, LATE]);
  });

  it("narrows what the plan says, and first writes what stays", async () => {
    const group = plantGroup(pieces, ["ingress tcp 22-443 from 10.0.0.0/8"]);
    const text = modesMatrix(
      { [group]: "enforce" },
      "{ from: 10.0.0.0/8, to: g0, ports: tcp 443 }",
    );
    const before = pieces.account.calls.list().length;
    await accepted(text);
    expect(await pieces.rules(group)).toEqual([SSH, WEB]);
    const actions = pieces.account.calls
      .list()
      .slice(before)
      .map(({ action }) => action);
    const writes = ["AuthorizeSecurityGroupIngress", "RevokeSecurityGroupIngress"];
    expect(actions.filter(action => writes.includes(action))).toEqual(writes);
  });

  it("narrows nothing else, and writes nothing that would be left of it", async () => {
    const group = plantGroup(pieces, [SSH, WEB, STRAY]);
    const text = modesMatrix(
      { [group]: "enforce" },
      "{ from: 10.0.0.0/8, to: g0, ports: tcp 443 }",
    );
    const wide = "ingress tcp 22-443 from 10.0.0.0/8";
    await accepted(
      text,
      meanwhile(async () => {
        await pieces.take(group, SSH, WEB);
        await pieces.open(group, wide);
      }),
    );
    expect(await pieces.rules(group)).toEqual([wide]);
  });

  it("gives a rule its new content only where the plan says so", async () => {
    const groups = [plantGroup(pieces, [WIDE]), plantGroup(pieces, [SSH, STRAY])];
    const [one = "", other = ""] = groups;
    await accepted(
      modesMatrix({ [one]: "enforce", [other]: "enforce" }),
      meanwhile(async () => {
        await pieces.take(other, SSH);
        await pieces.open(other, WIDE);
      }),
    );
    expect(await pieces.rules(one)).toEqual([SSH]);
    expect(await pieces.rules(other)).toEqual([WIDE]);
  });
});

describe("a prefix list that holds more than it may", () => {
  const bounded = (list: string) =>
    `{ from: { list: ${list}, within: [10.1.0.0/16] }, to: g0, ports: tcp 23 }`;
  const blocks = async (list: string) => {
    const [read] = await heard.deps.lists.read([list]);
    return read?.entries.length;
  };

  it("loses it where the plan says so", async () => {
    const list = plantList(pieces, ["10.1.0.0/16", "11.0.0.0/8"]);
    const group = plantGroup(pieces, [SSH, `ingress tcp 23 from ${list}`]);
    await accepted(modesMatrix({ [group]: "enforce" }, bounded(list)));
    expect(await blocks(list)).toBe(1);
    expect(await pieces.rules(group)).toContain(`ingress tcp 23 from ${list}`);
  });

  it("keeps it where it holds something else by now", async () => {
    const list = plantList(pieces, ["10.1.0.0/16", "11.0.0.0/8"], { maxEntries: 5 });
    const group = plantGroup(pieces, [SSH, `ingress tcp 23 from ${list}`]);
    await accepted(
      modesMatrix({ [group]: "enforce" }, bounded(list)),
      meanwhile(() => changeList(pieces, list, "12.0.0.0/8")),
    );
    expect(await blocks(list)).toBe(3);
  });

  it("loses the rules that use it where it cannot be changed, and no other list's", async () => {
    const list = plantList(pieces, ["10.1.0.0/16", "11.0.0.0/8"]);
    const other = plantList(pieces, ["11.0.0.0/8"]);
    const [uses, late] = [`ingress tcp 23 from ${list}`, `ingress tcp 23 from ${other}`];
    const group = plantGroup(pieces, [SSH, uses]);
    const denied = ["ec2", "ModifyManagedPrefixList", "UnauthorizedOperation", 40] as const;
    pieces.account.faults.failNext(...denied);
    await accepted(
      modesMatrix({ [group]: "enforce" }, bounded(list)),
      meanwhile(() => pieces.open(group, late)),
    );
    expect(await pieces.rules(group)).toEqual([SSH, late].toSorted());
  });
});
