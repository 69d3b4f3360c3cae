// The lists of the page as they stand there: findings, exposure, groups, flows, forbids, exceptions.
import { describe, expect, it } from "vitest";
import type { AuditFinding } from "../../matrix/audit/report.ts";
import { sectionOf } from "../support/page-lines.ts";
import { API, auditFinding, auditReport, DEPLOY } from "../support/reports.ts";
import { seeded } from "../support/seeded-grid.ts";

const OTHER = "sg-0aaaaaaaaaaaaaaa1";
const found = (...findings: AuditFinding[]) => ({ report: auditReport({ findings }) });

describe("the findings", () => {
  it("stand under their severity, the worst first, with all there is to say", () => {
    const input = found(
      auditFinding({
        ...{ id: "a-1", severity: "low", outcome: "closed", missed: true },
        ...{ findingId: "f-1", parts: ["deploy", "api"] },
      }),
      auditFinding({ id: "a-2", severity: "low", rule: "ingress tcp 9 from ::/0", held: true }),
      auditFinding({
        ...{ id: "", kind: "plumbing", severity: "critical", group: "", groupName: "", parts: [] },
        ...{ rule: "trail", because: "no event came for a day" },
      }),
      auditFinding({ ...{ id: "a-4", kind: "candidate", severity: "critical" }, findingId: "" }),
    );
    expect(sectionOf(input, "found")).toMatchInlineSnapshot(`
      "<h3><span class="severity critical">critical</span> <span class="quiet">2</span></h3>
      <ul class="items">
      <li id="finding-0" class="critical">
      <p class="head"><span class="kind">Candidate</span> <code>ingress tcp 22 from 0.0.0.0/0</code></p>
      <p>nothing permits it; it breaks the forbid public to deploy all (公网仅在统一入口处放开)</p>
      <p class="quiet">deploy funai-deploy sg-0f0a1b2c3d4e50100 · a-4</p></li>
      <li id="finding-1" class="critical">
      <p class="head"><span class="kind">Plumbing</span> <code>trail</code></p>
      <p>no event came for a day</p>
      <p class="quiet"></p></li>
      </ul>
      <h3><span class="severity low">low</span> <span class="quiet">2</span></h3>
      <ul class="items">
      <li id="finding-2" class="low repaired">
      <p class="head"><span class="kind">Drift</span> <code>ingress tcp 22 from 0.0.0.0/0</code> <span class="tag">closed</span> <span class="tag">no event announced it</span></p>
      <p>nothing permits it; it breaks the forbid public to deploy all (公网仅在统一入口处放开)</p>
      <p class="quiet">deploy + api funai-deploy sg-0f0a1b2c3d4e50100 · a-1 · f-1</p></li>
      <li id="finding-3" class="low">
      <p class="head"><span class="kind">Drift</span> <code>ingress tcp 9 from ::/0</code> <span class="tag">held by the brake</span></p>
      <p>nothing permits it; it breaks the forbid public to deploy all (公网仅在统一入口处放开)</p>
      <p class="quiet">deploy funai-deploy sg-0f0a1b2c3d4e50100 · a-2</p></li>
      </ul>"
    `);
  });
});

