// What is said of flows that are refused: where, why and what to write instead.
import { expect, test } from "vitest";
import { refusalsOf } from "../support/parsing.ts";

// Each text stands on lines 3 and after.
const base = "matrix: m\ngroups: { api: { name: api }, db: { name: db } }\n";

/** A text and what is said of it, all of it. */
const ROWS: readonly (readonly [text: string, ...lines: string[]])[] = [
  [
    "from: apii, to: db, ports: all",
    "matrix.peer.unknown 0.yaml:3:17: `apii` is no group and no network of this matrix (did you mean api?)",
  ],
  [
    "from: constructor, to: db, ports: all",
    "matrix.peer.unknown 0.yaml:3:17: `constructor` is no group and no network of this matrix (one of api, db, public, private)",
  ],
  [
    'from: "api, db", to: db, ports: all',
    "matrix.peer.unknown 0.yaml:3:17: `api, db` is no name (write a list: [api, db])",
  ],
  [
    "from: others, to: db, ports: all",
    "matrix.peer.others 0.yaml:3:17: `others` cannot be a peer (name the groups, or a network)",
  ],
  [
    "from: 3, to: db, ports: all",
    'matrix.type 0.yaml:3:17: `from` must be text, not the number `3` (quote it: "3")',
  ],
  [
    "from: [], to: db, ports: all",
    "matrix.empty 0.yaml:3:17: the list is empty (name at least one)",
  ],
  [
    "from: , to: db, ports: all",
    "matrix.type 0.yaml:3:17: `from` must be text, not empty (an unquoted comma ends a value inside { }: quote the text, or write a list in [ ])",
  ],
  [
    "from: public, to: 10.0.0.0/8, ports: all",
    "matrix.flow.no-group 0.yaml:3:9: neither side of this flow is a group, so no rule follows from it (name a group of the matrix in from or to)",
  ],
  [
    "from: api, to: db",
    "matrix.missing-key 0.yaml:3:9: `ports` is missing (add ports, such as `ports: tcp 443`)",
  ],
  [
    "from: api, to: db, ports: 443",
    "matrix.type 0.yaml:3:37: `ports` must be text, not the number `443` (name the protocol: tcp 443 or udp 443)",
  ],
  [
    "from: api, to: db, ports: [443]",
    "matrix.type 0.yaml:3:38: an item of `ports` must be text, not the number `443` (name the protocol: tcp 443 or udp 443)",
  ],
  [
    "from: api, to: db, ports: 22:22",
    "matrix.ports.colon 0.yaml:3:37: 22:22 is one port (write tcp 22)",
  ],
  [
    "from: api, to: db, ports: 80/443",
    "matrix.ports.slash 0.yaml:3:37: 80/443 can be read as two ports or as a range (write tcp 80 443 for the two ports, tcp 80-443 for the range)",
  ],
  [
    "from: api, to: db, ports: [tcp 1, tcp 9-8]",
    "matrix.ports.reversed 0.yaml:3:45: tcp 9-8 is reversed (write tcp 8-9)",
  ],
  [
    "from: api, to: db, ports: all, need: maybe",
    "matrix.unknown-need 0.yaml:3:48: `maybe` is no need (one of required, allowed, on-demand, advised)",
  ],
  [
    "from: api, to: db, ports: all, sides: in",
    "matrix.unknown-sides 0.yaml:3:49: `in` is no sides (one of both, ingress, egress)",
  ],
  [
    "from: api, to: db, ports: all, probe: health",
    "matrix.probe 0.yaml:3:49: `health` is no path to ask for (write it like /internal/health)",
  ],
  [
    "from: api, to: db, ports: all, purpose: 3",
    'matrix.type 0.yaml:3:51: `purpose` must be text, not the number `3` (quote it: "3")',
  ],
  [
    "from: api, to: db, ports: all, port: 3",
    "matrix.unknown-key 0.yaml:3:42: unknown key `port` (did you mean ports?)",
  ],
  [
    "from: api, to: db, ports: all, within: 3",
    "matrix.unknown-key 0.yaml:3:42: unknown key `within` (one of from, to, ports, need, sides, purpose, probe)",
  ],
  [
    "from: api, to: db, ports: tcp 80,443,8000-8100",
    'matrix.unquoted-comma 0.yaml:3:44: unknown keys `443`, `8000-8100`, without a value (usually an unquoted comma: write ports: "tcp 80,443,8000-8100")',
  ],
  [
    "from: api, to: db, ports: all, purpose: claim, heartbeat, report",
    'matrix.unquoted-comma 0.yaml:3:58: unknown keys `heartbeat`, `report`, without a value (usually an unquoted comma: write purpose: "claim, heartbeat, report")',
  ],
  [
    "from: api, db, to: db, ports: all",
    "matrix.unquoted-comma 0.yaml:3:22: unknown key `db`, without a value (usually an unquoted comma: write from: [api, db])",
  ],
  [
    "from: '', to: db, ports: all",
    "matrix.empty 0.yaml:3:17: the text is empty (name at least one)",
  ],
  [
    "from: [3, 10.0.0.0/8], to: 10.0.0.0/8, ports: all",
    'matrix.type 0.yaml:3:18: an item of `from` must be text, not the number `3` (quote it: "3")',
  ],
  [
    "from: [api, 3], to: db, ports: all",
    'matrix.type 0.yaml:3:23: an item of `from` must be text, not the number `3` (quote it: "3")',
  ],
  [
    "from: 10.0.0.1/8, to: 10.0.0.0/8, ports: all",
    "matrix.cidr.host-bits 0.yaml:3:17: `10.0.0.1/8` has bits set beyond its prefix (write 10.0.0.0/8, or 10.0.0.1/32 for the address alone)",
  ],
  [
    "from: { list: pl-0a1b2c3d, within: [10.0.0.0/8] }, to: 10.0.0.0/8, ports: all",
    "matrix.flow.no-group 0.yaml:3:9: neither side of this flow is a group, so no rule follows from it (name a group of the matrix in from or to)",
  ],
  [
    "from: [], to: 10.0.0.0/8, ports: all",
    "matrix.empty 0.yaml:3:17: the list is empty (name at least one)",
  ],
  [
    "to: 10.0.0.0/8, ports: all",
    "matrix.missing-key 0.yaml:3:9: `from` is missing (add from, such as `from: api`)",
  ],
  [
    "from: 10.0.0.0/8, ports: all",
    "matrix.missing-key 0.yaml:3:9: `to` is missing (add to, such as `to: deploy`)",
  ],
  [
    "from: 10.0.0.0/8, to: 3, ports: all",
    'matrix.type 0.yaml:3:33: `to` must be text, not the number `3` (quote it: "3")',
  ],
  [
    "from: api, to: db, ports: all, probe: x/health",
    "matrix.probe 0.yaml:3:49: `x/health` is no path to ask for (write it like /internal/health)",
  ],
  [
    "from: api, to: db, ports: all, probe: /a b",
    "matrix.probe 0.yaml:3:49: `/a b` is no path to ask for (write it like /internal/health)",
  ],
  [
    'from: "api,  db ", to: db, ports: all',
    "matrix.peer.unknown 0.yaml:3:17: `api,  db ` is no name (write a list: [api, db])",
  ],
  [
    'from: " api", to: db, ports: all',
    "matrix.peer.unknown 0.yaml:3:17: ` api` is no group and no network of this matrix (did you mean api?)",
  ],
  [
    "from: api, to: db, ports: []",
    "matrix.empty 0.yaml:3:37: the list is empty (name at least one)",
  ],
  [
    'from: api, to: db, ports: ""',
    "matrix.ports.empty 0.yaml:3:37: the text is empty (write for example tcp 80 443 8000-8100)",
  ],
  [
    "from: api, to: db, ports: [tcp 80, '443']",
    "matrix.ports.protocol 0.yaml:3:46: 443 has no protocol (name the protocol: tcp 443 or udp 443)",
  ],
  [
    "from: api, to: db, ports: { tcp: 80 }",
    "matrix.type 0.yaml:3:37: `tcp` is read as a map (quote text that holds a colon, such as an IPv6 address)",
  ],
  [
    "from: api, to: db, ports: [[tcp 80]]",
    "matrix.type 0.yaml:3:38: an item of `ports` must be text, not a list (give one value)",
  ],
  [
    "from: true, to: db, ports: all",
    'matrix.type 0.yaml:3:17: `from` must be text, not the truth value `true` (quote it: "true")',
  ],
  [
    "from: [[api]], to: db, ports: all",
    "matrix.type 0.yaml:3:18: an item of `from` must be text, not a list (give one value)",
  ],
  [
    "from: { lst: api }, to: db, ports: all",
    "matrix.type 0.yaml:3:17: `lst` is read as a map (quote text that holds a colon, such as an IPv6 address)",
  ],
  [
    "from: { within: [10.0.0.0/8] }, to: db, ports: all",
    "matrix.missing-key 0.yaml:3:17: `list` is missing (add the list, such as `list: pl-0fedcba9876543210`)",
  ],
  [
    "from: { list: pl-0a1b2c3d, within: [10.0.0.0/8], most: 1 }, to: db, ports: all",
    "matrix.unknown-key 0.yaml:3:60: unknown key `most` (one of list, within)",
  ],
  [
    "from: { list: pl-0a1b2c3d }, to: db, ports: all",
    "matrix.missing-key 0.yaml:3:17: `within` is missing (add the blocks, such as `within: [203.0.113.0/24]`, or write the list's id alone)",
  ],
  [
    "from: [{ list: pl-0a1b2c3d, within: [10.0.0.1/8] }], to: db, ports: all",
    "matrix.cidr.host-bits 0.yaml:3:48: `10.0.0.1/8` has bits set beyond its prefix (write 10.0.0.0/8, or 10.0.0.1/32 for the address alone)",
  ],
  [
    "from: api, to: db, ports: all, need: ",
    "matrix.type 0.yaml:3:49: `need` must be text, not empty (one of required, allowed, on-demand, advised)",
  ],
  [
    "from: api, to: db, ports: all, need: [all]",
    "matrix.type 0.yaml:3:48: `need` must be text, not a list (one of required, allowed, on-demand, advised)",
  ],
  [
    "from: api, to: db, ports: all, purpose: ''",
    "matrix.empty 0.yaml:3:51: the text is empty (name at least one)",
  ],
  [
    "from: api, to: db, ports: all, purpose: { a: b }",
    "matrix.type 0.yaml:3:51: `purpose` must be text, not a map (quote text that holds a colon, such as an IPv6 address)",
  ],
  [
    "from: api, to: db, ports: all, purpose: [a]",
    "matrix.type 0.yaml:3:51: `purpose` must be text, not a list (give one value)",
  ],
  [
    "from: api, to: db, ports: all, port",
    'matrix.unquoted-comma 0.yaml:3:42: unknown key `port`, without a value (usually an unquoted comma: write ports: "all,port")',
  ],
  [
    "port, from: api, to: db, ports: all",
    "matrix.unknown-key 0.yaml:3:11: unknown key `port` (did you mean ports?)",
  ],
  [
    "from: api, to: db, ports: all, x: 1, y",
    "matrix.unknown-key 0.yaml:3:42: unknown key `x` (one of from, to, ports, need, sides, purpose, probe)",
    'matrix.unquoted-comma 0.yaml:3:48: unknown key `y`, without a value (usually an unquoted comma: write x: "1, y")',
  ],
  [
    "from: api, to: db, ports: all, x: ~",
    "matrix.unknown-key 0.yaml:3:42: unknown key `x` (one of from, to, ports, need, sides, purpose, probe)",
  ],
  [
    "from: api, to: db, ports: all, x: ''",
    "matrix.unknown-key 0.yaml:3:42: unknown key `x` (one of from, to, ports, need, sides, purpose, probe)",
  ],
  [
    "from: [api], db, to: db, ports: all",
    'matrix.unquoted-comma 0.yaml:3:24: unknown key `db`, without a value (usually an unquoted comma: write from: "…" with quotes around the whole text)',
  ],
  [
    "from: api, to: db, ports: [tcp 80], 443",
    'matrix.unquoted-comma 0.yaml:3:47: unknown key `443`, without a value (usually an unquoted comma: write ports: "…" with quotes around the whole text)',
  ],
  [
    "from: api, to: db, d, ports: all, e, f",
    "matrix.unquoted-comma 0.yaml:3:30: unknown key `d`, without a value (usually an unquoted comma: write to: [db, d])",
    'matrix.unquoted-comma 0.yaml:3:45: unknown keys `e`, `f`, without a value (usually an unquoted comma: write ports: "all,e,f")',
  ],
  [
    "from: api, to: db, ports: all, need: , x: 1",
    "matrix.type 0.yaml:3:48: `need` must be text, not empty (one of required, allowed, on-demand, advised)",
    "matrix.unknown-key 0.yaml:3:50: unknown key `x` (one of from, to, ports, need, sides, purpose, probe)",
  ],
  [
    "from: api, to: db, ports: all, probe: 3",
    'matrix.type 0.yaml:3:49: `probe` must be text, not the number `3` (quote it: "3")',
  ],
];

