// What the names of a question stand for, offline and in an account: machines, groups and addresses.
import { describe, expect, it } from "vitest";
import type { AuditedInterface } from "../../matrix/audit/report.ts";
import { endsOf, offlineWorld, type World } from "../../matrix/can-ends.ts";
import { readFlowWords } from "../../matrix/exceptions/exception-words.ts";
import { parseMatrix } from "../../matrix/file/parse.ts";
import { resolvePins } from "../../matrix/flows/selection.ts";
import type { SecurityGroup } from "../../matrix/group.ts";
import { formatBoxPeer } from "../../matrix/nearest.ts";
import { makePolicy } from "../../matrix/policy.ts";

const WEB = "sg-0aaaaaaaaaaaaaaa1";
const DB = "sg-0bbbbbbbbbbbbbbb1";
const EXTRA = "sg-0ccccccccccccccc1";

const document = parseMatrix([
  {
    name: "m.yaml",
    text: `matrix: m
vpc: vpc-0a1b2c3d
networks: { office: [203.0.113.0/24, pl-0a1b2c3d, ${EXTRA}], all: [0.0.0.0/0], everybody: [public] }
groups:
  web: { id: ${WEB}, members: [10.0.1.5, 10.0.8.0/24, "2001:db8::5", "2001:db8::/32"] }
  db: { name: db }
  others: { mode: observe }
flows: [{ from: office, to: web, ports: tcp 443 }]
`,
  },
]);

/** Each end in short: its name, how rules name it, the groups it carries, how many judge it. */
function endsIn(world: World, words: string) {
  const { from } = readFlowWords({ from: words, to: "web", ports: "tcp 1" }, world.policy.document);
  return endsOf(from, world).map(({ name, peer, groups, policies, live }) =>
    [
      name,
      formatBoxPeer(peer),
      groups.join("+"),
      policies.length,
      ...(live ? [live.map(one => one.id ?? "?").join("+")] : []),
    ].join(" | "),
  );
}

describe("offline", () => {
  it.each([
    [
      "an entry is its members",
      "web",
      [
        `web 10.0.1.5 | 10.0.1.5/32 | ${WEB} | 1`,
        `web 10.0.8.0/24 | 10.0.8.0/24 | ${WEB} | 1`,
        `web 2001:db8::5 | 2001:db8::5/128 | ${WEB} | 1`,
        `web 2001:db8::/32 | 2001:db8::/32 | ${WEB} | 1`,
      ],
    ],
    ["an entry without members is its group", "db", ["db | the group of db | the group of db | 1"]],
    [
      "a group is whatever carries it",
      WEB,
      [
        `web 10.0.1.5 | 10.0.1.5/32 | ${WEB} | 1`,
        `web 10.0.8.0/24 | 10.0.8.0/24 | ${WEB} | 1`,
        `web 2001:db8::5 | 2001:db8::5/128 | ${WEB} | 1`,
        `web 2001:db8::/32 | 2001:db8::/32 | ${WEB} | 1`,
      ],
    ],
    ["a group that nobody carries is itself", DB, [`${DB} | ${DB} | ${DB} | 0`]],
    ["everybody is each family", "public", ["0.0.0.0/0 | 0.0.0.0/0 |  | 0", "::/0 | ::/0 |  | 0"]],
    [
      "a network is what it holds",
      "office",
      [
        "203.0.113.0/24 | 203.0.113.0/24 |  | 0",
        "office | pl-0a1b2c3d |  | 0",
        `${EXTRA} | ${EXTRA} | ${EXTRA} | 0`,
      ],
    ],
    [
      "a network of everybody is each family too",
      "everybody",
      ["0.0.0.0/0 | 0.0.0.0/0 |  | 0", "::/0 | ::/0 |  | 0"],
    ],
    ["a network of every IPv4 address is that", "all", ["0.0.0.0/0 | 0.0.0.0/0 |  | 0"]],
    ["a prefix list is itself", "pl-0d1b2c3d", ["pl-0d1b2c3d | pl-0d1b2c3d |  | 0"]],
    [
      "an address of a machine is that machine",
      "10.0.1.5",
      [`web 10.0.1.5 | 10.0.1.5/32 | ${WEB} | 1`],
    ],
    [
      "an address within a member's block is that member",
      "10.0.8.7",
      [`web 10.0.8.0/24 | 10.0.8.7/32 | ${WEB} | 1`],
    ],
    ["a block around a machine is addresses", "10.0.1.0/24", ["10.0.1.0/24 | 10.0.1.0/24 |  | 0"]],
    ["another address is itself", "10.0.9.9", ["10.0.9.9/32 | 10.0.9.9/32 |  | 0"]],
  ])("%s", (_, words, ends) => {
    expect(endsIn(offlineWorld(document, [], 0), words)).toEqual(ends);
  });

  it("what nobody carries is named by its group", () => {
    const peers = (name: string, kind: "entry" | "group") =>
      endsOf(
        [kind === "entry" ? { kind, name } : { kind, id: name }],
        offlineWorld(document, [], 0),
      );
    expect(peers("db", "entry").map(({ peer }) => peer)).toEqual([
      { kind: "group", id: "the group of db" },
    ]);
    expect(peers(DB, "group").map(({ peer }) => peer)).toEqual([{ kind: "group", id: DB }]);
  });

  it("there is a group for each entry but the rest, in the matrix's VPC", () => {
    const world = offlineWorld(document, [], 0);
    expect(world.groups).toMatchObject([
      { id: WEB, owner: "", vpcId: "vpc-0a1b2c3d", name: "web", tags: {} },
      { id: "the group of db", owner: "", vpcId: "vpc-0a1b2c3d", name: "db", tags: {} },
    ]);
    expect(world.policy.pins.groups).toMatchObject({
      web: [{ id: WEB }],
      db: [{ id: "the group of db" }],
    });
    expect(world.policy.version).toBe("file");
    const anywhere = offlineWorld({ ...document, vpcs: [] }, [], 0);
    expect(anywhere.groups.map(group => "vpcId" in group)).toEqual([false, false]);
  });
});

