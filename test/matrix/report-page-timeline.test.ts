// The last thirty days of reverts on the page: a bar a day, a row a finding.
import { describe, expect, it } from "vitest";
import type { Finding } from "../../matrix/finding.ts";
import { findingOf, without } from "../support/findings.ts";
import { sectionOf } from "../support/page-lines.ts";
import { auditReport } from "../support/reports.ts";

const report = auditReport({ findings: [], endedAt: "2026-11-28T07:00:00.000Z" });
const seen = (seenAt: string, given: Partial<Finding> = {}) =>
  findingOf({ id: "f-1", seenAt, ...given });
const shown = (findings: readonly Finding[]) => sectionOf({ report, findings }, "timeline");

const trigger = { kind: "exception", id: "x-1-start", event: "start" };

describe("the bars", () => {
  const findings = [
    seen("2026-11-28T01:00:00Z"),
    seen("2026-11-28T02:00:00Z", { outcome: "narrowed" }),
    seen("2026-11-28T03:00:00Z", { outcome: "could-not-close" }),
    seen("2026-11-10T00:00:00Z", { outcome: "left-open" }),
    ...Array.from({ length: 50 }, () => seen("2026-11-20T12:00:00Z")),
    seen("2026-10-29T23:59:59Z"),
    seen("2026-11-29T00:00:00Z"),
  ];

  it("are as high as there were findings that day, what stands open on top", () => {
    const days = shown(findings).match(/<g>.*?<\/g>/gs) ?? [];
    expect(days).toHaveLength(30);
    const busy = days.filter(day => !day.includes(": 0 closed or restored, 0 open"));
    expect(busy.join("\n")).toMatchInlineSnapshot(`
      "<g><title>2026-11-10: 0 closed or restored, 1 open</title>
      <rect class="base" x="220" y="72" width="14" height="1"/>
      <rect class="done" x="220" y="72" width="14" height="0"/>
      <rect class="open" x="220" y="69" width="14" height="3"/></g>
      <g><title>2026-11-20: 50 closed or restored, 0 open</title>
      <rect class="base" x="420" y="72" width="14" height="1"/>
      <rect class="done" x="420" y="0" width="14" height="72"/>
      <rect class="open" x="420" y="0" width="14" height="0"/></g>
      <g><title>2026-11-28: 2 closed or restored, 1 open</title>
      <rect class="base" x="580" y="72" width="14" height="1"/>
      <rect class="done" x="580" y="69" width="14" height="3"/>
      <rect class="open" x="580" y="66" width="14" height="3"/></g>"
    `);
  });

  it("begin thirty days before the audit and end with its day", () => {
    const [before = "", ...days] = shown(findings).split("<g>");
    expect(before).toMatchInlineSnapshot(`
      "<svg class="bars" viewBox="0 -72 600 164" role="img" aria-label="Reverts of each day, 54 in 30 days">
      "
    `);
    expect(days[0]).toMatchInlineSnapshot(`
      "<title>2026-10-30: 0 closed or restored, 0 open</title>
      <rect class="base" x="0" y="72" width="14" height="1"/>
      <rect class="done" x="0" y="72" width="14" height="0"/>
      <rect class="open" x="0" y="72" width="14" height="0"/></g>
      "
    `);
    expect(days.at(-1)?.split("</g>")[1]?.split("<ul")[0]).toMatchInlineSnapshot(`
      "
      <text x="0" y="88">10-30</text>
      <text class="end" x="594" y="88">11-28</text></svg>
      "
    `);
  });
});

