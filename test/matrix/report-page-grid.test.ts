// Where in the picture a rule, a flow or an exception stands: which row meets which column.
import { describe, expect, it } from "vitest";
import { type GridInput, gridOf } from "../../matrix/audit/page/grid.ts";
import type { AuditFinding } from "../../matrix/audit/report.ts";
import { parseMatrix } from "../../matrix/file/parse.ts";
import { auditFinding, auditReport } from "../support/reports.ts";

const document = parseMatrix([
  {
    name: "grid.yaml",
    text: `matrix: grid
mode: enforce
networks:
  office: [203.0.113.0/24, pl-0a1b2c3d]
  desk: [203.0.113.64/26]
  partner: [sg-0a1a1a1a@444455556666]
  all: [0.0.0.0/0]
groups:
  web: { id: sg-0a000001, members: [10.0.1.5] }
  db: { name: db, members: [10.0.2.5, 203.0.113.80] }
  idle: { name: idle, members: [10.0.3.5] }
  solo: { id: sg-0a000004, members: [10.0.4.5] }
  others: { mode: observe }
flows:
  - { from: 192.0.2.0/24, to: web, ports: tcp 80 443 }
  - { from: "::/0", to: web, ports: tcp 80 }
  - { from: pl-0b1b2c3d, to: web, ports: tcp 81 }
  - { from: web, to: [db, 198.51.100.7], ports: tcp 5432 }
forbid:
  - { from: sg-0c1a1a1a@444455556666, to: idle, ports: all }
`,
  },
]);

const audited = [
  { id: "sg-0a000001", name: "web", parts: ["web"], rules: 1, interfaces: 1 },
  { id: "sg-0a000002", name: "db", parts: ["db"], rules: 1, interfaces: 1 },
  { id: "sg-0a000009", name: "stray", parts: [], rules: 1, interfaces: 1 },
];
const pins = {
  groups: {
    idle: [{ id: "sg-0a000003", owner: "111122223333", name: "idle" }],
  },
  lists: {},
};

function laidOut(given: Partial<GridInput> & { findings?: readonly AuditFinding[] }) {
  const { findings = [], ...more } = given;
  return gridOf({ report: auditReport({ findings, audited }), document, pins, ...more });
}

type Lists = "flows" | "forbids" | "exceptions" | "findings";

/** The cells that have something of a kind, and what of it. */
function cellsWith(kind: Lists, grid: ReturnType<typeof gridOf>): Record<string, number[]> {
  const cells = grid.rows.flatMap(row =>
    grid.columns.flatMap(column => {
      const found = grid.cellAt(row, column)?.[kind] ?? [];
      return found.length > 0 ? [[`${row.name} > ${column.name}`, found] as const] : [];
    }),
  );
  return Object.fromEntries(cells);
}

describe("the peer of a rule stands", () => {
  it.each([
    ["with the network that holds it", "203.0.113.9/32", "office"],
    ["with the narrowest network that holds it", "203.0.113.70/32", "desk"],
    ["with the group that has it as a member", "203.0.113.80/32", "db"],
    ["with the addresses of a flow that hold it", "192.0.2.9/32", "192.0.2.0/24"],
    ["with the addresses that a flow goes to", "198.51.100.7/32", "198.51.100.7/32"],
    ["with everybody", "0.0.0.0/0", "public"],
    ["with everybody of IPv6", "::/0", "public"],
    ["elsewhere, where only everybody holds it", "100.64.0.1/32", "other addresses"],
    ["elsewhere, where it is wider than every name", "203.0.112.0/20", "other addresses"],
    ["with the network that has its prefix list", "pl-0a1b2c3d", "office"],
    ["by itself, where a flow has its prefix list", "pl-0b1b2c3d", "pl-0b1b2c3d"],
    ["by itself, where nothing has it", "pl-0d1b2c3d", "pl-0d1b2c3d"],
    ["with the network that has its group", "sg-0a1a1a1a", "partner"],
    ["with the entry that names its group's id", "sg-0a000004", "solo"],
    ["with the part that its group plays", "sg-0a000002", "db"],
    ["with the part that its group is pinned to", "sg-0a000003", "idle"],
    ["by itself, where its group plays no part", "sg-0a000009", "sg-0a000009"],
  ])("%s: %s", (_, peer, row) => {
    const into = auditFinding({ parts: ["db"], rule: `ingress tcp 22 from ${peer}` });
    expect(cellsWith("findings", laidOut({ findings: [into] }))).toEqual({ [`${row} > db`]: [0] });
    const outOf = auditFinding({ parts: ["db"], rule: `egress tcp 22 to ${peer}` });
    expect(cellsWith("findings", laidOut({ findings: [outOf] }))).toEqual({ [`db > ${row}`]: [0] });
  });
});

