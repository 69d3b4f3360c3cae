// The policy of one group: what has to be read beside it, and what exceptions add for a while.
import { describe, expect, it } from "vitest";
import type { Exception } from "../../matrix/exception.ts";
import { compileException, openedLines } from "../../matrix/exception.ts";
import { parseMatrix } from "../../matrix/file/parse.ts";
import { flowText } from "../../matrix/flows/flow.ts";
import { noPins, resolvePins } from "../../matrix/flows/selection.ts";
import type { LiveGroup } from "../../matrix/group.ts";
import { groupPolicy, makePolicy, modeOf, readsFor } from "../../matrix/policy.ts";
import { formatRule } from "../../matrix/rules/rule.ts";

const LIST = "pl-0a1b2c3d";
const document = parseMatrix([
  {
    name: "m.yaml",
    text: `
matrix: test
mode: enforce
groups:
  web: { name: web, egress: listed }
  api: { name: api, egress: listed }
  log: { name: log, egress: listed }
  cdn: { name: cdn, egress: listed }
  quiet: { name: quiet, mode: observe }
  others: {}
flows:
  - { from: public, to: web, ports: tcp 443 }
  - { from: 10.0.0.0/8, to: web, ports: tcp 22 }
  - { from: ["2001:db8::/32", 10.0.0.0/8], to: api, ports: tcp 443 }
  - { from: public, to: api, ports: tcp 444, need: allowed }
  - { from: "0.0.0.0/0", to: log, ports: tcp 443 }
  - { from: { list: ${LIST}, within: [192.0.2.0/24] }, to: cdn, ports: tcp 1 }
  - { from: { list: ${LIST}, within: [192.0.2.0/24] }, to: cdn, ports: tcp 2 }
forbid: [{ from: 203.0.113.0/24, to: web, ports: tcp 5432, reason: guests }]
`,
  },
]);
const live = (name: string, given: Partial<LiveGroup> = {}): LiveGroup => ({
  ...{ id: `sg-${name}`, name, owner: "111122223333", vpcId: "vpc-1", tags: {} },
  ...given,
});
const groups = ["web", "api", "log", "cdn"].map(name => live(name));
const policy = makePolicy(document, resolvePins(document, groups));

describe("beside a group is read", () => {
  it.each<[string, LiveGroup, { lists: string[]; vpcs: string[] }]>([
    [
      "its VPC, where the world is required to reach it",
      live("web"),
      { lists: [], vpcs: ["vpc-1"] },
    ],
    ["no VPC, where IPv6 is a part of it or only allowed", live("api"), { lists: [], vpcs: [] }],
    ["no VPC, where only IPv4 is", live("log"), { lists: [], vpcs: [] }],
    ["each list that is bounded, once", live("cdn"), { lists: [LIST], vpcs: [] }],
    ["nothing of a group that nobody plays", live("x"), { lists: [], vpcs: [] }],
    [
      "no VPC of a candidate, for which nothing is required",
      live("web", { id: "sg-new" }),
      { lists: [], vpcs: [] },
    ],
  ])("%s", (_, group, reads) => {
    expect(readsFor(policy, group)).toEqual(reads);
  });

  it("no VPC where it is in none", () => {
    const { vpcId: _, ...nowhere } = live("web");
    expect(readsFor(policy, nowhere)).toEqual({ lists: [], vpcs: [] });
  });
});

it("a mode is the strictest of the parts; who is of nobody is observed", () => {
  const modes = (...parts: string[]) =>
    modeOf(document, { parts, candidate: false, newlyMatched: [], strayed: [] });
  expect([modes("web"), modes("quiet"), modes("quiet", "web"), modes("others"), modes()]).toEqual([
    "enforce",
    "observe",
    "enforce",
    "observe",
    "observe",
  ]);
});

const exception = (id: string, given: Partial<Exception>): Exception => ({
  ...{ id, state: "active", start: 0, end: 100, groups: ["sg-web"], open: true },
  ...given,
});

