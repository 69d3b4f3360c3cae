// A verdict's reason in one sentence, and the flow that comes nearest to a rule that nothing permits.
import { describe, expect, it } from "vitest";
import { because, ruleOfVerdict } from "../../matrix/because.ts";
import type { Exception } from "../../matrix/exception.ts";
import { formatBoxPeer, nearestFlow, nearestText } from "../../matrix/nearest.ts";
import { addresses } from "../../matrix/rules/box.ts";
import { everyAddress, parseCidr } from "../../matrix/rules/cidr.ts";
import { formatRule, parseRule } from "../../matrix/rules/rule.ts";
import { type JudgeOptions, judgeUnder, matrixOf } from "../support/judging.ts";

/** Each judged rule with its reason. */
function reasonsOf(matrix: string, rules: readonly string[], options: JudgeOptions = {}) {
  const { verdicts, policy } = judgeUnder(matrix, rules, options);
  return verdicts.map(one => [formatRule(ruleOfVerdict(one)), because(one, policy)]);
}

const office = "{ from: 203.0.113.0/24, to: web, ports: tcp 22 }";
const exception: Exception = {
  ...{ id: "x-1", state: "active", start: 0, end: 3_600_000, groups: ["sg-0000000a"], open: true },
  rule: "ingress tcp 25 from 10.0.0.1/32",
};

describe("the reason of a rule", () => {
  it("that is permitted names every flow that permits it", () => {
    const both = "{ from: 203.0.113.0/25, to: web, ports: tcp 22 }";
    expect(
      reasonsOf(matrixOf([office, both]), ["ingress tcp 22 from 203.0.113.0/26"])[0]?.[1],
    ).toMatch(/^permitted by 203\.0\.113\.0\/2[45] to web tcp 22/);
    expect(reasonsOf(matrixOf([office]), ["ingress tcp 22 from 203.0.113.0/24"])).toEqual([
      ["ingress tcp 22 from 203.0.113.0/24", "permitted by 203.0.113.0/24 to web tcp 22"],
    ]);
  });

  it("that the open egress permits says so", () => {
    expect(reasonsOf(matrixOf([], { egress: "open" }), ["egress all to 0.0.0.0/0"])).toEqual([
      ["egress all to 0.0.0.0/0", "permitted by the open egress of web"],
    ]);
  });

  it("that an exception permits says until when", () => {
    const text = "ingress tcp 25 from 10.0.0.1/32";
    expect(reasonsOf(matrixOf([]), [text], { exceptions: [exception] })).toEqual([
      [text, "permitted by exception x-1 until 1970-01-01T01:00:00.000Z"],
    ]);
  });

  it("that is required, and not there, names the flow or the exception", () => {
    const matrix = matrixOf([office], { egress: "listed" });
    expect(reasonsOf(matrix, [], { exceptions: [exception] })).toEqual([
      [
        "ingress tcp 22 from 203.0.113.0/24",
        "required by 203.0.113.0/24 to web tcp 22, and not open",
      ],
      [
        "ingress tcp 25 from 10.0.0.1/32",
        "required by exception x-1 until 1970-01-01T01:00:00.000Z, and not open",
      ],
    ]);
  });

  it("on ports that are only advised is that it is reported", () => {
    const advised = "{ from: 203.0.113.0/24, to: web, ports: tcp 80, need: advised }";
    const reasons = reasonsOf(matrixOf([advised]), [
      "ingress tcp 80 from 203.0.113.0/24",
      "ingress tcp 80 from 0.0.0.0/0",
    ]);
    expect(reasons[1]).toEqual([
      "ingress tcp 80 from 0.0.0.0/0",
      "on ports of an advised flow, touching no forbid: reported, not closed",
    ]);
  });

  it("by a list whose contents are not known is that", () => {
    const matrix = matrixOf(["{ from: 10.0.0.0/8, to: web, ports: tcp 22 }"]);
    const lists = { account: "111122223333", get: () => undefined, isPending: () => true };
    const text = "ingress tcp 22 from pl-0a1b2c3d";
    expect(reasonsOf(matrix, [text], { lists })[0]).toEqual([
      ...[text, "the contents of pl-0a1b2c3d are not known yet"],
    ]);
  });
});

