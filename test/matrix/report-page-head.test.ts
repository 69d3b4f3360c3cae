// The head of the page: what was audited, how much was found, and the way to each section.
import { describe, expect, it } from "vitest";
import type { PageInput } from "../../matrix/audit/page/page.ts";
import { findingOf } from "../support/findings.ts";
import { linesOf, pageOf } from "../support/page-lines.ts";
import { API, auditFinding, auditReport } from "../support/reports.ts";
import { seeded, seededExceptions } from "../support/seeded-grid.ts";

const headOf = (input: PageInput) => /<header>.*<\/nav>/s.exec(linesOf(pageOf(input)))?.[0] ?? "";

it("the head says by which matrix, where, when, how long, how much and how bad", () => {
  const findings = [
    auditFinding({ severity: "critical", kind: "exposure", missed: true }),
    auditFinding({ held: true }),
    auditFinding({ rule: "ingress tcp 23 from ::/0", held: true }),
  ];
  const report = auditReport({ findings });
  const input = { report, document: seeded, exceptions: seededExceptions, findings: [findingOf()] };
  expect(headOf(input)).toMatchInlineSnapshot(`
    "<header>
    <p class="eyebrow">Portward audit</p>
    <div class="title">
    <h1>funai-studio</h1><span class="mode enforce">enforce</span><span class="quiet">version 12</span></div>
    <p class="meta"><span>account <b>111122223333</b></span><span><b>ap-southeast-1</b></span><span><time datetime="2026-11-28T07:00:02.000Z">2026-11-28 07:00:02 UTC</time>, took 2 s</span><span><b>6</b> groups</span><span><b>24</b> rules</span></p>
    <ul class="tiles" aria-label="Findings by severity">
    <li class="critical"><b>1</b> critical</li>
    <li class="high"><b>2</b> high</li>
    <li class="none"><b>0</b> medium</li>
    <li class="none"><b>0</b> low</li>
    <li class="no-event"><b>1</b> no event</li>
    <li class="held"><b>2</b> held</li></ul>
    </header>
    <nav aria-label="Sections">
    <ul>
    <li><a href="#matrix">Matrix</a></li>
    <li><a href="#found">Found <span class="count">3</span></a></li>
    <li><a href="#exposure">Exposure <span class="count">1</span></a></li>
    <li><a href="#timeline">Last 30 days</a></li>
    <li><a href="#groups">Groups <span class="count">3</span></a></li>
    <li><a href="#exceptions">Exceptions <span class="count">1</span></a></li>
    <li><a href="#flows">Flows <span class="count">5</span></a></li>
    <li><a href="#forbids">Forbids <span class="count">2</span></a></li></ul></nav>"
  `);
});

describe("the head", () => {
  it("of an audit without a matrix, an end and findings says so", () => {
    const { matrix: _, endedAt: __, ...bare } = auditReport({ findings: [], missed: 3 });
    expect(headOf({ report: bare })).toMatchInlineSnapshot(`
      "<header>
      <p class="eyebrow">Portward audit</p>
      <div class="title">
      <h1>No matrix</h1></div>
      <p class="meta"><span>account <b>111122223333</b></span><span><b>ap-southeast-1</b></span><span><time datetime="2026-11-28T07:00:00.000Z">2026-11-28 07:00:00 UTC</time></span><span><b>6</b> groups</span><span><b>24</b> rules</span></p>
      <ul class="tiles" aria-label="Findings by severity">
      <li class="none"><b>0</b> critical</li>
      <li class="none"><b>0</b> high</li>
      <li class="none"><b>0</b> medium</li>
      <li class="none"><b>0</b> low</li>
      <li class="no-event"><b>3</b> no event</li>
      <li class="none"><b>0</b> held</li></ul>
      </header>
      <nav aria-label="Sections">
      <ul>
      <li><a href="#found">Found <span class="count">0</span></a></li>
      <li><a href="#exposure">Exposure <span class="count">0</span></a></li>
      <li><a href="#groups">Groups <span class="count">3</span></a></li></ul></nav>"
    `);
  });

  it("has no time where the audit's is none", () => {
    const report = auditReport({ findings: [], startedAt: "noon", endedAt: "later" });
    expect(headOf({ report })).toContain('<time datetime="later"></time>');
  });
});

it("every section has its title as its heading, and the page the policy that shuts it in", () => {
  const report = auditReport({ findings: [] });
  const input = { report, document: seeded, exceptions: seededExceptions, findings: [findingOf()] };
  const titles = [
    ...pageOf(input).matchAll(
      /<section id="(\w+)" aria-labelledby="(\S+)"><h2 id="(\S+)">([^<]+)/g,
    ),
  ];
  expect(titles.map(([, ...words]) => words.join(" ")).join("\n")).toMatchInlineSnapshot(`
    "matrix matrix-title matrix-title Matrix
    found found-title found-title Found
    exposure exposure-title exposure-title Exposure
    timeline timeline-title timeline-title Last 30 days
    groups groups-title groups-title Groups
    exceptions exceptions-title exceptions-title Exceptions
    flows flows-title flows-title Flows
    forbids forbids-title forbids-title Forbids"
  `);
  expect(/Content-Security-Policy" content="([^"]*)"/.exec(pageOf(input))?.[1]).toBe(
    "default-src 'none'; img-src data:; style-src 'sha256-a hash'; script-src 'sha256-a hash'; " +
      "base-uri 'none'; form-action 'none'",
  );
});

it("the picture places groups by who is pinned to what", () => {
  const report = auditReport({
    findings: [auditFinding({ parts: ["db"], rule: `ingress tcp 22 from ${API}` })],
    audited: [],
  });
  const pins = { groups: { ops: [{ id: API, owner: "111122223333", name: "ops" }] }, lists: {} };
  expect(pageOf({ report, document: seeded, pins })).toContain(
    "ops to db: 9100-9110 advised, icmp advised, drift",
  );
  expect(pageOf({ report, document: seeded })).toContain(`${API} to db: drift`);
});
