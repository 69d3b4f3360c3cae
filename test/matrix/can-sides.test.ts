// What one side of a flow says: who permits it, what opens it, and what is wrong where nothing does.
import { describe, expect, it } from "vitest";
import { type Elsewhere, type End, isPassable, type Side, sidesOfFlow } from "../../matrix/can.ts";
import type { Exception } from "../../matrix/exception.ts";
import { parseMatrix } from "../../matrix/file/parse.ts";
import { resolvePins } from "../../matrix/flows/selection.ts";
import type { SecurityGroup } from "../../matrix/group.ts";
import { groupPolicy, makePolicy } from "../../matrix/policy.ts";
import { addresses } from "../../matrix/rules/box.ts";
import { parseCidr } from "../../matrix/rules/cidr.ts";
import { parseRule } from "../../matrix/rules/rule.ts";

const WEB = "sg-0000000a";
const DB = "sg-0000000b";
const LIST = "pl-0a1b2c3d";

const block = (text: string) => {
  const cidr = parseCidr(text);
  if (!cidr) throw new Error(text);
  return cidr;
};

const group = (id: string, name: string, ...rules: string[]): SecurityGroup => ({
  ...{ id, name, owner: "111122223333", tags: {} },
  rules: rules.flatMap(text => parseRule(text) ?? []).map(rule => ({ rule })),
});

const document = parseMatrix([
  {
    name: "m.yaml",
    text: `matrix: m
groups: { web: { name: web, egress: listed }, db: { name: db } }
flows:
  - { from: 10.0.0.0/8, to: web, ports: tcp 80 }
  - { from: 10.0.0.0/8, to: web, ports: tcp 84 86 }
  - { from: web, to: 10.0.0.0/8, ports: tcp 81 }
  - { from: 10.0.0.0/9, to: web, ports: tcp 90, need: on-demand }
  - { from: 10.128.0.0/9, to: web, ports: tcp 90, need: on-demand }
forbid:
  - { from: 10.0.0.0/24, to: web, ports: tcp 22, reason: no shells }
  - { from: 10.0.0.0/24, to: web, ports: tcp 22-23, reason: no shells }
  - { from: 10.0.5.0/24, to: web, ports: udp, reason: no games }
`,
  },
]);
const policy = makePolicy(document, resolvePins(document, [group(WEB, "web"), group(DB, "db")]));

const out: End = { name: "out", peer: addresses(block("10.0.0.7/32")), groups: [], policies: [] };
function end(
  name: string,
  live: readonly SecurityGroup[] | undefined,
  exceptions: readonly Exception[] = [],
): End {
  const id = name === "web" ? WEB : DB;
  const own = groupPolicy(policy, group(id, name), { ipv6: true, exceptions, now: 0 });
  return {
    ...{ name, peer: addresses(block("10.1.0.1/32")), groups: [id] },
    policies: own ? [own] : [],
    ...(live && { live }),
  };
}
const tcp = (from: number, to = from) => ({ protocol: 6, from, to });
const into = (to: End, from = out, shapes = [tcp(80)], elsewhere?: Elsewhere): Side | undefined =>
  sidesOfFlow(from, to, shapes, elsewhere).find(({ direction }) => direction === "ingress");

describe("a side", () => {
  it("that nothing guards is left out, one that is only looked at is not", () => {
    expect(sidesOfFlow(out, out, [tcp(80)])).toEqual([]);
    const bare = { ...out, live: [] };
    expect(sidesOfFlow(out, bare, [tcp(80)])).toEqual([
      {
        ...{ direction: "ingress", end: "out", by: [], forbids: [], onDemand: [] },
        ...{ open: false, openBy: [], notes: ["out carries no group that is there"] },
      },
    ]);
  });

  it("offline says what permits it and nothing of what is open", () => {
    expect(into(end("web", undefined))).toEqual({
      ...{
        direction: "ingress",
        end: "web",
        permitted: true,
        by: ["flow 10.0.0.0/8 to web tcp 80"],
      },
      ...{ forbids: [], onDemand: [], openBy: [], notes: [] },
    });
  });

  it("names each flow by which an exception may open it, where nothing permits it", () => {
    const wide = { ...out, peer: addresses(block("10.0.0.0/8")) };
    expect(into(end("web", undefined), wide, [tcp(90), tcp(90)])).toMatchObject({
      permitted: false,
      onDemand: ["flow 10.0.0.0/9 to web tcp 90", "flow 10.128.0.0/9 to web tcp 90"],
    });
    expect(into(end("web", undefined), wide, [tcp(80), tcp(90)])).toMatchObject({
      permitted: false,
      by: ["flow 10.0.0.0/8 to web tcp 80"],
    });
  });

  it("names a flow once, however many of its ports are asked", () => {
    const both = into(end("web", undefined), out, [tcp(84), tcp(86)]);
    expect(both).toMatchObject({ permitted: true, by: ["flow 10.0.0.0/8 to web tcp 84, tcp 86"] });
  });

  it("permitted by exception names it, in its own direction only", () => {
    const exception: Exception = {
      ...{ id: "x-1", state: "active", start: 0, end: 9, groups: [WEB], open: false },
      rule: "ingress tcp 99 from 10.0.0.7/32",
    };
    const web = end("web", undefined, [exception]);
    expect(into(web, out, [tcp(99)])).toMatchObject({ permitted: true, by: ["exception x-1"] });
    const back = sidesOfFlow(web, out, [tcp(99)]);
    expect(back).toMatchObject([{ direction: "egress", permitted: false, by: [] }]);
  });

  it("out of an open egress names the part", () => {
    expect(sidesOfFlow(end("db", undefined), out, [tcp(5)])).toMatchObject([
      { direction: "egress", permitted: true, by: ["the open egress of db"] },
    ]);
  });

  it("names each forbid that any of the ports meets, once", () => {
    const forbids = (...ports: number[]) =>
      into(
        end("web", undefined),
        out,
        ports.map(port => tcp(port)),
      )?.forbids;
    expect(forbids(22)).toEqual([
      "10.0.0.0/24 to web tcp 22 (no shells)",
      "10.0.0.0/24 to web tcp 22-23 (no shells)",
    ]);
    expect(forbids(80, 23)).toEqual(["10.0.0.0/24 to web tcp 22-23 (no shells)"]);
    expect(forbids(80)).toEqual([]);
  });

  it.each([
    [{ permitted: true, open: true }, true],
    [{ permitted: true }, true],
    [{ open: true }, true],
    [{}, true],
    [{ permitted: false, open: true }, false],
    [{ permitted: true, open: false }, false],
  ])("lets through what is neither closed nor not permitted: %j", (known, is) => {
    const side: Side = {
      direction: "ingress",
      end: "e",
      by: [],
      forbids: [],
      onDemand: [],
      openBy: [],
      notes: [],
      ...known,
    };
    expect(isPassable(side)).toBe(is);
  });
});

