// What the sets of groups that interfaces wear let in, and members that wear not what they should, as an
// audit sees them that only reads.
import { describe, expect, it } from "vitest";
import type { WornSet } from "../../../../functions/reconcile/audit/exposed.ts";
import {
  auditExposure,
  batches,
  lookAtSet,
  memberFindings,
  readWorn,
  wornSets,
} from "../../../../functions/reconcile/audit/exposures.ts";
import { type AuditState, auditId, newState } from "../../../../functions/reconcile/audit/state.ts";
import type { AuditedInterface, AuditFinding } from "../../../../matrix/audit/report.ts";
import type { SecurityGroup } from "../../../../matrix/group.ts";
import {
  auditOf,
  NOW,
  SCOPE,
  sightOf,
  type Underway,
  type UnderwayOptions,
} from "../../../support/auditing.ts";
import { groupNamed, interfaceOf, type Land } from "../../../support/land.ts";

const WEB = "sg-0000000a";
const SPARE = "sg-0000000b";
const WORLD = "ingress tcp 22 from 0.0.0.0/0";
const matrix = `
matrix: test
mode: enforce
groups: { web: { name: web, egress: listed } }
flows:
  - { from: 10.0.0.0/8, to: web, ports: tcp 443, need: allowed }
`;
const web = groupNamed(WEB, "web", "ingress tcp 443 from 10.0.0.0/8");
const spare = groupNamed(SPARE, "spare", WORLD);
const setOf = (...groups: string[]): WornSet => ({ groups, interfaces: [] });
const named = (count: number, from = 0) =>
  Array.from({ length: count }, (_, at) => `sg-${String(from + at).padStart(8, "0")}`);

/** An audit that has read the interfaces. */
function begun(
  land: Land,
  options: UnderwayOptions = { matrix },
): { audit: Underway; state: AuditState } {
  const interfaces = Object.fromEntries((land.interfaces ?? []).map(one => [one.id, one]));
  return { audit: auditOf(land, options), state: { ...newState(NOW), interfaces } };
}

describe("interfaces", () => {
  it("that wear the same groups are one set, in whatever order they wear them", () => {
    const [one, two, three] = [
      interfaceOf("eni-1", [SPARE, WEB]),
      interfaceOf("eni-2", [WEB]),
      interfaceOf("eni-3", [WEB, SPARE]),
    ];
    expect(wornSets([one, two, three, interfaceOf("eni-4", [])])).toEqual([
      { groups: [WEB, SPARE], interfaces: [one, three] },
      { groups: [WEB], interfaces: [two] },
    ]);
    expect(one?.groups).toEqual([SPARE, WEB]);
  });
});

describe("sets of groups", () => {
  it("are read together as long as they have 150 groups between them", () => {
    const sets = named(150).map(id => setOf(id));
    expect(batches(sets)).toEqual([sets]);
    const last = setOf("sg-10000000");
    expect(batches([...sets, last])).toEqual([sets, [last]]);
  });
  it("that share groups count them once", () => {
    const [first, again, more] = [
      setOf(...named(149)),
      setOf(...named(2)),
      setOf(...named(2, 149)),
    ];
    expect(batches([first, again, setOf("sg-00000149")])).toHaveLength(1);
    expect(batches([first, more, again])).toEqual([[first], [more, again]]);
  });
  it("are none where nothing is worn, and one alone however large it is", () => {
    expect(batches([])).toEqual([]);
    const large = setOf(...named(151));
    expect(batches([large, large])).toEqual([[large], [large]]);
  });
});

describe("the groups that are worn", () => {
  it("are read and judged by their ids, page by page, without those that are gone", async () => {
    const audit = auditOf({ groups: [web, spare], page: 1 }, { matrix });
    const judged = await readWorn(audit, new Set([WEB, SPARE, "sg-0000000c"]));
    expect([...judged].map(([id, { policy }]) => [id, policy?.selection.parts])).toEqual([
      [WEB, ["web"]],
      [SPARE, undefined],
    ]);
    const ids = `${WEB} ${SPARE} sg-0000000c`;
    expect(audit.asked).toEqual([`groups ${ids}`, `groups ${ids} from 1`]);
  });
  it("are not read where there are none", async () => {
    const audit = auditOf({ groups: [web] }, { matrix });
    expect(await readWorn(audit, new Set())).toEqual(new Map());
    expect(audit.asked).toEqual([]);
  });
});