describe("in an account", () => {
  const group = (id: string, name: string): SecurityGroup => ({
    ...{ id, name, owner: "111122223333", vpcId: "vpc-0a1b2c3d", tags: {}, rules: [] },
  });
  const groups = [group(WEB, "web"), group(DB, "db"), group(EXTRA, "extra")];
  const machine = (id: string, addresses: string[], ...own: string[]): AuditedInterface => ({
    ...{ id, addresses, groups: own },
  });
  const policy = makePolicy(document, resolvePins(document, groups), "1");
  const live = new Map(groups.map(one => [one.id, one]));
  const worldOf = (...interfaces: AuditedInterface[]): World => ({
    ...{ policy, groups, interfaces, live, exceptions: [], now: 0 },
  });

  it("an entry is every machine that carries its group, by each address", () => {
    const world = worldOf(
      machine("eni-1", ["10.0.7.1", "10.0.7.2", "not an address"], DB, EXTRA),
      machine("eni-2", ["10.0.7.3"], EXTRA),
    );
    expect(endsIn(world, "db")).toEqual([
      `10.0.7.1 (eni-1) | 10.0.7.1/32 | ${DB}+${EXTRA} | 2 | ${DB}+${EXTRA}`,
      `10.0.7.2 (eni-1) | 10.0.7.2/32 | ${DB}+${EXTRA} | 2 | ${DB}+${EXTRA}`,
    ]);
  });

  it("an entry is its members too, whatever groups they carry, judged by the part", () => {
    const world = worldOf(machine("eni-1", ["no address", "10.0.9.9", "10.0.1.5"], DB));
    expect(endsIn(world, "web")).toEqual([
      `10.0.9.9 (eni-1) | 10.0.9.9/32 | ${DB} | 2 | ${DB}`,
      `10.0.1.5 (eni-1) | 10.0.1.5/32 | ${DB} | 2 | ${DB}`,
    ]);
  });

  it("an entry whose members are no machine is its members, with its group", () => {
    expect(endsIn(worldOf(), "web")).toEqual([
      `web | 10.0.1.5/32 | ${WEB} | 1 | ${WEB}`,
      `web | 10.0.8.0/24 | ${WEB} | 1 | ${WEB}`,
      `web | 2001:db8::5/128 | ${WEB} | 1 | ${WEB}`,
      `web | 2001:db8::/32 | ${WEB} | 1 | ${WEB}`,
    ]);
    expect(endsIn(worldOf(), "db")).toEqual([`db | ${DB} | ${DB} | 1 | ${DB}`]);
  });

  it("a group is its machines, and a group that is gone has no rules", () => {
    const world = worldOf(
      machine("eni-1", ["10.0.7.1"], EXTRA),
      machine("eni-2", ["10.0.7.2"], DB),
    );
    expect(endsIn(world, EXTRA)).toEqual([
      `10.0.7.1 (eni-1) | 10.0.7.1/32 | ${EXTRA} | 1 | ${EXTRA}`,
    ]);
    expect(endsIn(world, "sg-0ddddddddddddddd1")).toEqual([
      "sg-0ddddddddddddddd1 | sg-0ddddddddddddddd1 | sg-0ddddddddddddddd1 | 0 | ",
    ]);
  });

  it("an address is the machine that has it, as its own or as its public one", () => {
    const world = worldOf(
      {
        ...machine("eni-1", ["no address", "10.0.7.1", "10.0.7.2"], DB),
        publicAddress: "198.51.100.7",
      },
      machine("eni-2", ["10.0.7.3"], EXTRA),
    );
    expect(endsIn(world, "10.0.7.2")).toEqual([`eni-1 | 10.0.7.2/32 | ${DB} | 1 | ${DB}`]);
    expect(endsIn(world, "198.51.100.7")).toEqual([`eni-1 | 198.51.100.7/32 | ${DB} | 1 | ${DB}`]);
    expect(endsIn(world, "198.51.100.8")).toEqual(["198.51.100.8/32 | 198.51.100.8/32 |  | 0"]);
  });

  it("what is required over IPv6 is only where the VPC has it", () => {
    const open = parseMatrix([
      {
        name: "m.yaml",
        text: "matrix: m\ngroups: { db: { name: db } }\nflows: [{ from: public, to: db, ports: tcp 1 }]\n",
      },
    ]);
    const families = (ipv6Vpcs?: ReadonlySet<string>) => {
      const world: World = {
        ...worldOf(machine("eni-1", ["10.0.7.1"], DB)),
        policy: makePolicy(open, resolvePins(open, groups), "1"),
        ...(ipv6Vpcs && { ipv6Vpcs }),
      };
      return endsOf([{ kind: "entry", name: "db" }], world)[0]?.policies[0]?.required.length;
    };
    expect([families(), families(new Set(["vpc-0a1b2c3d"])), families(new Set())]).toEqual([
      2, 2, 1,
    ]);
  });
});