it("a group refers to those of its own VPC", () => {
  const text = `
matrix: test
groups: { web: { name: web }, api: { name: api } }
flows: [{ from: api, to: web, ports: tcp 1 }]
`;
  const both = parseMatrix([{ name: "m.yaml", text }]);
  const near = makePolicy(both, resolvePins(both, [live("web"), live("api")]));
  const required = (group: LiveGroup) =>
    groupPolicy(near, group, { ipv6: true })?.required.map(line => formatRule(line.rule));
  expect(required(live("web"))).toEqual(["ingress tcp 1 from sg-api"]);
  expect(required(live("web", { vpcId: "vpc-2" }))).toEqual([]);
  const { vpcId: _, ...nowhere } = live("web");
  expect(required(nowhere)).toEqual(["ingress tcp 1 from sg-api"]);
});

describe("an exception of a group", () => {
  const at = (exceptions: readonly Exception[], group = live("web"), now = 0) =>
    groupPolicy(policy, group, { ipv6: true, exceptions, now });
  const required = (found: ReturnType<typeof at>) =>
    found?.required.map(
      line => `${formatRule(line.rule)}${line.exception ? ` by ${line.exception.id}` : ""}`,
    );

  it("permits and requires beside the flows, once", () => {
    const found = at([
      exception("x-1", { rule: "ingress tcp 9 from 10.0.0.1/32" }),
      exception("x-2", { rule: "ingress tcp 22 from 10.0.0.0/8" }),
      exception("x-3", { rule: "ingress tcp 10 from 10.0.0.1/32", open: false }),
      exception("x-4", { rule: "ingress tcp 11 from 10.0.0.1/32", groups: ["sg-api"] }),
    ]);
    expect(required(found)).toEqual([
      "ingress tcp 443 from 0.0.0.0/0",
      "ingress tcp 443 from ::/0",
      "ingress tcp 22 from 10.0.0.0/8",
      "ingress tcp 9 from 10.0.0.1/32 by x-1",
    ]);
    expect(found?.excepted).toHaveLength(3);
    expect(found?.conflicts).toEqual([]);
  });

  it("that meets a forbid is void as a whole, and no other is", () => {
    const from = [
      { kind: "cidr", cidr: "203.0.113.0/24" },
      { kind: "cidr", cidr: "198.51.100.0/24" },
    ] as const;
    const flow = { from, to: [{ kind: "entry", name: "web" } as const] };
    const tcp = (port: number) => ({ protocol: "tcp", from: port, to: port }) as const;
    const found = at([
      exception("x-1", { flow: { ...flow, ports: [tcp(5432)] } }),
      exception("x-2", { flow: { ...flow, ports: [tcp(5433)] } }),
    ]);
    expect(new Set(found?.excepted.map(({ grant }) => "id" in grant && grant.id))).toEqual(
      new Set(["x-2"]),
    );
    expect(required(found)?.filter(text => text.includes("x-"))).toEqual([
      "ingress tcp 5433 from 203.0.113.0/24 by x-2",
      "ingress tcp 5433 from 198.51.100.0/24 by x-2",
    ]);
    expect(found?.conflicts.map(({ part, forbid }) => [part, forbid.reason])).toEqual([
      ["", "guests"],
    ]);
  });

  it("that is over is closed on a group nobody governs, as long as one is", () => {
    const nobody = live("none");
    const alone = makePolicy(
      parseMatrix([{ name: "m.yaml", text: "matrix: m\ngroups: { a: { name: a } }" }]),
      noPins,
    );
    const over = (exceptions: readonly Exception[]) =>
      groupPolicy(alone, nobody, { ipv6: true, exceptions, now: 100 });
    const ended = exception("x-1", {
      ...{ rule: "ingress tcp 9 from 10.0.0.1/32", groups: ["sg-none"] },
      opened: ["ingress tcp 9 from 10.0.0.2/32", "no rule"],
    });
    const active = { ...ended, id: "x-2", end: 200 };
    const found = over([ended, active]);
    expect(found?.endedLines.map(line => formatRule(line.rule))).toEqual([
      "ingress tcp 9 from 10.0.0.1/32",
      "ingress tcp 9 from 10.0.0.2/32",
    ]);
    expect(found?.ended).toHaveLength(2);
    expect(
      found?.ended.every(({ grant }) => grant.kind === "exception" && grant.id === "x-1"),
    ).toBe(true);
    expect(found?.excepted.map(({ direction, peer }) => [direction, peer.kind])).toEqual([
      ["ingress", "addresses"],
      ["ingress", "addresses"],
    ]);
    expect(found?.required).toEqual([]);
    expect(over([active])).toBeUndefined();
    expect(over([{ ...ended, groups: ["sg-web"] }])).toBeUndefined();
    expect(over([{ ...ended, state: "requested" }])).toBeUndefined();
    expect(over([{ ...ended, state: "approved" }])).toBeDefined();
  });
});