describe("a set that is looked at", () => {
  async function looked(
    groups: SecurityGroup[],
    text: string | undefined = matrix,
    land: Land = {},
  ) {
    const given = text === "" ? {} : { matrix: text };
    const { view } = auditOf({ groups, ...land }, given);
    const judged = new Map((await view.judge(groups)).map(one => [one.group.id, one]));
    const { reach, exposures } = lookAtSet(
      sightOf(),
      setOf(...groups.map(({ id }) => id), "sg-gone"),
      judged,
      view,
    );
    return { reach, rules: exposures.map(({ finding }) => finding.rule) };
  }

  it("exposes what no part permits, and says what each network reaches", async () => {
    expect(await looked([web, spare])).toEqual({
      reach: [
        { from: "public", whole: ["tcp 22"], part: [] },
        { from: "private", whole: ["tcp 22"], part: ["tcp 443"] },
      ],
      rules: [`${WORLD} beside ${WEB}`],
    });
  });
  it("does not expose what is drift of its own group, which is told there", async () => {
    const drifted = groupNamed(WEB, "web", WORLD, "ingress tcp 443 from 10.0.0.0/8");
    expect((await looked([drifted])).rules).toEqual([]);
    const other = groupNamed(SPARE, "spare", WORLD, "ingress tcp 23 from 0.0.0.0/0");
    expect((await looked([drifted, other])).rules).toEqual([
      `${WORLD} beside ${WEB}`,
      `ingress tcp 23 from 0.0.0.0/0 beside ${WEB}`,
    ]);
  });
  it("exposes what its own group permits and another one forbids", async () => {
    const text = `${matrix.replace("egress: listed } }", "egress: listed }, db: { name: db, egress: listed } }")}forbid:
  - { from: 10.0.0.0/8, to: db, ports: tcp 443, reason: never }
`;
    const drifting = groupNamed(
      WEB,
      "web",
      "ingress tcp 443 from 10.0.0.0/8",
      "ingress tcp 444 from 10.0.0.0/8",
    );
    expect((await looked([drifting, groupNamed(SPARE, "db")], text)).rules).toEqual([
      `ingress tcp 443 from 10.0.0.0/8 beside ${SPARE}`,
    ]);
  });
  it("exposes nothing where no matrix is in force, and says what is reached", async () => {
    expect(await looked([web, spare], "")).toEqual({
      reach: [
        { from: "public", whole: ["tcp 22"], part: [] },
        { from: "private", whole: ["tcp 22"], part: ["tcp 443"] },
      ],
      rules: [],
    });
  });
  it("lists sixty ports of a network, and counts the others", async () => {
    const ports = (count: number) =>
      Array.from({ length: count }, (_, at) => `ingress tcp ${2 * at + 1} from 203.0.113.0/24`);
    const office = `${matrix}networks: { office: [203.0.113.0/24] }\n`;
    const listed = async (count: number) => {
      const { reach } = await looked([web, groupNamed(SPARE, "spare", ...ports(count))], office);
      return reach.filter(({ from }) => from !== "private");
    };
    const [some, all] = await listed(60);
    expect([some?.from, some?.part.length, all?.from, all?.whole.length]).toEqual([
      ...["public", 60, "office", 60],
    ]);
    const [part, whole] = await listed(63);
    expect([part?.part.length, part?.part.at(-1)]).toEqual([61, "and 3 more"]);
    expect([whole?.whole.length, whole?.whole.at(-1)]).toEqual([61, "and 3 more"]);
    expect(whole?.whole[59]).toBe("tcp 119");
  });
});

describe("the exposures of a region", () => {
  const interfaces = [
    interfaceOf("eni-1", [SPARE, WEB], { instance: "i-1" }),
    interfaceOf("eni-2", [WEB]),
  ];
  const found = ({ findings }: AuditState): AuditFinding[] => Object.values(findings);

  it("are found for those who only read, and said of each set", async () => {
    const { audit, state } = begun({ groups: [web, spare], interfaces });
    expect(await auditExposure(audit, state)).toBe(true);
    const rule = `${WORLD} beside ${WEB}`;
    expect(found(state)).toEqual([
      {
        id: auditId(SCOPE, { kind: "exposure", group: SPARE, rule }),
        ...{ kind: "exposure", severity: "high", group: SPARE, groupName: "spare" },
        ...{ parts: ["web"], rule, because: "i-1: none of the parts web permits it" },
      },
    ]);
    expect(state.reaches).toEqual([
      {
        groups: [WEB, SPARE],
        reach: [
          { from: "public", whole: ["tcp 22"], part: [] },
          { from: "private", whole: ["tcp 22"], part: ["tcp 443"] },
        ],
      },
      { groups: [WEB], reach: [{ from: "private", whole: [], part: ["tcp 443"] }] },
    ]);
    expect(audit.told).toEqual(["2 of 2 sets of groups that are worn"]);
  });
  it("are over at once where nothing is worn", async () => {
    const { audit, state } = begun({ groups: [web] });
    expect(await auditExposure(audit, state)).toBe(true);
    expect([found(state), state.reaches, audit.asked]).toEqual([[], [], []]);
  });
  it("are looked at some sets at a time, each once", async () => {
    const ids = named(301);
    const land = {
      groups: ids.map(id => groupNamed(id, id)),
      interfaces: ids.map((id, at) => interfaceOf(`eni-${at}`, [id])),
    };
    const { audit, state } = begun(land);
    const steps: [boolean, number][] = [];
    for (let isDone = false; !isDone && steps.length < 9; ) {
      isDone = await auditExposure(audit, state);
      steps.push([isDone, state.reaches.length]);
    }
    expect(steps).toEqual([
      [false, 150],
      [false, 300],
      [true, 301],
    ]);
    expect(state.reaches.map(({ groups }) => groups)).toEqual(ids.map(id => [id]));
    expect(audit.asked.map(asked => asked.split(" ").length - 1)).toEqual([150, 150, 1]);
    expect(audit.told.at(-1)).toBe("301 of 301 sets of groups that are worn");
  });
  it("are found without a matrix too, which exposes nothing", async () => {
    const { audit, state } = begun({ groups: [web, spare], interfaces }, {});
    expect(await auditExposure(audit, state)).toBe(true);
    expect([found(state), state.reaches.length]).toEqual([[], 2]);
  });
  it("name the members that wear not what they should at the end", async () => {
    const text = matrix.replace("name: web,", "name: web, members: [10.0.0.4],");
    const { audit, state } = begun({ groups: [web], interfaces: [] }, { matrix: text });
    expect(await auditExposure(audit, state)).toBe(true);
    expect(found(state).map(({ rule }) => rule)).toEqual(["web 10.0.0.4/32"]);
  });
});