describe("a side that is looked at", () => {
  const open = (id: string, name: string) => group(id, name, "ingress tcp 80 from 10.0.0.0/24");

  it("names the group that opens it, with its name where it has one", () => {
    expect(into(end("web", [open(WEB, "web")]))).toMatchObject({
      open: true,
      openBy: [`${WEB} (web)`],
      notes: [],
    });
    expect(into(end("web", [open(WEB, "")]))?.openBy).toEqual([WEB]);
  });

  it("of two groups says which is enough", () => {
    expect(into(end("web", [open(WEB, "web"), group(DB, "db")]))).toMatchObject({
      openBy: [`${WEB} (web)`],
      notes: [`web carries 2 groups: AWS adds them up, and ${WEB} (web) is enough`],
    });
    const half = (id: string, block: string) => group(id, "", `ingress tcp 80 from ${block}`);
    const both = into(end("web", [half(WEB, "10.0.0.0/25"), half(DB, "10.0.0.128/25")]), {
      ...out,
      peer: addresses(block("10.0.0.0/24")),
    });
    expect(both).toMatchObject({
      open: true,
      openBy: [WEB, DB],
      notes: ["web carries 2 groups: AWS adds them up, and only together they are enough"],
    });
  });

  it("is open by a rule that names a group the caller carries, and by no other's", () => {
    const web = (rule: string) => end("web", [group(WEB, "web", rule)]);
    const caller = { ...out, groups: [DB] };
    expect(into(web(`ingress tcp 80 from ${DB}`), caller)?.open).toBe(true);
    expect(into(web("ingress tcp 80 from sg-0000000c"), caller)?.open).toBe(false);
    expect(into(web(`egress tcp 80 to ${DB}`), caller)?.open).toBe(false);
  });

  it("is open by a prefix list that holds the caller, and by none that is not known", () => {
    const web = end("web", [group(WEB, "web", `ingress tcp 80 from ${LIST}`)]);
    const held = (...blocks: string[]): Elsewhere => ({
      groups: [],
      lists: new Map([
        [
          LIST,
          {
            id: LIST,
            owner: "1",
            state: "create-complete",
            version: 1,
            entries: blocks.map(block),
          },
        ],
      ]),
    });
    expect(into(web, out, [tcp(80)], held("192.0.2.0/24", "10.0.0.0/24"))?.open).toBe(true);
    expect(into(web, out, [tcp(80)], held("192.0.2.0/24"))?.open).toBe(false);
    expect(into(web, out, [tcp(80)])).toMatchObject({ open: false, notes: [] });
  });

  it("that is closed names the rules for the same caller on other ports, five at most", () => {
    const rules = [81, 82, 83, 84, 85, 86].map(port => `ingress tcp ${port} from 10.0.0.0/24`);
    const closed = group(
      WEB,
      "web",
      "egress tcp 80 to 10.0.0.0/24",
      "ingress tcp 70 from 192.0.2.0/24",
      ...rules,
    );
    expect(into(end("web", [closed]))?.notes).toEqual([
      `${WEB} (web) has ${rules.slice(0, 5).join(" and ")}, not tcp 80: has the port of the service changed?`,
    ]);
    expect(
      into(end("web", [group(WEB, "web", `ingress tcp 81 from ${LIST}`)]), out, [tcp(80)], {
        groups: [],
        lists: new Map([
          [
            LIST,
            {
              id: LIST,
              owner: "1",
              state: "create-complete",
              version: 1,
              entries: [block("192.0.2.0/24"), block("10.0.0.0/8")],
            },
          ],
        ]),
      })?.notes,
    ).toEqual([
      `${WEB} (web) has ingress tcp 81 from ${LIST}, not tcp 80: has the port of the service changed?`,
    ]);
  });

  it("that is closed names another group that would open it, but none that it carries", () => {
    const elsewhere: Elsewhere = { groups: [open(WEB, "web"), open(DB, "db")], lists: new Map() };
    expect(into(end("web", [group(WEB, "web")]), out, [tcp(80)], elsewhere)).toMatchObject({
      ...{ open: false, openBy: [] },
      notes: [
        `${DB} (db) lets it through, but web does not carry that group: the rule stands on the wrong group`,
      ],
    });
  });
});
