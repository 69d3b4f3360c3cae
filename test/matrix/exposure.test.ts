// What reaches an interface that wears several groups, against brute force over a small universe.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { excessOf, exposureText, networksOf, reachOf } from "../../matrix/exposure.ts";
import { parseMatrix } from "../../matrix/file/parse.ts";
import { resolvePins } from "../../matrix/flows/selection.ts";
import type { SecurityGroup } from "../../matrix/group.ts";
import { groupPolicy, makePolicy } from "../../matrix/policy.ts";
import { parseCidr } from "../../matrix/rules/cidr.ts";
import { formatRule, parseRule, type Rule } from "../../matrix/rules/rule.ts";

const ADDRESSES = ["10.0.0.1", "10.0.0.200", "192.0.2.1", "192.0.2.200", "8.8.8.8"];
const PORTS = [21, 22, 23, 443];
const BLOCKS = [
  "0.0.0.0/0",
  "0.0.0.0/1",
  "128.0.0.0/1",
  "10.0.0.0/24",
  "192.0.2.0/24",
  "192.0.2.0/25",
];
const SHAPES = ["tcp 22", "tcp 21-22", "tcp 23-443", "tcp 443", "all", "tcp 0-65535", "udp 22"];
const noLists = { account: "111122223333", get: () => undefined };

const MATRIX = `
matrix: small
networks:
  lab: [192.0.2.0/24]
groups:
  web: { name: web }
  db: { name: db }
flows:
  - { from: public, to: web, ports: tcp 443 }
  - { from: 10.0.0.0/24, to: db, ports: tcp 21-22 }
  - { from: 192.0.2.0/25, to: db, ports: tcp 22 }
  - { from: 192.0.2.128/25, to: web, ports: tcp 22 }
forbid:
  - { from: 8.8.8.0/24, to: db, ports: all, reason: never }
`;

const rule = (text: string): Rule => {
  const parsed = parseRule(text);
  if (!parsed) throw new Error(text);
  return parsed;
};
const anyRule = fc
  .tuple(fc.constantFrom(...SHAPES), fc.constantFrom(...BLOCKS))
  .map(([shape, block]) => rule(`ingress ${shape} from ${block}`));

function lets({ shape, peer }: Rule, port: number, address: string): boolean {
  const isPort =
    shape.protocol === -1 || (shape.protocol === 6 && shape.from <= port && port <= shape.to);
  return isPort && peer.kind === "cidr" && holds(peer.cidr, address);
}

function holds(range: { first: bigint; last: bigint }, address: string): boolean {
  const own = parseCidr(`${address}/32`);
  return own !== undefined && range.first <= own.first && own.last <= range.last;
}

const group = (name: string, rules: readonly Rule[]): SecurityGroup => ({
  ...{ id: `sg-${name}`, name, owner: "111122223333", tags: {} },
  rules: rules.map(one => ({ rule: one })),
});

const document = parseMatrix([{ name: "small.yaml", text: MATRIX }]);

function wornOf(groups: readonly SecurityGroup[]) {
  const policy = makePolicy(document, resolvePins(document, groups));
  return groups.map(one => ({ group: one, policy: groupPolicy(policy, one, { ipv6: false }) }));
}

/** What the small matrix permits, by hand. */
function isPermitted(names: readonly string[], port: number, address: string): boolean {
  const web =
    names.includes("web") &&
    (port === 443 || (port === 22 && holds(parseCidr("192.0.2.128/25") ?? never(), address)));
  const db =
    names.includes("db") &&
    ((holds(parseCidr("10.0.0.0/24") ?? never(), address) && port <= 22) ||
      (port === 22 && holds(parseCidr("192.0.2.0/25") ?? never(), address)));
  return web || db;
}

function never(): never {
  throw new Error("not a block");
}