describe("the exposure", () => {
  const exposure = (given: Partial<AuditFinding>) =>
    auditFinding({ kind: "exposure", severity: "high", because: "too much", ...given });
  const worn = (id: string, groups: string[], address: string) => ({
    ...{ id, groups, addresses: [address] },
  });
  const interfaces = [
    worn("eni-1", [DEPLOY, API], "10.0.0.1"),
    worn("eni-2", [API, DEPLOY], "10.0.0.2"),
    worn("eni-3", [DEPLOY, OTHER], "10.0.0.3"),
    { ...worn("eni-4", [DEPLOY], "10.0.0.4"), addresses: ["10.0.0.4", "10.0.0.5"] },
    worn("eni-5", [DEPLOY, API, OTHER], "10.0.0.6"),
  ];

  it("names what is open, the groups, whoever wears them, and why", () => {
    const findings = [
      exposure({ rule: `ingress tcp 1 from 10.9.0.0/16 beside ${API}` }),
      exposure({ rule: "ingress tcp 2 from 10.0.0.5/32" }),
      exposure({ rule: "eni-3", group: "" }),
      exposure({ rule: "ingress tcp 4 from 10.0.0.9/32", group: "sg-0gone" }),
      auditFinding(),
    ];
    const report = auditReport({ findings, interfaces });
    expect(sectionOf({ report }, "exposure")).toMatchInlineSnapshot(`
      "<div class="scroll" role="region" aria-label="Severity, What is open, Where, Why" tabindex="0">
      <table class="rows">
      <thead>
      <tr>
      <th scope="col">Severity</th>
      <th scope="col">What is open</th>
      <th scope="col">Where</th>
      <th scope="col">Why</th></tr></thead>
      <tbody>
      <tr>
      <td><span class="severity high">high</span></td>
      <td><code>eni-3</code></td>
      <td><code>eni-3</code><br>10.0.0.3</td>
      <td>too much</td></tr>
      <tr>
      <td><span class="severity high">high</span></td>
      <td><code>ingress tcp 1 from 10.9.0.0/16 beside sg-0f0a1b2c3d4e50091</code></td>
      <td>
      <div>funai-deploy<br><code class="quiet">sg-0f0a1b2c3d4e50100</code></div>
      <div>funai-api<br><code class="quiet">sg-0f0a1b2c3d4e50091</code></div><code>eni-1</code><br>10.0.0.1 <span class="quiet">and 1 more</span></td>
      <td>too much</td></tr>
      <tr>
      <td><span class="severity high">high</span></td>
      <td><code>ingress tcp 2 from 10.0.0.5/32</code></td>
      <td>
      <div>funai-deploy<br><code class="quiet">sg-0f0a1b2c3d4e50100</code></div><code>eni-4</code><br>10.0.0.4 · 10.0.0.5</td>
      <td>too much</td></tr>
      <tr>
      <td><span class="severity high">high</span></td>
      <td><code>ingress tcp 4 from 10.0.0.9/32</code></td>
      <td>
      <div><br><code class="quiet">sg-0gone</code></div>–</td>
      <td>too much</td></tr>
      </tbody></table></div>"
    `);
  });

  it("without any is told in a word", () => {
    expect(sectionOf(found(auditFinding()), "exposure")).toBe(
      '<p class="empty">No interface lets in more than its parts permit.</p>',
    );
  });

  it("that is permitted is told apart by who reaches it", () => {
    const reaches = [
      { groups: [DEPLOY], reach: [{ from: "office", whole: ["tcp 22"], part: [] }] },
      { groups: [API, DEPLOY], reach: [{ from: "public", whole: ["tcp 443"], part: [] }] },
    ];
    const report = auditReport({ findings: [], interfaces, reaches });
    expect(sectionOf({ report }, "exposure")).toMatchInlineSnapshot(`
      "<p class="empty">No interface lets in more than its parts permit.</p>
      <h3>What the world reaches</h3>
      <div class="scroll" role="region" aria-label="Groups worn together, Interfaces, From where, on which ports" tabindex="0">
      <table class="rows">
      <thead>
      <tr>
      <th scope="col">Groups worn together</th>
      <th scope="col">Interfaces</th>
      <th scope="col">From where, on which ports</th></tr></thead>
      <tbody>
      <tr>
      <td>
      <div>funai-api<br><code class="quiet">sg-0f0a1b2c3d4e50091</code></div>
      <div>funai-deploy<br><code class="quiet">sg-0f0a1b2c3d4e50100</code></div></td>
      <td><code>eni-1</code><br>10.0.0.1 <span class="quiet">and 1 more</span></td>
      <td>
      <div><b>public</b> <code>tcp 443</code></div></td></tr>
      </tbody></table></div>
      <details><summary>What only known networks reach: 1</summary>
      <div class="scroll" role="region" aria-label="Groups worn together, Interfaces, From where, on which ports" tabindex="0">
      <table class="rows">
      <thead>
      <tr>
      <th scope="col">Groups worn together</th>
      <th scope="col">Interfaces</th>
      <th scope="col">From where, on which ports</th></tr></thead>
      <tbody>
      <tr>
      <td>
      <div>funai-deploy<br><code class="quiet">sg-0f0a1b2c3d4e50100</code></div></td>
      <td><code>eni-4</code><br>10.0.0.4 · 10.0.0.5</td>
      <td>
      <div><b>office</b> <code>tcp 22</code></div></td></tr>
      </tbody></table></div></details>"
    `);
    const known = auditReport({ findings: [], interfaces, reaches: reaches.slice(0, 1) });
    expect(sectionOf({ report: known }, "exposure")).not.toContain("What the world reaches");
    const worlds = auditReport({ findings: [], interfaces, reaches: reaches.slice(1) });
    expect(sectionOf({ report: worlds }, "exposure")).not.toContain("<details>");
  });
});