test.each(ROWS)("refuses the flow %s", (text, ...lines) => {
  expect(refusalsOf(`${base}flows: [{ ${text} }]`)).toEqual(lines);
});

test("takes a key without a value for what it is where no comma can have cut a text", () => {
  const text = `${base}flows:\n  - from: api\n    to: db\n    ports: all\n    port:\n`;
  expect(refusalsOf(text)).toEqual([
    "matrix.unknown-key 0.yaml:7:5: unknown key `port` (did you mean ports?)",
  ]);
});

test("names the entry that the id of a flow belongs to", () => {
  const ids = "[pl-0a1b2c3d, sg-0a1b2c3e, sg-0a1b2c3d]";
  const text = `matrix: m\ngroups: { db: { id: sg-0a1b2c3d } }\nflows: [{ from: ${ids}, to: public, ports: all }]`;
  expect(refusalsOf(text)).toEqual([
    "matrix.flow.no-group 0.yaml:3:9: neither side of this flow is a group, so no rule follows from it (write db for sg-0a1b2c3d)",
  ]);
});

test("does not offer the groups left over as a peer", () => {
  const text =
    "matrix: m\ngroups: { api: { name: api }, others: {} }\nflows: [{ from: other, to: api, ports: all }]";
  expect(refusalsOf(text)).toEqual([
    "matrix.peer.unknown 0.yaml:3:17: `other` is no group and no network of this matrix (one of api, public, private)",
  ]);
});
