// Whether a flow is permitted and open, and what is wrong when it is not. The three checks of the
// gateway document's FAQ are named here.
import fc from "fast-check";
import { expect, test } from "vitest";
import type { AuditedInterface } from "../../matrix/audit/report.ts";
import { isPassable, type Side, sidesOfFlow } from "../../matrix/can.ts";
import { endsOf, offlineWorld, type World } from "../../matrix/can-ends.ts";
import { readFlowWords } from "../../matrix/exceptions/exception-words.ts";
import { parseMatrix } from "../../matrix/file/parse.ts";
import { shapeOfPorts } from "../../matrix/flows/part.ts";
import { resolvePins } from "../../matrix/flows/selection.ts";
import type { SecurityGroup } from "../../matrix/group.ts";
import { makePolicy } from "../../matrix/policy.ts";
import { parseRule } from "../../matrix/rules/rule.ts";

const GATEWAY = "sg-0aaaaaaaaaaaaaaa1";
const NODE_A = "sg-0bbbbbbbbbbbbbbb1";
const NODE_B = "sg-0bbbbbbbbbbbbbbb2";
const EXTRA = "sg-0ccccccccccccccc1";

const document = parseMatrix([
  {
    name: "gateway.yaml",
    text: `matrix: gateway
groups:
  gateway: { id: ${GATEWAY}, egress: listed }
  a: { id: ${NODE_A} }
  b: { id: ${NODE_B} }
flows:
  - { from: gateway, to: a, ports: tcp 8080 8081 }
  - { from: gateway, to: b, ports: tcp 8080 }
  - { from: 192.0.2.0/25, to: b, ports: tcp 9000 }
  - { from: 192.0.2.128/25, to: b, ports: tcp 9000 }
forbid:
  - { from: public, to: a, ports: tcp 22, reason: internal }
`,
  },
]);

const group = (id: string, name: string, ...rules: string[]): SecurityGroup => ({
  ...{ id, name, owner: "111122223333", vpcId: "vpc-0a1b2c3d", tags: {} },
  rules: rules.map(text => {
    const rule = parseRule(text);
    if (!rule) throw new Error(text);
    return { rule };
  }),
});

const machine = (address: string, ...groups: string[]): AuditedInterface => ({
  ...{ id: `eni-${address}`, addresses: [address], groups },
});

const out = `egress tcp 1-65535 to ${NODE_A}`;
const letIn = (port: number) => `ingress tcp ${port} from ${GATEWAY}`;

function live(groups: SecurityGroup[], interfaces: AuditedInterface[]): World {
  const policy = makePolicy(document, resolvePins(document, groups), "1");
  const byId = new Map(groups.map(one => [one.id, one]));
  return { policy, groups, interfaces, live: byId, exceptions: [], now: 0 };
}

function ask(world: World, from: string, to: string, ports: string): Side[] {
  const flow = readFlowWords({ from, to, ports }, world.policy.document);
  const shapes = flow.ports.map(shapeOfPorts);
  const elsewhere = { groups: [...(world.live?.values() ?? [])], lists: new Map() };
  return endsOf(flow.from, world).flatMap(caller =>
    endsOf(flow.to, world).flatMap(called => sidesOfFlow(caller, called, shapes, elsewhere)),
  );
}

const ingress = (sides: readonly Side[]): Side | undefined =>
  sides.find(({ direction }) => direction === "ingress");

const atGateway = machine("10.0.0.5", GATEWAY);
const gateway = group(GATEWAY, "gateway", out);

test("FAQ 1: the rule was added to the group of node B, and the service runs on node A", () => {
  const groups = [gateway, group(NODE_A, "node-a"), group(NODE_B, "node-b", letIn(8080))];
  const world = live(groups, [atGateway, machine("10.0.1.5", NODE_A)]);
  expect(ingress(ask(world, "gateway", "10.0.1.5", "tcp 8080"))).toMatchObject({
    ...{ permitted: true, open: false },
    notes: [
      `${NODE_B} (node-b) lets it through, but eni-10.0.1.5 does not carry that group: ` +
        "the rule stands on the wrong group",
    ],
  });
});

test("FAQ 2: the node is in several groups, and one that lets the gateway in is enough", () => {
  const groups = [gateway, group(NODE_A, "node-a", letIn(8080)), group(EXTRA, "extra")];
  const world = live(groups, [atGateway, machine("10.0.1.5", EXTRA, NODE_A)]);
  expect(ingress(ask(world, "gateway", "a", "tcp 8080"))).toMatchObject({
    ...{ open: true, openBy: [`${NODE_A} (node-a)`] },
    notes: [
      `10.0.1.5 (eni-10.0.1.5) carries 2 groups: AWS adds them up, and ${NODE_A} (node-a) is enough`,
    ],
  });
});