describe("the reason of a drift", () => {
  const reason = (
    flows: readonly string[],
    rule: string,
    options: Parameters<typeof matrixOf>[1] = {},
  ) => reasonsOf(matrixOf(flows, { egress: "listed", ...options }), [rule])[0]?.[1];

  it.each<[string, string[], string, string]>([
    [
      "no flow at all",
      [],
      "ingress tcp 22 from 0.0.0.0/0",
      "nothing permits it; no flow concerns this group",
    ],
    [
      "another port",
      [office],
      "ingress tcp 23 from 203.0.113.0/24",
      "nothing permits it; nearest flow: 203.0.113.0/24 to web tcp 22; differs in port tcp 23, not tcp 22",
    ],
    [
      "another protocol and peer",
      [office],
      "ingress udp 22 from 10.0.0.1/32",
      "nothing permits it; nearest flow: 203.0.113.0/24 to web tcp 22; differs in protocol udp 22, not tcp 22 and peer 10.0.0.1/32, not 203.0.113.0/24",
    ],
    [
      "another direction",
      [office],
      "egress tcp 22 to 203.0.113.0/24",
      "nothing permits it; nearest flow: 203.0.113.0/24 to web tcp 22; differs in direction egress, not ingress",
    ],
    [
      "a part that is permitted",
      [office],
      "ingress tcp 22 from 0.0.0.0/0",
      "only a part of it is permitted: ingress tcp 22 from 203.0.113.0/24; nearest flow: 203.0.113.0/24 to web tcp 22; differs in peer 0.0.0.0/0, not 203.0.113.0/24",
    ],
    [
      "a flow that waits for an exception",
      ["{ from: 203.0.113.0/24, to: web, ports: tcp 22, need: on-demand }"],
      "ingress tcp 22 from 203.0.113.0/24",
      "nothing permits it; nearest flow: 203.0.113.0/24 to web tcp 22; differs in open on demand only, by an exception",
    ],
    [
      "everybody on another port",
      ["{ from: public, to: web, ports: tcp 443 }"],
      "ingress tcp 22 from 10.0.0.1/32",
      "nothing permits it; nearest flow: public to web tcp 443; differs in port tcp 22, not tcp 443",
    ],
    [
      "a group and a list",
      ["{ from: sg-0c1a1a1a, to: web, ports: tcp 22 }"],
      "ingress tcp 22 from pl-0a1b2c3d",
      "nothing permits it; nearest flow: sg-0c1a1a1a to web tcp 22; differs in peer pl-0a1b2c3d, not sg-0c1a1a1a",
    ],
  ])("beside %s", (_, flows, rule, text) => expect(reason(flows, rule)).toBe(text));

  it("names the forbids it breaks", () => {
    const forbid = [
      "{ from: public, to: web, ports: tcp 22, reason: no shells }",
      "{ from: 8.8.8.0/24, to: web, ports: all }",
    ];
    expect(reason([], "ingress tcp 22 from 8.8.8.8/32", { forbid })).toBe(
      "nothing permits it; it breaks the forbid public to web tcp 22 (no shells) and 8.8.8.0/24 to web all; no flow concerns this group",
    );
  });

  // Of two flows the nearer one is told, whichever stands first.
  it.each([
    [
      "the same port from elsewhere before the same peer elsewhere",
      "tcp 22-23",
      "10.9.0.0/16",
      "tcp 99",
      "10.0.0.0/24",
    ],
    [
      "ports that overlap before ports that do not",
      "tcp 20-22",
      "10.9.0.0/16",
      "tcp 99",
      "10.9.0.0/16",
    ],
    [
      "peers that overlap before peers that do not",
      "tcp 99",
      "10.0.0.0/25",
      "tcp 99",
      "10.9.0.0/16",
    ],
    ["the peer before none", "tcp 99", "10.0.0.0/8", "tcp 99", "10.9.0.0/16"],
    ["the protocol before the port", "tcp 99", "10.9.0.0/16", "udp 22", "10.0.0.0/24"],
  ])("names %s", (_, nearPorts, nearPeer, farPorts, farPeer) => {
    const near = `{ from: ${nearPeer}, to: web, ports: ${nearPorts} }`;
    const far = `{ from: ${farPeer}, to: web, ports: ${farPorts} }`;
    const rule = "ingress tcp 22-23 from 10.0.0.0/24";
    for (const flows of [
      [near, far],
      [far, near],
    ]) {
      expect(reason(flows, rule)).toContain(`nearest flow: ${nearPeer} to web ${nearPorts};`);
    }
  });

  it("names the whole peer before a part of it", () => {
    const flows = ["10.0.0.0/25", "10.0.0.0/8"].map(
      from => `{ from: ${from}, to: web, ports: tcp 99 }`,
    );
    const text = reason(flows, "ingress tcp 22 from 10.0.0.0/24");
    expect(text).toContain("nearest flow: 10.0.0.0/8 to web tcp 99;");
  });

  it("names a flow, though the open egress is nearer", () => {
    const { policy } = judgeUnder(matrixOf([office], { egress: "open" }), []);
    const rule = parseRule("egress tcp 25 to 8.8.8.8/32");
    const nearest = rule && nearestFlow(rule, policy);
    expect(nearest && nearestText(nearest)).toMatch(
      /^nearest flow: 203\.0\.113\.0\/24 to web tcp 22; differs in direction egress, not ingress/,
    );
  });

  it("has nothing to say of a rule that does not differ", () => {
    const { policy } = judgeUnder(matrixOf([office]), []);
    const rule = parseRule("ingress tcp 22 from 203.0.113.0/24");
    const nearest = rule && nearestFlow(rule, policy);
    expect(nearest && nearestText(nearest)).toBe(
      "nearest flow: 203.0.113.0/24 to web tcp 22; differs in nothing",
    );
  });

  it("names a flow of its own direction before any of the other", () => {
    const flows = [
      "{ from: web, to: 10.0.0.0/24, ports: tcp 22 }",
      "{ from: 10.9.0.0/16, to: web, ports: udp 99 }",
    ];
    const rule = "ingress tcp 22 from 10.0.0.0/24";
    expect(reason(flows, rule)).toContain("nearest flow: 10.9.0.0/16 to web udp 99;");
    expect(reason(flows.toReversed(), rule)).toContain("nearest flow: 10.9.0.0/16 to web udp 99;");
  });

  it("of the first of two that are as near names the first", () => {
    const flows = ["tcp 80", "tcp 81"].map(
      ports => `{ from: 10.0.0.0/24, to: web, ports: ${ports} }`,
    );
    expect(reason(flows, "ingress tcp 22 from 10.0.0.0/24")).toContain("to web tcp 80;");
  });

  it("has no flow near where only the open egress is", () => {
    const text = reasonsOf(matrixOf([], { egress: "open" }), [
      "ingress tcp 22 from 0.0.0.0/0",
    ])[0]?.[1];
    expect(text).toBe("nothing permits it; no flow concerns this group");
  });
});

it("a peer is written as a block, a range, an id or anybody", () => {
  const block = parseCidr("10.0.0.0/24");
  expect(block && formatBoxPeer(addresses(block))).toBe("10.0.0.0/24");
  expect(formatBoxPeer(addresses({ family: 4, first: 1n, last: 3n }))).toBe("0.0.0.1-0.0.0.3");
  expect(formatBoxPeer(addresses(everyAddress(6)))).toBe("::/0");
  expect(formatBoxPeer({ kind: "any" })).toBe("anybody");
  expect(formatBoxPeer({ kind: "group", id: "sg-1" })).toBe("sg-1");
});