describe("the union of worn groups", () => {
  it("lets in no packet beyond its parts that is not named, and names no rule without one", () => {
    const seen = { excess: 0, joint: 0 };
    const names = fc.constantFrom(["web", "db"], ["web", "other"], ["db", "other"], ["web"]);
    fc.assert(
      fc.property(names, fc.array(anyRule, { minLength: 1, maxLength: 5 }), (worn, rules) => {
        const groups = worn.map((name, index) =>
          group(
            name,
            rules.filter((_, at) => at % worn.length === index),
          ),
        );
        const found = excessOf(wornOf(groups), noLists);
        for (const { rule: one } of groups.flatMap(({ rules: its }) => its)) {
          const packets = PORTS.flatMap(port => ADDRESSES.map(address => ({ port, address })));
          const isBeyond = packets.some(
            ({ port, address }) => lets(one, port, address) && !isPermitted(worn, port, address),
          );
          const isNamed = found.some(({ rule: other }) => formatRule(other) === formatRule(one));
          // The universe is a sample: what it shows must be named.
          if (isBeyond) {
            seen.excess += 1;
            expect(isNamed, formatRule(one)).toBe(true);
          }
          if (!isNamed) seen.joint += 1;
        }
      }),
    );
    expect(seen.excess).toBeGreaterThan(50);
    expect(seen.joint).toBeGreaterThan(5);
  });

  it("is permitted what two parts permit only together", () => {
    const groups = [group("web", [rule("ingress tcp 22 from 192.0.2.0/24")]), group("db", [])];
    expect(excessOf(wornOf(groups), noLists)).toEqual([]);
  });

  it("breaks a forbid of one part by what the other part permits", () => {
    const groups = [group("web", [rule("ingress tcp 443 from 0.0.0.0/0")]), group("db", [])];
    const [found, ...more] = excessOf(wornOf(groups), noLists);
    expect(more).toEqual([]);
    expect(found?.breaks.map(({ reason }) => reason)).toEqual(["never"]);
    expect(excessOf(wornOf(groups.slice(0, 1)), noLists)).toEqual([]);
  });

  it("says nothing where no worn group plays a part", () => {
    expect(
      excessOf(wornOf([group("other", [rule("ingress all from 0.0.0.0/0")])]), noLists),
    ).toEqual([]);
  });
});

it("the networks are the world, the private one and those of the matrix that have addresses", () => {
  const text = `matrix: m
networks: { private: [10.0.0.0/8], lab: [192.0.2.0/24], list: [pl-0a1b2c3d], empty: [] }
groups: { a: { name: a } }
`;
  const names = (from: string) =>
    networksOf(parseMatrix([{ name: "m", text: from }])).map(({ name }) => name);
  expect(names(text)).toEqual(["public", "private", "lab"]);
  expect(names("matrix: m\ngroups: { a: { name: a } }\n")).toEqual(["public", "private"]);
});