describe("a member of an entry", () => {
  const members = (
    list: string,
    interfaces: AuditedInterface[],
    options: Partial<UnderwayOptions> = {},
  ): AuditFinding[] => {
    const text = matrix.replace("name: web,", `name: web, members: [${list}],`);
    const { audit, state } = begun({ groups: [web], interfaces }, { matrix: text, ...options });
    return memberFindings(audit, state);
  };
  const at = (id: string, groups: string[], ...addresses: string[]) =>
    interfaceOf(id, groups, { addresses });

  it("is as it should be where an interface of its address wears a group of the entry", () => {
    expect(members("10.0.0.4", [at("eni-1", [SPARE, WEB], "10.0.0.3", "10.0.0.4")])).toEqual([]);
    const two = [at("eni-1", [SPARE], "10.0.0.4"), at("eni-2", [WEB], "10.0.0.4")];
    expect(members("10.0.0.4", two)).toEqual([]);
    expect(members("10.0.0.0/24", [at("eni-1", [WEB], "10.0.0.200")])).toEqual([]);
    expect(members('"2001:db8::4"', [at("eni-1", [WEB], "2001:db8::4")])).toEqual([]);
  });
  it("is missing where no interface has its address", () => {
    const rule = "web 10.0.0.4/32";
    expect(members("10.0.0.4", [at("eni-1", [WEB], "10.0.0.5")])).toEqual([
      {
        id: auditId(SCOPE, { kind: "exposure", group: WEB, rule }),
        ...{ kind: "exposure", severity: "low", group: WEB, parts: ["web"], rule },
        because: "no interface of the region has the address of this member of web",
      },
    ]);
    expect(members('"2001:db8::4"', [at("eni-1", [WEB], "2001:db8::5")])).toHaveLength(1);
  });
  it("wears something else where its interfaces wear no group of the entry", () => {
    const two = [at("eni-1", [SPARE], "10.0.0.4"), at("eni-2", [], "10.0.0.4")];
    const rule = "web 10.0.0.4/32";
    expect(members("10.0.0.4, 10.0.0.5", [...two, at("eni-3", [WEB], "10.0.0.5")])).toEqual([
      {
        id: auditId(SCOPE, { kind: "exposure", group: WEB, rule }),
        ...{ kind: "exposure", severity: "high", group: WEB, parts: ["web"], rule },
        because: `eni-1, eni-2 has the address of a member of web, and wears no group of it: ${WEB}`,
      },
    ]);
  });
  it("may wear any of the groups that are pinned to the entry, the first of which is named", () => {
    const also = groupNamed("sg-0000000c", "web");
    const pinned = { pinned: [web, also] };
    expect(members("10.0.0.4", [at("eni-1", [also.id], "10.0.0.4")], pinned)).toEqual([]);
    const [found] = members("10.0.0.4", [at("eni-1", [SPARE], "10.0.0.4")], pinned);
    expect(found?.group).toBe(WEB);
    expect(found?.because).toContain(`no group of it: ${WEB}, ${also.id}`);
  });
  it("is not looked for where nobody plays the entry, or no matrix is in force", () => {
    expect(members("10.0.0.4", [], { pinned: [] })).toEqual([]);
    const { audit, state } = begun({ groups: [web] }, {});
    expect(memberFindings(audit, state)).toEqual([]);
  });
});
