// Whether the oracle sees every packet and every part: its finite universe stands for all packets,
// and it gives a group the parts that the prose gives it. The code under test is not called here.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { APP, caseOf } from "../support/facts.ts";
import type { Case, MatrixText, Mode } from "../support/oracle/case.ts";
import { rule } from "../support/oracle/law.ts";
import { openingOf, type PacketPeer, type Traffic } from "../support/oracle/packet.ts";
import { universeOf } from "../support/oracle/universe.ts";
import { freeRuleArb } from "../support/rules.ts";

describe("parts", () => {
  const named = { groups: { app: { name: "app-live", mode: "enforce" as const } } };
  const roles = (matrix: Partial<MatrixText>, world: Partial<Case> = {}) =>
    rule(caseOf({ matrix, world }, [])).roles;

  it.each([
    [
      "a group that only matches a name is a candidate, in revoke at most",
      named,
      {},
      "app",
      true,
      "revoke",
    ],
    ["a pinned group has its part", named, { pins: { app: [APP.id] } }, "app", false, "enforce"],
    [
      "a pinned group keeps its part under another name",
      named,
      { pins: { app: [APP.id] }, subject: { ...APP, name: "gone" } },
      "app",
      false,
      "enforce",
    ],
    [
      "an entry that adopts takes whoever matches",
      { groups: { app: { name: "app-live", adopt: "auto" as const } } },
      {},
      "app",
      false,
      "enforce",
    ],
    ["others are observed", { groups: { others: {} } }, {}, "others", false, "observe"],
    [
      "others are in their own mode if they have one",
      { groups: { others: { mode: "revoke" as const } } },
      {},
      "others",
      false,
      "revoke",
    ],
    [
      "a group of another VPC has no part",
      { vpc: "vpc-0b000000000000002" },
      {},
      "",
      false,
      "observe",
    ],
    [
      "two parts mean the stricter mode",
      {
        groups: {
          app: { id: APP.id, mode: "observe" as const },
          db: { id: APP.id, mode: "revoke" as const },
        },
      },
      {},
      "app db",
      false,
      "revoke",
    ],
  ] as [string, Partial<MatrixText>, Partial<Case>, string, boolean, Mode][])(
    "%s",
    (_, matrix, world, parts, isCandidate, mode) => {
      expect(roles(matrix, world)).toEqual({
        parts: parts === "" ? [] : parts.split(" "),
        isCandidate,
        mode,
      });
    },
  );
});

describe("the universe", () => {
  const trafficArb: fc.Arbitrary<Traffic> = fc.oneof(
    fc.record({ protocol: fc.constantFrom(6, 17), a: fc.nat(65535), b: fc.constant(0) }),
    fc.record({ protocol: fc.constantFrom(6, 17), a: fc.nat(90), b: fc.constant(0) }),
    fc.record({ protocol: fc.constantFrom(1, 58), a: fc.nat(255), b: fc.nat(255) }),
    fc.record({
      protocol: fc.constantFrom(0, 2, 47, 50, 255),
      a: fc.constant(0),
      b: fc.constant(0),
    }),
  );
  const bits = (least: number, length: number) =>
    fc
      .array(fc.constantFrom("0", "1"), { minLength: least, maxLength: length })
      .map(b => b.join(""));
  const peerArb: fc.Arbitrary<PacketPeer> = fc.oneof(
    bits(32, 32).map(text => ({ family: 4 as const, text })),
    bits(24, 24).map(tail => ({ family: 4 as const, text: `00001010${tail}` })),
    bits(128, 128).map(text => ({ family: 6 as const, text })),
    fc
      .constantFrom("pl-0aaaaaaaa", "sg-0a000000000000001")
      .map(text => ({ family: 0 as const, text })),
  );

  it("has a packet that meets the fate of any packet there is", () => {
    fc.assert(
      fc.property(
        fc.array(freeRuleArb, { maxLength: 8 }),
        trafficArb,
        peerArb,
        (rules, load, peer) => {
          const openings = rules.map(openingOf);
          const universe = universeOf(
            rules.map(text => text.split(" ").slice(1, -2).join(" ")),
            rules.map(text => text.split(" ").at(-1) ?? ""),
          );
          const carried = (t: Traffic) => openings.map(o => o.carries(t)).join();
          const reached = (p: PacketPeer) => openings.map(o => o.reaches(p)).join();
          expect(universe.traffic.map(carried)).toContain(carried(load));
          expect(universe.peers.map(reached)).toContain(reached(peer));
        },
      ),
      { numRuns: 300, seed: 1 },
    );
  });
});
