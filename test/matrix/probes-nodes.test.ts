// Which machine asks what in the self-check of a matrix: who calls, whom, and on which ports.
import { describe, expect, it } from "vitest";
import { parseMatrix } from "../../matrix/file/parse.ts";
import { commandsFor, probesOf } from "../../matrix/probes.ts";

/** Each machine's commands in short, `x` for what must be refused, `?` for what is not asked. */
function asked(
  flows: readonly string[],
  forbids: readonly string[] = [],
  more = "",
): Record<string, string[]> {
  const text = `matrix: m
networks: { world: [0.0.0.0/1, 128.0.0.0/1], six: ["::/0"], office: [203.0.113.0/24], list: [pl-0a1b2c3d] }
groups:
  a: { name: a, members: [10.0.0.1, 10.0.0.2] }
  b: { name: b, members: [10.0.1.1, "2001:db8::1"] }
  wide: { name: wide, members: [10.0.2.0/24, 10.0.3.32/28, "2001:db8::/32"] }
  none: { name: none }
${more}
flows: [${flows.join(", ")}]
forbid: [${forbids.join(", ")}]
`;
  const nodes = probesOf(parseMatrix([{ name: "m", text }]));
  const short = (command: string) =>
    command.replace("nc -vz -w 5 ", "").replace("<public address of ", "<");
  return Object.fromEntries(
    nodes.map(({ address, probes, notAsked }) => [
      address,
      [
        ...probes.map(one => `${one.expect === "refused" ? "x " : ""}${short(one.command)}`),
        ...notAsked.map(text => `? ${text}`),
      ],
    ]),
  );
}

describe("a machine asks", () => {
  it("each machine that it may call, but itself", () => {
    expect(asked(["{ from: a, to: [a, b], ports: tcp 80 }"])).toEqual({
      "10.0.0.1": ["10.0.0.2 80", "10.0.1.1 80", "2001:db8::1 80"],
      "10.0.0.2": ["10.0.0.1 80", "10.0.1.1 80", "2001:db8::1 80"],
    });
  });

  it("of several callers each", () => {
    expect(asked(["{ from: [a, b, office], to: a, ports: tcp 80 }"])).toEqual({
      ...{ "10.0.0.1": ["10.0.0.2 80"], "10.0.0.2": ["10.0.0.1 80"] },
      ...{
        "10.0.1.1": ["10.0.0.1 80", "10.0.0.2 80"],
        "2001:db8::1": ["10.0.0.1 80", "10.0.0.2 80"],
      },
    });
  });

  it("nothing that waits for an exception, and no block or part without machines", () => {
    expect(asked(["{ from: a, to: b, ports: tcp 80, need: on-demand }"])).toEqual({});
    expect(
      asked([
        "{ from: a, to: [wide, none, 192.0.2.0/24], ports: tcp 80 }",
        "{ from: wide, to: none, ports: tcp 81 }",
      ]),
    ).toEqual({});
  });

  it("nothing twice", () => {
    const flow = "{ from: a, to: 10.0.1.1/32, ports: tcp 80 }";
    const twice = [
      "{ from: a, to: b, ports: tcp 80 }",
      "{ from: [a, office], to: b, ports: tcp 80-81 }",
    ];
    expect(asked([flow, ...twice])["10.0.0.1"]).toEqual(["10.0.1.1 80", "2001:db8::1 80"]);
  });

  it("nothing over UDP, which is named where a machine would be asked", () => {
    expect(asked(["{ from: a, to: b, ports: [udp 53, tcp 53] }"])["10.0.0.1"]).toEqual([
      ...["10.0.1.1 53", "2001:db8::1 53", "? a to b udp 53, tcp 53"],
    ]);
    expect(asked(["{ from: a, to: [none, b], ports: udp 53 }"])["10.0.0.1"]).toEqual([
      "? a to none, b udp 53",
    ]);
    expect(asked(["{ from: a, to: none, ports: udp 53 }"])).toEqual({});
  });
});

describe("from outside is asked", () => {
  it.each([
    ["public", ["<a> 80"]],
    ["world", ["<a> 80"]],
    ["six", ["<a> 80"]],
    ["0.0.0.0/0", ["<a> 80"]],
    ['"::/0"', ["<a> 80"]],
    ["[office, public]", ["<a> 80"]],
    ["office", undefined],
    ["list", undefined],
    ["8.0.0.0/8", undefined],
    ['"::/1"', undefined],
    ["0.0.0.0/1", undefined],
  ])("what %s may call: %j", (from, commands) => {
    expect(asked([`{ from: ${from}, to: a, ports: tcp 80 }`]).outside).toEqual(commands);
  });

  it("a part with a block, and no part without addresses", () => {
    expect(asked(["{ from: public, to: [wide, none], ports: tcp 80 }"])).toEqual({
      outside: ["<wide> 80"],
    });
    expect(asked(["{ from: public, to: none, ports: udp 80 }"])).toEqual({});
  });
});

