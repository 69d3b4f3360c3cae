// The self-check of the five servers, beside what their document's section 4 lists.
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseMatrix } from "../../matrix/file/parse.ts";
import { commandsFor, probesOf } from "../../matrix/probes.ts";

const studio = parseMatrix([
  { name: "m.yaml", text: readFileSync("matrix/examples/funai-studio.yaml", "utf8") },
]);

/** Typed from the document: where, and the command. Its fifth asks the machine itself, so no group. */
const LISTED = [
  ["172.21.138.91", "curl http://172.21.138.100:7002/internal/health"],
  ["172.21.138.91", "curl http://172.21.138.87:7001/api/fun-ai/workspace/internal/health"],
  ["172.21.138.91", "curl -I http://172.21.138.87/"],
  ["172.21.138.101", "curl http://172.21.138.102:7005/internal/health"],
];

test("every command the document lists is printed for its machine, with a time limit", () => {
  const printed = probesOf(studio).flatMap(({ address, probes }) =>
    probes
      .filter(({ expect: expected }) => expected === "reachable")
      .map(({ command }) => [address, command.replace(" -m 5", "")]),
  );
  for (const one of LISTED) expect(printed).toContainEqual(one);
  const curls = printed.filter(([, command]) => command?.startsWith("curl"));
  expect(curls.toSorted()).toEqual(LISTED.toSorted());
});

test("a flow without a path is asked by its port, and one that waits for an exception is not", () => {
  const runner = probesOf(studio).find(({ entry }) => entry === "runner");
  expect(runner?.probes.map(({ command, because }) => [command, because])).toEqual([
    ["nc -vz -w 5 172.21.138.100 7002", "runner to deploy tcp 7002"],
    ["curl -m 5 http://172.21.138.102:7005/internal/health", "runner to runtime tcp 7005"],
  ]);
});

test("what is forbidden to everybody is asked from outside, on the ports that listen there", () => {
  const outside = probesOf(studio).find(({ address }) => address === "outside");
  expect(outside?.probes.map(one => [one.command.replace("nc -vz -w 5 ", ""), one.expect])).toEqual(
    [
      ["<public address of api> 80", "reachable"],
      ["<public address of api> 443", "reachable"],
      ["<public address of deploy> 7002", "refused"],
      ["<public address of workspace> 7001", "refused"],
      ["<public address of workspace> 80", "refused"],
      ["<public address of api> 8080", "refused"],
      ["<public address of runtime> 7005", "refused"],
    ],
  );
});

test("a forbid between groups is asked from the one, unless it is spared", () => {
  const text = `matrix: m
networks: { spared: [10.0.0.2] }
groups:
  a: { name: a, members: [10.0.0.1, 10.0.0.2, 10.1.0.0/28] }
  b: { name: b, members: [10.0.0.9] }
flows:
  - { from: spared, to: b, ports: tcp 22 }
forbid:
  - { from: a, to: b, ports: tcp, except: spared }
`;
  const nodes = probesOf(parseMatrix([{ name: "m", text }]));
  expect(nodes.map(({ address, probes }) => [address, probes.map(p => p.expect)])).toEqual([
    ["10.0.0.1", ["refused"]],
  ]);
});

test.each([
  [{ protocol: "tcp", from: 0, to: 65535 }, undefined, ["nc -vz -w 5 10.0.0.1 1"]],
  [{ protocol: "icmp", from: 8, to: 0 }, undefined, ["ping -c 1 -W 5 10.0.0.1"]],
  [{ protocol: "icmp", from: 3, to: -1 }, undefined, []],
  [{ protocol: "udp", from: 53, to: 53 }, undefined, []],
  [{ protocol: 47, from: -1, to: -1 }, undefined, []],
] as const)("asks %j with %j by %j", (port, path, commands) => {
  expect(commandsFor("10.0.0.1", port, path)).toEqual(commands);
});

test("no path breaks out of its word in a shell", () => {
  let quoted = 0;
  fc.assert(
    fc.property(fc.string(), path => {
      const [command = ""] = commandsFor("10.0.0.1", { protocol: "tcp", from: 80, to: 80 }, path);
      const word = command.replace(/^curl (-I )?-m 5 /, "");
      if (word.startsWith("'")) quoted += 1;
      expect(word).toMatch(/^(?:[\w:/.[\]%~-]+|'[^']*')$/s);
    }),
  );
  expect(quoted).toBeGreaterThan(10);
});
