// Rules as flows: what is gathered on one line, what stays apart, and which side a flow says.
import { describe, expect, it } from "vitest";
import type { SecurityGroup } from "../../matrix/group.ts";
import { group, ids, imported, lawful, sectionOf, VPC } from "../support/imported.ts";

const LIST = "pl-0123456789abcdef0";
const A = "10.0.0.12/32";
const TEN = "10.0.0.0/8";

/** Rules beside which nobody wrote anything. */
const plain = (...texts: readonly string[]) => Object.fromEntries(texts.map(text => [text, ""]));
const flowsOf = (...groups: SecurityGroup[]) => sectionOf(imported(...groups), "flows");
const groupsOf = (...groups: SecurityGroup[]) => sectionOf(imported(...groups), "groups");

describe("the flows of an import", () => {
  it("keep apart blocks, everybody, groups and lists on the same ports", () => {
    const peers = [A, "0.0.0.0/0", "::/0", ids.db, ids.api, LIST, `${ids.db}@222233334444`, TEN];
    const web = group("web", plain(...peers.map(peer => `ingress tcp 443 from ${peer}`)));
    expect(flowsOf(web, group("db", {}), group("api", {}))).toEqual([
      "- { from: web-web-clients, to: web, ports: tcp 443, need: allowed }",
      '- { from: [0.0.0.0/0, "::/0"], to: web, ports: tcp 443, need: allowed }',
      "- { from: [db, api], to: web, ports: tcp 443, need: allowed, sides: ingress }",
      `- { from: [${LIST}, "${ids.db}@222233334444"], to: web, ports: tcp 443, need: allowed }`,
    ]);
  });

  it("go to the blocks, everybody, groups and lists that rules let out to", () => {
    const peers = [A, ids.db, LIST, "0.0.0.0/0"];
    const web = group("web", plain(...peers.map(peer => `egress tcp 443 to ${peer}`)));
    expect(flowsOf(web, group("db", {}))).toEqual([
      "- { from: web, to: 10.0.0.12, ports: tcp 443, need: allowed }",
      "- { from: web, to: db, ports: tcp 443, need: allowed, sides: egress }",
      `- { from: web, to: ${LIST}, ports: tcp 443, need: allowed }`,
      "- { from: web, to: 0.0.0.0/0, ports: tcp 443, need: allowed }",
    ]);
  });

  it("say the ports of one protocol together and in order, a whole protocol by itself", () => {
    const ports = ["icmp all", "icmp 8/0", "icmp 0/0", "tcp 443", "tcp 80-90", "tcp 80"];
    const more = ["tcp 0-65535", "udp 0-65535", "udp 0-10", "udp 9-65535", "proto 47"];
    const web = plain(...[...ports, ...more].map(one => `ingress ${one} from ${TEN}`));
    const said = "icmp, icmp 0/0 8/0, tcp, tcp 80 80-90 443, udp, udp 0-10 9-65535, proto 47";
    expect(flowsOf(group("web", web))).toEqual([
      `- { from: 10.0.0.0/8, to: web, ports: [${said}], need: allowed }`,
    ]);
    const only = (...rules: readonly string[]) => flowsOf(group("web", plain(...rules)));
    expect(only(`ingress all from ${TEN}`)).toEqual([
      "- { from: 10.0.0.0/8, to: web, ports: all, need: allowed }",
    ]);
    expect(only(`ingress icmp all from ${TEN}`, `ingress icmp 8/0 from ${TEN}`)).toEqual([
      "- { from: 10.0.0.0/8, to: web, ports: [icmp, icmp 8/0], need: allowed }",
    ]);
  });

  it("say icmp of IPv4, icmpv6 of IPv6 and both of lists; what is neither is left in observe", () => {
    const said = [`icmp all from ${TEN}`, "icmpv6 all from 2001:db8::/32"];
    const listed = [`icmp all from ${LIST}`, `icmpv6 all from ${LIST}`];
    const unsaid = ["icmp all from 2001:db8::/32", `icmpv6 all from ${TEN}`];
    const web = group("web", plain(...[...said, ...listed, ...unsaid].map(t => `ingress ${t}`)));
    expect(flowsOf(web)).toEqual([
      "- { from: 10.0.0.0/8, to: web, ports: icmp, need: allowed }",
      '- { from: "2001:db8::/32", to: web, ports: icmpv6, need: allowed }',
      `- { from: ${LIST}, to: web, ports: [icmp, icmpv6], need: allowed }`,
    ]);
    expect(groupsOf(web)).toEqual([
      "# no flow can say ingress icmp all from 2001:db8::/32: left in observe",
      `# no flow can say ingress icmpv6 all from ${TEN}: left in observe`,
      "web: { name: web, egress: listed, mode: observe }",
    ]);
  });

  it("between two groups say the side that only one of them has", () => {
    const web = (...more: readonly string[]) =>
      group("web", plain(`egress tcp 1 to ${ids.db}`, ...more));
    const db = group("db", plain(`ingress tcp 1 from ${ids.web}`, `ingress tcp 3 from ${ids.web}`));
    expect(flowsOf(web(`egress tcp 2 to ${ids.db}`), db)).toEqual([
      "- { from: web, to: db, ports: tcp 1, need: allowed }",
      "- { from: web, to: db, ports: tcp 3, need: allowed, sides: ingress }",
      "- { from: web, to: db, ports: tcp 2, need: allowed, sides: egress }",
    ]);
    expect(flowsOf(web("egress all to 0.0.0.0/0"), db)).toEqual([
      "- { from: web, to: db, ports: tcp 1 3, need: allowed }",
    ]);
  });

  it("have as their purpose the one thing that people wrote beside their rules", () => {
    const web = group("web", {
      [`egress tcp 1 to ${ids.db}`]: "orders",
      [`egress tcp 2 to ${ids.db}`]: "orders",
      [`egress tcp 3 to ${ids.api}`]: 'say "hi"\n# now',
      [`egress tcp 4 to ${TEN}`]: "one",
      [`egress tcp 5 to ${TEN}`]: "two",
    });
    const db = group("db", {
      [`ingress tcp 1 from ${ids.web}`]: "",
      [`ingress tcp 2 from ${ids.web}`]: "orders",
    });
    expect(flowsOf(web, db, group("api", {}))).toEqual([
      '- { from: web, to: db, ports: tcp 1 2, need: allowed, purpose: "orders" }',
      '- { from: web, to: api, ports: tcp 3, need: allowed, sides: egress, purpose: "say \\"hi\\"\\\\u{a}# now" }',
      "- { from: web, to: 10.0.0.0/8, ports: tcp 4 5, need: allowed }",
    ]);
  });
});

describe("an open egress", () => {
  const egressOf = (rules: readonly string[], ipv6: boolean, more: Partial<SecurityGroup> = {}) =>
    sectionOf(lawful([group("web", plain(...rules), more)], new Set(ipv6 ? [VPC] : [])), "groups");
  const open = "web: { name: web }";
  const listed = "web: { name: web, egress: listed }";
  const FOUR = "egress all to 0.0.0.0/0";
  const SIX = "egress all to ::/0";

  it.each([
    ["every address of a VPC without IPv6", [FOUR], false, open],
    ["every address of both families", [SIX, FOUR], true, open],
    ["IPv4 only, where there is IPv6", [FOUR], true, listed],
    ["IPv6 only", [SIX], false, listed],
    ["half of the addresses", ["egress all to 0.0.0.0/1"], false, listed],
    ["one protocol", ["egress tcp 0-65535 to 0.0.0.0/0"], false, listed],
    ["lists and groups", [`egress all to ${LIST}`], false, listed],
    ["nothing, while all is let in", ["ingress all from 0.0.0.0/0"], false, listed],
  ])("lets out %s", (_, rules, ipv6, line) => {
    expect(egressOf(rules, ipv6)).toEqual([line]);
  });
});