describe("what is forbidden is asked", () => {
  const open = "{ from: office, to: a, ports: [tcp 22 80-90, icmp] }";
  it.each([
    ["on every port that listens there", "{ from: b, to: a, ports: all }", ["22", "80", "ping"]],
    ["on a port of the forbid", "{ from: b, to: a, ports: tcp 22 }", ["22"]],
    ["on a range within the forbid", "{ from: b, to: a, ports: tcp 80-90 }", ["80"]],
    ["on none that begins before", "{ from: b, to: a, ports: tcp 81-90 }", []],
    ["on none that ends behind", "{ from: b, to: a, ports: tcp 80-89 }", []],
    ["on none of another protocol", "{ from: b, to: a, ports: udp 22-90 }", []],
    ["on the ports of one of its ranges", "{ from: b, to: a, ports: [udp 1, tcp 22] }", ["22"]],
    ["by one of its callers", "{ from: [office, b], to: a, ports: tcp 22 }", ["22"]],
    ["by no other", "{ from: office, to: a, ports: tcp 22 }", []],
  ])("%s", (_, forbid, ports) => {
    const probes =
      asked([open, "{ from: office, to: b, ports: tcp 99 }"], [forbid])["10.0.1.1"] ?? [];
    const found = probes.map(text => (/ping/.test(text) ? "ping" : text.split(" ").at(-1)));
    expect([...new Set(found)]).toEqual(ports);
    expect(probes.every(text => text.startsWith("x "))).toBe(true);
  });

  it("of a part that a flow names beside another", () => {
    const flow = "{ from: office, to: [b, a], ports: tcp 22 }";
    expect(asked([flow], ["{ from: b, to: a, ports: all }"])["10.0.1.1"]).toEqual([
      ...["x 10.0.0.1 22", "x 10.0.0.2 22"],
    ]);
  });

  it("unless a flow permits it on the way in, whatever the way out", () => {
    const flows = ["{ from: b, to: a, ports: tcp 22, sides: ingress }"];
    const listed = "  c: { name: c, members: [10.0.4.1], egress: listed }";
    const forbid = ["{ from: [b, c], to: a, ports: tcp 22, except: b }"];
    const nodes = asked(flows, forbid, listed);
    expect(nodes["10.0.1.1"]?.filter(text => text.startsWith("x"))).toEqual([]);
    expect(nodes["10.0.4.1"]).toEqual(["x 10.0.0.1 22", "x 10.0.0.2 22"]);
  });

  it("from outside, unless everybody of one family may call", () => {
    const v4 = "{ from: 0.0.0.0/0, to: a, ports: tcp 22 }";
    const v6 = "{ from: public, to: a, ports: tcp 22, except: [0.0.0.0/0] }";
    expect(asked([v4], [v6]).outside).toEqual(["<a> 22"]);
    const forbid = ["{ from: public, to: a, ports: tcp 22 }"];
    expect(asked(["{ from: b, to: a, ports: tcp 22 }"], forbid).outside).toEqual(["x <a> 22"]);
  });
});

it("nobody is outside where every address is private", () => {
  const text = `matrix: m
networks: { private: [0.0.0.0/0], office: [203.0.113.0/24] }
groups: { a: { name: a, members: [10.0.0.1] } }
flows: [{ from: office, to: a, ports: tcp 80 }]
`;
  expect(probesOf(parseMatrix([{ name: "m", text }]))).toEqual([]);
});

describe("a command", () => {
  const icmp6 = { protocol: "icmpv6" } as const;
  it.each([
    [
      "IPv6's echo",
      "2001:db8::1",
      { ...icmp6, from: 128, to: 0 },
      undefined,
      ["ping -6 -c 1 -W 5 2001:db8::1"],
    ],
    [
      "all of IPv6's",
      "2001:db8::1",
      { ...icmp6, from: -1, to: -1 },
      undefined,
      ["ping -6 -c 1 -W 5 2001:db8::1"],
    ],
    ["none of IPv6's others", "2001:db8::1", { ...icmp6, from: 0, to: 0 }, undefined, []],
    [
      "all of IPv4's",
      "10.0.0.1",
      { protocol: "icmp", from: -1, to: -1 },
      undefined,
      ["ping -c 1 -W 5 10.0.0.1"],
    ],
    ["none of IPv4's answers", "10.0.0.1", { protocol: "icmp", from: 0, to: 0 }, undefined, []],
    [
      "a path on the port of the web",
      "10.0.0.1",
      { protocol: "tcp", from: 80, to: 80 },
      "/a",
      ["curl -m 5 http://10.0.0.1/a"],
    ],
    [
      "a front page",
      "10.0.0.1",
      { protocol: "tcp", from: 80, to: 80 },
      "/",
      ["curl -I -m 5 http://10.0.0.1/"],
    ],
    [
      "a path over IPv6",
      "2001:db8::1",
      { protocol: "tcp", from: 81, to: 81 },
      "/a",
      ["curl -m 5 http://[2001:db8::1]:81/a"],
    ],
    [
      "a path of other signs",
      "10.0.0.1",
      { protocol: "tcp", from: 81, to: 81 },
      "/a?b='c'",
      ["curl -m 5 'http://10.0.0.1:81/a?b=%27c%27'"],
    ],
    [
      "a port of IPv6",
      "2001:db8::1",
      { protocol: "tcp", from: 81, to: 90 },
      undefined,
      ["nc -vz -w 5 2001:db8::1 81"],
    ],
  ] as const)("asks %s", (_, target, port, path, commands) => {
    expect(commandsFor(target, port, path)).toEqual(commands);
  });
});