describe("an excess", () => {
  const LIST = "pl-0a1b2c3d";
  const held = (...blocks: string[]) => ({
    account: "111122223333",
    get: (id: string) =>
      id === LIST
        ? {
            ...{ id, owner: "111122223333", state: "create-complete", version: 1 },
            entries: blocks.flatMap(text => parseCidr(text) ?? []),
          }
        : undefined,
  });

  it("is what is let in beyond what is permitted, with what may stay of it", () => {
    const open = [rule("ingress tcp 20-22 from 192.0.2.0/25"), rule("egress all to 0.0.0.0/0")];
    const [found, ...more] = excessOf(wornOf([group("other", open), group("db", [])]), noLists);
    expect(more).toEqual([]);
    expect(found?.kept.map(formatRule)).toEqual(["ingress tcp 22 from 192.0.2.0/25"]);
    expect([found?.group.id, found?.breaks]).toEqual(["sg-other", []]);
  });

  it("that only breaks a forbid stays whole", () => {
    const groups = [group("web", [rule("ingress tcp 443 from 0.0.0.0/0")]), group("db", [])];
    const [found] = excessOf(wornOf(groups), noLists);
    expect(found?.kept.map(formatRule)).toEqual(["ingress tcp 443 from 0.0.0.0/0"]);
  });

  it("is not what is missing, and not what goes out", () => {
    const out = [rule("egress tcp 25 to 8.8.8.8/32")];
    expect(excessOf(wornOf([group("web", out), group("db", [])]), noLists)).toEqual([]);
  });

  it("is called by its rule and the groups it is worn beside, in order", () => {
    const rules = [rule("ingress tcp 99 from 8.8.8.8/32")];
    const worn = wornOf([group("web", []), group("other", rules), group("db", [])]);
    const [found] = excessOf(worn, noLists);
    expect(found && exposureText(found, worn)).toBe(
      "ingress tcp 99 from 8.8.8.8/32 beside sg-db, sg-web",
    );
  });

  it("is reached by what a prefix list holds, and through no group", () => {
    const [world] = reachOf(
      [rule(`ingress tcp 22 from ${LIST}`)],
      networksOf(document),
      held("8.0.0.0/8"),
    );
    expect(world).toEqual({ from: "public", whole: [], part: ["tcp 22"] });
    const networks = networksOf(document);
    expect(reachOf([rule(`ingress tcp 22 from ${LIST}`)], networks, noLists)).toEqual([]);
    expect(reachOf([rule("ingress tcp 22 from sg-0a1b2c3d")], networks, held("8.0.0.0/8"))).toEqual(
      [],
    );
    expect(reachOf([rule("egress tcp 22 to 0.0.0.0/0")], networks, noLists)).toEqual([]);
    expect(reachOf([], networks, noLists)).toEqual([]);
  });
});

describe("what a network reaches", () => {
  const networks = networksOf(document);

  it("is what its addresses are let in to, whole or in part", () => {
    const seen = { whole: 0, part: 0 };
    const inLab = ADDRESSES.filter(address => address.startsWith("192.0.2."));
    fc.assert(
      fc.property(fc.array(anyRule, { maxLength: 5 }), rules => {
        const lab = reachOf(rules, networks, noLists).find(({ from }) => from === "lab");
        const says = (texts: readonly string[] = [], port: number) =>
          texts.some(text => lets(rule(`ingress ${text} from 0.0.0.0/0`), port, "8.8.8.8"));
        for (const port of PORTS) {
          const open = inLab.filter(address => rules.some(one => lets(one, port, address)));
          const isWhole = open.length === inLab.length;
          if (isWhole) seen.whole += 1;
          else if (open.length > 0) seen.part += 1;
          expect(says(lab?.whole, port)).toBe(isWhole);
          if (!isWhole) expect(says(lab?.part, port)).toBe(open.length > 0);
        }
      }),
    );
    expect(seen.whole).toBeGreaterThan(20);
    expect(seen.part).toBeGreaterThan(5);
  });

  it("sees the whole world in its two halves, and is said in joined ports", () => {
    const halves = ["0.0.0.0/1", "128.0.0.0/1"].map(half => rule(`ingress tcp 22 from ${half}`));
    const more = ["tcp 23", "tcp 24-30"].map(ports => rule(`ingress ${ports} from 0.0.0.0/0`));
    const v6 = rule("ingress tcp 22-30 from ::/0");
    const [world] = reachOf([...halves, ...more, v6], networks, noLists);
    expect(world).toEqual({ from: "public", whole: ["tcp 22-30"], part: [] });
  });

  it("is whole where all of IPv4 is let in, and in part where one family has a gap", () => {
    const reached = (...texts: string[]) => reachOf(texts.map(rule), networks, noLists)[0];
    const open = reached("ingress tcp 22 from 0.0.0.0/0");
    expect(open).toEqual({ from: "public", whole: ["tcp 22"], part: [] });
    const gap = reached("ingress tcp 22 from 0.0.0.0/0", "ingress tcp 22 from 2001:4860::/32");
    expect(gap).toEqual({ from: "public", whole: [], part: ["tcp 22"] });
  });
});
