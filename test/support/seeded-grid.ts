// A matrix whose picture is known beforehand: which cells it has is written here by hand.
import type { AuditFinding } from "../../matrix/audit/report.ts";
import type { MatrixDocument } from "../../matrix/document.ts";
import type { Exception } from "../../matrix/exception.ts";
import { parseMatrix } from "../../matrix/file/parse.ts";
import { auditFinding } from "./reports.ts";

export const seeded: MatrixDocument = parseMatrix([
  {
    name: "seeded.yaml",
    text: `matrix: seeded
mode: enforce
networks: { office: [203.0.113.0/24], 办公室: [198.51.100.0/24] }
groups:
  web: { name: web, members: [10.0.1.5], egress: listed }
  db:  { name: db,  members: [10.0.2.5] }
  ops: { name: ops, members: [10.0.3.5] }
flows:
  - { from: public, to: web, ports: tcp 80 443 }
  - { from: web, to: db, ports: tcp 5432, purpose: orders }
  - { from: office, to: ops, ports: tcp 22, need: allowed }
  - { from: 办公室, to: ops, ports: udp 500, need: on-demand }
  - { from: ops, to: [web, db], ports: [tcp 9100-9110, icmp], need: advised }
forbid:
  - { from: public, to: db, ports: all, reason: internal }
  - { from: public, to: web, ports: tcp 22, reason: no shells }
`,
  },
]);

export const seededFindings: readonly AuditFinding[] = [
  auditFinding({ id: "a-1", parts: ["db"], rule: "ingress tcp 3306 from 0.0.0.0/0" }),
  auditFinding({ id: "a-2", parts: ["db"], rule: "ingress tcp 22 from 10.0.3.5/32" }),
  auditFinding({ id: "a-3", parts: ["db"], rule: "ingress tcp 23 from 10.0.3.5/32" }),
  auditFinding({ id: "a-4", parts: ["web"], rule: "egress tcp 25 to 192.0.2.9/32" }),
  auditFinding({
    ...{ id: "a-5", kind: "missing", severity: "medium", parts: ["db"] },
    rule: "ingress tcp 5432 from 10.0.1.5/32",
  }),
  auditFinding({
    id: "a-6",
    parts: [],
    group: "sg-0f",
    rule: "ingress tcp 80 from 203.0.113.9/32",
  }),
  auditFinding({ id: "a-7", parts: ["ops"], rule: "ingress tcp 1 from ::/0", outcome: "closed" }),
];

export const seededExceptions: readonly Exception[] = [
  {
    ...{ id: "x-1", state: "active", start: 1_795_849_200_000, end: 1_795_856_400_000 },
    ...{ groups: ["sg-0f"], open: true, reason: "a report" },
    flow: {
      from: [{ kind: "network", name: "office" }],
      to: [{ kind: "entry", name: "db" }],
      ports: [{ protocol: "tcp", from: 5432, to: 5432 }],
    },
  },
];

/** Every cell that is not empty, as people read it: chips, then letters. */
export const seededCells: Readonly<Record<string, string>> = {
  "public > web": "80 443 F 22",
  "public > db": "D F",
  "office > ops": "22",
  "office > db": "X",
  "office > unmanaged": "D",
  "办公室 > ops": "udp 500o",
  "web > db": "5432 M",
  "web > other addresses": "D",
  "ops > web": "9100-9110a icmpa",
  "ops > db": "9100-9110a icmpa D2",
};