describe("the rows", () => {
  it("have the newest first, and say when, what, which, where and who", () => {
    const rows = shown([
      seen("2026-11-27T01:00:00Z", { outcome: "left-open", parts: ["deploy", "api"] }),
      without(seen("2026-11-28T02:00:00Z", { parts: [] }), "actor"),
      seen("2026-11-27T12:00:00Z", { group: { id: "sg-0b", name: "" } }),
      seen("2026-11-28T02:00:00Z", { id: "f-2", kind: "missing", outcome: "reported" }),
    ]);
    expect(rows.slice(rows.indexOf("<ul"))).toMatchInlineSnapshot(`
      "<ul class="legend">
      <li><span class="dot done"></span>closed, narrowed or restored</li>
      <li><span class="dot open"></span>left open, or could not be closed</li></ul>
      <div class="scroll" role="region" aria-label="When, Outcome, Rule, Group, By" tabindex="0">
      <table class="rows">
      <thead>
      <tr>
      <th scope="col">When</th>
      <th scope="col">Outcome</th>
      <th scope="col">Rule</th>
      <th scope="col">Group</th>
      <th scope="col">By</th></tr></thead>
      <tbody>
      <tr>
      <td class="time">2026-11-28 02:00:00 UTC</td>
      <td><span class="outcome done">CLOSED</span></td>
      <td><code>ingress tcp 22 from 0.0.0.0/0</code><br><span class="quiet">f-1</span></td>
      <td>funai-deploy<br><code class="quiet">sg-0a1b2c3d</code></td>
      <td>maker unknown</td></tr>
      <tr>
      <td class="time">2026-11-28 02:00:00 UTC</td>
      <td><span class="outcome open">NOT RESTORED</span></td>
      <td><code>ingress tcp 22 from 0.0.0.0/0</code><br><span class="quiet">f-2</span></td>
      <td>deploy · funai-deploy<br><code class="quiet">sg-0a1b2c3d</code></td>
      <td>bob</td></tr>
      <tr>
      <td class="time">2026-11-27 12:00:00 UTC</td>
      <td><span class="outcome done">CLOSED</span></td>
      <td><code>ingress tcp 22 from 0.0.0.0/0</code><br><span class="quiet">f-1</span></td>
      <td>deploy<br><code class="quiet">sg-0b</code></td>
      <td>bob</td></tr>
      <tr>
      <td class="time">2026-11-27 01:00:00 UTC</td>
      <td><span class="outcome open">LEFT OPEN</span></td>
      <td><code>ingress tcp 22 from 0.0.0.0/0</code><br><span class="quiet">f-1</span></td>
      <td>deploy + api · funai-deploy<br><code class="quiet">sg-0a1b2c3d</code></td>
      <td>bob</td></tr>
      </tbody></table></div>"
    `);
  });

  it.each<[string, Partial<Finding>, string]>([
    ["LEFT OPEN", { outcome: "left-open" }, "open"],
    ["COULD NOT CLOSE", { outcome: "could-not-close" }, "open"],
    ["COULD NOT RESTORE", { kind: "missing", outcome: "could-not-restore" }, "open"],
    ["NOT RESTORED", { kind: "missing", outcome: "reported" }, "open"],
    ["ROLE MISUSED", { kind: "impostor" }, "open"],
    ["EXPOSED", { kind: "exposure", outcome: "reported" }, "open"],
    ["EXPOSURE ENDED", { kind: "exposure", outcome: "gone" }, "done"],
    ["EXCEPTION NOT OPENED", { kind: "missing", outcome: "reported", trigger }, "open"],
    ["EXCEPTION OPENED", { kind: "missing", outcome: "restored", trigger }, "done"],
    ["NARROWED", { outcome: "narrowed" }, "done"],
    ["PERMITTED", { outcome: "permitted" }, "done"],
  ])("say whether it stands: %s", (word, given, stands) => {
    const text = shown([seen("2026-11-27T01:00:00Z", given)]);
    expect(text).toContain(`<span class="outcome ${stands}">${word}</span>`);
  });

  const many = (count: number) =>
    shown(Array.from({ length: count }, (_, n) => seen("2026-11-27T01:00:00Z", { id: `f-${n}` })));

  it.each([
    [12, 12, undefined, undefined],
    [13, 13, "1 before", undefined],
    [200, 200, "188 before", undefined],
    [203, 200, "188 before", "3 more are older"],
  ])("of %i findings are %i, %s by a click, %s", (count, rows, before, older) => {
    const text = many(count);
    expect(text.match(/class="outcome done"/g)).toHaveLength(rows);
    expect(/<summary>([^<]*)/.exec(text)?.[1]).toBe(before);
    expect(/<p class="quiet">([^<]*)/.exec(text)?.[1]).toBe(older);
    const [open = ""] = text.split("<details>");
    expect(open.match(/class="outcome done"/g)).toHaveLength(12);
    expect(text.match(/>f-11</g)).toHaveLength(1);
  });

  it("are none where nothing happened", () => {
    expect(shown([seen("2026-10-29T23:59:59Z")])).toBe(
      '<p class="empty">Nothing was reverted in the last 30 days.</p>',
    );
    expect(sectionOf({ report }, "timeline")).toBe("");
  });
});