describe("a finding stands", () => {
  const rule = "ingress tcp 22 from 0.0.0.0/0";
  it.each<[string, Partial<AuditFinding>, string[]]>([
    ["at each of its parts", { parts: ["web", "db"] }, ["public > web", "public > db"]],
    ["apart, of a group without a part", { parts: [] }, ["public > unmanaged"]],
    ["where it is missing", { kind: "missing", parts: ["db"] }, ["public > db"]],
    ["nowhere once it is repaired", { parts: ["db"], outcome: "closed" }, []],
    ["nowhere, of another kind", { parts: ["db"], kind: "exposure" }, []],
    ["nowhere, where it is about no rule", { parts: ["db"], rule: "trail" }, []],
  ])("%s", (_, given, cells) => {
    const grid = laidOut({ findings: [auditFinding({ rule, ...given })] });
    expect(Object.keys(cellsWith("findings", grid))).toEqual(cells);
  });

  it("apart, where its parts were not told", () => {
    const { parts: _, ...partless } = auditFinding({ rule });
    const grid = laidOut({ findings: [partless] });
    expect(cellsWith("findings", grid)).toEqual({ "public > unmanaged": [0] });
  });
});

describe("an exception stands", () => {
  const exception = {
    ...{ id: "x-1", state: "active", start: 0, end: 1, open: true },
    groups: ["sg-0a000002", "sg-0a000001"],
  };
  const flow = {
    from: [{ kind: "entry" as const, name: "idle" }],
    to: [{ kind: "entry" as const, name: "web" }],
    ports: [{ protocol: "all" as const, from: -1, to: -1 }],
  };
  it.each([
    ["where its flow goes", { flow }, ["idle > web"]],
    [
      "where its rule stands, at each of its groups",
      { rule: "ingress tcp 22 from 10.0.3.5/32" },
      ["idle > web", "idle > db"],
    ],
    [
      "apart, where its group plays no part",
      { rule: "ingress tcp 22 from 10.0.3.5/32", groups: ["sg-0a000009"] },
      ["idle > unmanaged"],
    ],
    ["nowhere without a flow or a rule", {}, []],
  ])("%s", (_, given, cells) => {
    const grid = laidOut({ exceptions: [{ ...exception, ...given }] });
    expect(Object.keys(cellsWith("exceptions", grid))).toEqual(cells);
  });
});

describe("the picture", () => {
  it("has the flows and forbids where they go, once each", () => {
    const grid = laidOut({});
    expect(cellsWith("flows", grid)).toEqual({
      ...{ "public > web": [1], "192.0.2.0/24 > web": [0], "pl-0b1b2c3d > web": [2] },
      ...{ "web > db": [3], "web > 198.51.100.7/32": [3] },
    });
    expect(cellsWith("forbids", grid)).toEqual({ "sg-0c1a1a1a@444455556666 > idle": [0] });
    const twice = {
      ...document,
      flows: document.flows.map(one => ({ ...one, from: [...one.from, ...one.from] })),
    };
    expect(cellsWith("flows", laidOut({ document: twice }))).toEqual(cellsWith("flows", grid));
  });

  it("has every group as a row and a column, networks and peers where they are used, everybody first", () => {
    const findings = [
      auditFinding({ parts: ["db"], rule: "ingress tcp 22 from 203.0.113.9/32" }),
      auditFinding({ parts: ["db"], rule: "egress tcp 22 to 203.0.113.9/32" }),
      auditFinding({ parts: ["db"], rule: "egress tcp 23 to 0.0.0.0/0" }),
    ];
    const { rows, columns } = laidOut({ findings });
    expect(rows.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      ...["network public", "network office"],
      ...["peer 192.0.2.0/24", "peer pl-0b1b2c3d", "peer sg-0c1a1a1a@444455556666"],
      ...["group web", "group db", "group idle", "group solo"],
    ]);
    expect(columns.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      ...["group web", "group db", "group idle", "group solo"],
      ...["network public", "network office"],
      "peer 198.51.100.7/32",
    ]);
  });
});