describe("the groups", () => {
  it("are listed with what was found on each and what wears it", () => {
    const report = auditReport({
      findings: [auditFinding(), auditFinding({ rule: "ingress all from ::/0" })],
      audited: [
        ...auditReport().audited.slice(0, 2),
        { id: OTHER, name: "default", parts: [], rules: 2, interfaces: 0 },
        { id: "sg-0b", name: "both", parts: ["web", "db"], rules: 1, interfaces: 3 },
      ],
      interfaces: [
        ...auditReport().interfaces,
        {
          ...{ id: "eni-2", groups: [DEPLOY, "sg-0c"], addresses: ["10.0.0.1", "10.0.0.2"] },
          ...{ instance: "i-0a", description: "" },
        },
      ],
    });
    expect(sectionOf({ report }, "groups")).toMatchInlineSnapshot(`
      "<div class="scroll" role="region" aria-label="Group, Part, Mode, Rules, Found, Interfaces" tabindex="0">
      <table class="rows">
      <thead>
      <tr>
      <th scope="col">Group</th>
      <th scope="col">Part</th>
      <th scope="col">Mode</th>
      <th scope="col">Rules</th>
      <th scope="col">Found</th>
      <th scope="col">Interfaces</th></tr></thead>
      <tbody>
      <tr>
      <td>funai-deploy<br><code class="quiet">sg-0f0a1b2c3d4e50100</code> <span class="quiet">vpc-0f0a1b2c3d4e5f607</span></td>
      <td>deploy</td>
      <td>enforce</td>
      <td class="number">4</td>
      <td class="number">2</td>
      <td>
      <details><summary>2</summary>
      <ul class="plain">
      <li><code>eni-0f0a1b2c3d4e50100</code> 172.21.138.100 · public 203.0.113.10 <span class="quiet">funai-deploy</span></li>
      <li><code>eni-2</code> 10.0.0.1 · 10.0.0.2 · i-0a <span class="quiet"></span> <span class="tag">2 groups</span></li></ul></details></td></tr>
      <tr>
      <td>funai-api<br><code class="quiet">sg-0f0a1b2c3d4e50091</code> <span class="quiet"></span></td>
      <td>api</td>
      <td>enforce</td>
      <td class="number">6</td>
      <td class="number">–</td>
      <td>1</td></tr>
      <tr>
      <td>default<br><code class="quiet">sg-0aaaaaaaaaaaaaaa1</code> <span class="quiet"></span></td>
      <td><span class="tag">unmanaged</span></td>
      <td>–</td>
      <td class="number">2</td>
      <td class="number">–</td>
      <td><span class="tag">nothing carries it</span></td></tr>
      <tr>
      <td>both<br><code class="quiet">sg-0b</code> <span class="quiet"></span></td>
      <td>web + db</td>
      <td>–</td>
      <td class="number">1</td>
      <td class="number">–</td>
      <td>3</td></tr>
      </tbody></table></div>"
    `);
  });

  it("that were not looked at are none", () => {
    const report = auditReport({ audited: [] });
    expect(sectionOf({ report }, "groups")).toBe('<p class="empty">No group was looked at.</p>');
  });
});

