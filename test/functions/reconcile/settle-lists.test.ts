// How a group is settled whose rules are by prefix lists: settle.ts.
import { describe, expect, it } from "vitest";
import { waitingLists, withLists } from "../../../functions/reconcile/settle.ts";
import type { State } from "../../../functions/reconcile/state.ts";
import type { PrefixList } from "../../../matrix/group.ts";
import type { Judgement } from "../../../matrix/verdict.ts";
import { plantList } from "../../support/planted.ts";
import { metRules, ownSettling } from "../../support/settling.ts";

const WEB = "ingress tcp 443 from 10.0.0.0/8";
const WEB_FLOW = "{ from: 10.0.0.0/8, to: web, ports: tcp 443 }";

const { pieces, requests, calls, writes, failing, governed, run } = ownSettling();

describe("a rule by a prefix list that no matrix names", () => {
  it("waits for what the list holds, and stands where that is permitted", async () => {
    const list = plantList(pieces, ["10.1.0.0/16"]);
    const rule = `ingress tcp 443 from ${list}`;
    const { aws, group } = await governed([WEB, rule], [WEB_FLOW]);
    const settled = await run(aws, group);
    expect(settled.announced).toEqual([]);
    expect(settled.first.verdicts.map(({ kind }) => kind)).toContain("waiting");
    expect(settled.last.verdicts.map(({ kind }) => kind)).toEqual(["permitted", "permitted"]);
    expect(settled).toMatchObject({ met: [], isOpen: false, waits: [] });
    expect([...settled.state.lists.keys()]).toEqual([list]);
    expect(calls("ec2").toSorted()).toEqual([
      "DescribeManagedPrefixLists",
      "GetManagedPrefixListEntries",
    ]);
  });
  it("is closed where it is not, and the list read once for several rules", async () => {
    const list = plantList(pieces, ["192.0.2.0/24"]);
    const rules = [443, 444].map(port => `ingress tcp ${port} from ${list}`);
    const { aws, group } = await governed([WEB, ...rules], [WEB_FLOW]);
    const settled = await run(aws, group);
    expect(metRules(settled)).toEqual(rules);
    expect(await pieces.rules(group)).toEqual([WEB]);
    expect(requests("ec2").filter(one => /PrefixList/.test(one.action))).toHaveLength(2);
  });
  it("is closed where nobody can read the list", async () => {
    const rule = `ingress tcp 443 from ${plantList(pieces, ["10.1.0.0/16"])}`;
    const { aws, group } = await governed([WEB, rule], [WEB_FLOW]);
    const lists = { ...aws.lists, read: async () => [] };
    const settled = await run({ ...aws, lists }, group);
    expect(metRules(settled)).toEqual([rule]);
    expect(await pieces.rules(group)).toEqual([WEB]);
  });
});

describe("a prefix list that holds more than it may", () => {
  const bounded = (list: string) =>
    `{ from: { list: ${list}, within: [10.0.0.0/8] }, to: web, ports: tcp 443 }`;
  it("is put back once, though the read lags", async () => {
    const list = plantList(pieces, ["10.1.0.0/16", "192.0.2.0/24"]);
    const { aws, group } = await governed([`ingress tcp 443 from ${list}`], [bounded(list)]);
    pieces.account.clock.advance(10_000);
    const settled = await run(aws, group, {
      announce: async () => pieces.account.ec2.lagReads(500),
    });
    expect(writes()).toEqual(["ModifyManagedPrefixList"]);
    expect(settled.first.lists).toHaveLength(1);
    expect(settled.last.lists).toHaveLength(0);
    expect(settled).toMatchObject({ met: [], isOpen: false, isCutShort: false });
  });
  it("has its rules closed where it cannot be put back, and is not tried for ever", async () => {
    const list = plantList(pieces, ["10.1.0.0/16", "192.0.2.0/24"]);
    const rule = `ingress tcp 443 from ${list}`;
    const { aws, group } = await governed([rule], [bounded(list)]);
    failing("ModifyManagedPrefixList");
    const settled = await run(aws, group);
    expect(metRules(settled)).toEqual([rule]);
    expect(await pieces.rules(group)).not.toContain(rule);
    expect(writes().filter(action => action === "ModifyManagedPrefixList")).toHaveLength(2);
  });
});

describe("the lists that a judgement waits for", () => {
  it("are named once each", () => {
    const waiting = (list: string) => ({ kind: "waiting", list });
    const verdicts = [waiting("pl-1"), waiting("pl-2"), { kind: "permitted" }, waiting("pl-1")];
    expect(waitingLists({ verdicts } as unknown as Judgement)).toEqual(["pl-1", "pl-2"]);
  });
});

describe("what is known of lists", () => {
  it("is kept from state to state, the newest of it", () => {
    const list = (id: string, name: string) => ({ id, name }) as unknown as PrefixList;
    const known = (...all: PrefixList[]) =>
      ({ lists: new Map(all.map(one => [one.id, one])), readAt: all.length }) as unknown as State;
    const before = known(list("a", "1"), list("b", "1"), list("c", "1"));
    const next = known(list("c", "3"));
    const state = withLists(next, before, [list("b", "2"), list("c", "2")]);
    expect(state.readAt).toBe(1);
    expect([...state.lists.values()]).toEqual([list("a", "1"), list("b", "2"), list("c", "3")]);
  });
});