test("FAQ 3: the service moved from port 8080 to 8081, and the rule did not", () => {
  const groups = [gateway, group(NODE_A, "node-a", letIn(8080))];
  const world = live(groups, [atGateway, machine("10.0.1.5", NODE_A)]);
  expect(ingress(ask(world, "gateway", "a", "tcp 8081"))).toMatchObject({
    ...{ permitted: true, open: false },
    notes: [
      `${NODE_A} (node-a) has ingress tcp 8080 from ${GATEWAY}, not tcp 8081: ` +
        "has the port of the service changed?",
    ],
  });
});

test("groups that only together let it all in are added up", () => {
  const groups = [gateway, group(NODE_A, "a", letIn(8080)), group(EXTRA, "extra", letIn(8081))];
  const world = live(groups, [atGateway, machine("10.0.1.5", NODE_A, EXTRA)]);
  const side = ingress(ask(world, "gateway", "a", "tcp 8080 8081"));
  expect(side?.open).toBe(true);
  expect(side?.notes[0]).toMatch(/only together they are enough$/);
});

test("the side that is blocked is told: the caller's egress", () => {
  const groups = [group(GATEWAY, "gateway"), group(NODE_A, "a", letIn(8080))];
  const world = live(groups, [atGateway, machine("10.0.1.5", NODE_A)]);
  const sides = ask(world, "gateway", "a", "tcp 8080");
  expect(sides.map(({ direction, open }) => [direction, open])).toEqual([
    ["egress", false],
    ["ingress", true],
  ]);
});

test("what is open and not permitted is no yes", () => {
  const groups = [gateway, group(NODE_B, "b", "ingress tcp 22 from 0.0.0.0/0")];
  const world = live(groups, [machine("10.0.2.5", NODE_B)]);
  const sides = ask(world, "203.0.113.9", "b", "tcp 22");
  expect(sides).toMatchObject([{ permitted: false, open: true }]);
  expect(sides.every(isPassable)).toBe(false);
});

test("a machine that lost its group is still meant by the part, and blocked", () => {
  const withMember = parseMatrix([
    {
      name: "m",
      text: `matrix: m\ngroups: { a: { id: ${NODE_A}, members: [10.0.1.5] } }\nflows: [{ from: 10.9.0.0/16, to: a, ports: tcp 80 }]`,
    },
  ]);
  const groups = [group(NODE_A, "a", "ingress tcp 80 from 10.9.0.0/16"), group(EXTRA, "extra")];
  const world: World = {
    ...live(groups, [machine("10.0.1.5", EXTRA)]),
    policy: makePolicy(withMember, resolvePins(withMember, groups), "1"),
  };
  expect(ask(world, "10.9.0.1", "a", "tcp 80")).toMatchObject([
    { permitted: true, open: false, notes: [expect.stringMatching(/does not carry that group/)] },
  ]);
});

test.each([
  ["gateway", "a", "tcp 8080", true],
  ["gateway", "a", "tcp 8080 8081", true],
  ["gateway", "a", "tcp 8080-8082", false],
  ["gateway", "a", "udp 8080", false],
  [GATEWAY, NODE_A, "tcp 8081", true],
  ["a", "gateway", "tcp 8080", false],
  ["192.0.2.0/24", "b", "tcp 9000", true],
  ["192.0.2.7", "b", "tcp 9000", true],
  ["192.0.0.0/16", "b", "tcp 9000", false],
  ["a", "192.0.2.7", "tcp 443", true],
])("offline %s may reach %s on %s: %s", (from, to, ports, answer) => {
  const sides = ask(offlineWorld(document, [], 0), from, to, ports);
  expect(sides.length).toBeGreaterThan(0);
  expect(sides.every(isPassable)).toBe(answer);
});

test("names the forbid that stands against it", () => {
  const sides = ask(offlineWorld(document, [], 0), "public", "a", "tcp 22");
  expect(sides.map(({ forbids }) => forbids)).toEqual([
    ["public to a tcp 22 (internal)"],
    ["public to a tcp 22 (internal)"],
  ]);
});

test("an exception permits while it is open, and no longer", () => {
  const exception = {
    ...{ id: "x-1", state: "active", start: 0, end: 1_000, groups: [NODE_B], open: false },
    rule: "ingress tcp 22 from 203.0.113.9/32",
  };
  const at = (now: number) =>
    ask(offlineWorld(document, [exception], now), "203.0.113.9", "b", "tcp 22");
  expect(at(999)).toMatchObject([{ permitted: true, by: ["exception x-1"] }]);
  expect(at(1_000)).toMatchObject([{ permitted: false, by: [] }]);
});

test("a range of ports is permitted exactly where each of its ports is", () => {
  const world = offlineWorld(document, [], 0);
  const isYes = (ports: string) => ask(world, "gateway", "a", ports).every(isPassable);
  let yes = 0;
  fc.assert(
    fc.property(fc.integer({ min: 8077, max: 8083 }), fc.nat(3), (first, more) => {
      const ports = Array.from({ length: more + 1 }, (_, index) => first + index);
      const each = ports.every(port => isYes(`tcp ${port}`));
      yes += each ? 1 : 0;
      expect(isYes(`tcp ${first}-${first + more}`)).toBe(each);
    }),
  );
  expect(yes).toBeGreaterThan(0);
});