describe("the matrix", () => {
  const report = auditReport({ findings: [] });
  const [flow, withPurpose] = seeded.flows;
  const [forbid] = seeded.forbids;
  if (!flow || !withPurpose || !forbid) throw new Error("the seeded matrix has flows and a forbid");

  it("has its flows with what they are for, what they do and where they stand", () => {
    const { source: _, ...placeless } = flow;
    const document = { ...seeded, flows: [flow, withPurpose, placeless] };
    expect(sectionOf({ report, document }, "flows")).toMatchInlineSnapshot(`
      "<ul class="items">
      <li id="flow-0">
      <p class="head"><span class="kind">Flow</span> <code>public to web tcp 80, tcp 443</code> <span class="tag">required</span></p>
      <p class="quiet">permitted, and restored when it is missing · seeded.yaml:9</p></li>
      <li id="flow-1">
      <p class="head"><span class="kind">Flow</span> <code>web to db tcp 5432</code> <span class="tag">required</span></p>
      <p>orders</p>
      <p class="quiet">permitted, and restored when it is missing · seeded.yaml:10</p></li>
      <li id="flow-2">
      <p class="head"><span class="kind">Flow</span> <code>public to web tcp 80, tcp 443</code> <span class="tag">required</span></p>
      <p class="quiet">permitted, and restored when it is missing</p></li>
      </ul>"
    `);
  });

  it("has its forbids with their reasons", () => {
    const { reason: _, source: __, ...bare } = forbid;
    const document = { ...seeded, forbids: [forbid, bare] };
    expect(sectionOf({ report, document }, "forbids")).toMatchInlineSnapshot(`
      "<ul class="items">
      <li id="forbid-0">
      <p class="head"><span class="kind">Forbid</span> <code>public to db all</code></p>
      <p>internal</p>
      <p class="quiet">seeded.yaml:15</p></li>
      <li id="forbid-1">
      <p class="head"><span class="kind">Forbid</span> <code>public to db all</code></p>
      <p>no flow and no exception may open it</p>
      <p class="quiet"></p></li>
      </ul>"
    `);
  });

  it("without flows and forbids has no such lists", () => {
    const document = { ...seeded, flows: [], forbids: [] };
    expect(sectionOf({ report, document }, "flows")).toBe("");
    expect(sectionOf({ report, document }, "forbids")).toBe("");
  });
});

it("the exceptions are listed with what they open, why, from when to when and where", () => {
  const start = Date.parse("2026-11-28T07:00:00Z");
  const exceptions = [
    {
      ...{ id: "x-1", state: "active", start, end: start + 3_600_000, open: true },
      ...{ groups: ["sg-0f", "sg-0e"], reason: "a report" },
      flow: {
        from: [{ kind: "network" as const, name: "office" }],
        to: [{ kind: "entry" as const, name: "db" }],
        ports: [{ protocol: "tcp" as const, from: 5432, to: 5432 }],
      },
    },
    {
      ...{ id: "x-2", state: "approved", start: Number.NaN, end: Number.NaN, open: false },
      ...{ groups: ["sg-0f"], rule: "ingress tcp 22 from 10.0.0.1/32" },
    },
  ];
  const input = { report: auditReport({ findings: [] }), exceptions };
  expect(sectionOf(input, "exceptions")).toMatchInlineSnapshot(`
    "<ul class="items">
    <li id="exception-0">
    <p class="head"><span class="kind">Exception</span> <code>office to db tcp 5432</code> <span class="tag">active</span></p>
    <p>a report</p>
    <p class="quiet">2026-11-28 07:00:00 UTC to 2026-11-28 08:00:00 UTC · x-1 · sg-0f sg-0e</p></li>
    <li id="exception-1">
    <p class="head"><span class="kind">Exception</span> <code>ingress tcp 22 from 10.0.0.1/32</code> <span class="tag">approved</span></p>
    <p></p>
    <p class="quiet"> to  · x-2 · sg-0f</p></li>
    </ul>"
  `);
});