describe("what an exception comes to", () => {
  const context = { document, pins: noPins, site: { ipv6: true } };
  const rule = "ingress tcp 9 from 10.0.0.1/32";

  it("is nothing on another group", () => {
    const asked = exception("x-1", { rule });
    expect(compileException(asked, "sg-api", ["api"], context)).toEqual({ permits: [], lines: [] });
  });

  it.each([
    ["approved", true],
    ["active", false],
  ])("says while it is %s whether it only starts: %s", (state, isStarting) => {
    const { lines } = compileException(
      exception("x-1", { rule, state }),
      "sg-web",
      ["web"],
      context,
    );
    expect(lines).toMatchObject([
      { part: "web", need: "required", exception: { id: "x-1", until: 100, isStarting } },
    ]);
  });

  it("is of no part on a group that plays none, and requires nothing where it only tolerates", () => {
    const asked = exception("x-1", { rule });
    expect(compileException(asked, "sg-web", [], context).lines).toMatchObject([{ part: "" }]);
    const tolerant = compileException({ ...asked, open: false }, "sg-web", ["web"], context);
    expect(tolerant).toMatchObject({ permits: { length: 1 }, lines: [] });
    const flow = {
      from: [{ kind: "cidr", cidr: "10.0.0.1/32" } as const],
      to: [{ kind: "entry", name: "web" } as const],
      ports: [{ protocol: "tcp", from: 9, to: 9 } as const],
    };
    const { rule: _, ...wordless } = asked;
    const byFlow = { ...wordless, flow };
    expect(compileException({ ...byFlow, open: false }, "sg-web", ["web"], context).lines).toEqual(
      [],
    );
    expect(compileException(byFlow, "sg-web", ["web"], context).lines).toMatchObject([
      { exception: { id: "x-1" } },
    ]);
  });

  it("is what Portward is known to have opened, with the reason as its purpose", () => {
    const opened = [rule, "no rule"];
    const lines = openedLines(exception("x-1", { opened, reason: "release" }));
    expect(lines.map(line => formatRule(line.rule))).toEqual([rule]);
    expect(lines).toMatchObject([
      { part: "", need: "required", flow: { purpose: "release", from: [], to: [], ports: [] } },
    ]);
    expect(lines[0]?.exception).toEqual({ id: "x-1", until: 100, isStarting: false });
    expect(openedLines(exception("x-1", {}))).toEqual([]);
    const [silent] = openedLines(exception("x-1", { opened, open: false }));
    expect(silent?.need).toBe("allowed");
    expect(silent?.flow).not.toHaveProperty("purpose");
  });
});

it("a flow names lists by their ids and somebody else's groups with their owner", () => {
  const text = `
matrix: test
groups: { web: { name: web } }
flows: [{ from: [${LIST}, sg-0c2d3e4f, "sg-0c2d3e40@444455556666", public], to: web, ports: tcp 1 }]
`;
  const [flow] = parseMatrix([{ name: "m.yaml", text }]).flows;
  expect(flow && flowText(flow)).toBe(
    `${LIST}, sg-0c2d3e4f, sg-0c2d3e40@444455556666, public to web tcp 1`,
  );
});
