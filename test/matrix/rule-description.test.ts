// What Portward writes beside a rule it restores: only what EC2 takes, and never nothing.
import { describe, expect, it } from "vitest";
import type { Line } from "../../matrix/flows/part.ts";
import { parseRule } from "../../matrix/rules/rule.ts";
import { ruleDescription } from "../../matrix/rules/rule-description.ts";

function line(purpose: string | undefined, peer = "10.0.0.0/8", exception?: string): Line {
  const rule = parseRule(`ingress tcp 22 from ${peer}`);
  if (!rule) throw new Error(`not a peer: ${peer}`);
  const flow: Line["flow"] = {
    id: "runner -> büro",
    from: [{ kind: "entry", name: "runner" }],
    to: [{ kind: "entry", name: "büro" }],
    ports: [],
    need: "required",
    ...(purpose === undefined ? {} : { purpose }),
  };
  return {
    part: "p",
    rule,
    need: "required",
    flow,
    ...(exception === undefined
      ? {}
      : { exception: { id: exception, until: 1, isStarting: true } }),
  };
}

describe("the description of a rule", () => {
  it("is its flow's purpose", () => {
    expect(ruleDescription(line("deploys, by CI #7"))).toBe("deploys, by CI #7");
  });

  it.each([
    ["10.0.0.0/8", "R&D"],
    ["sg-0c2d3e4f", "portward: runner to b_ro"],
    ["pl-0a1b2c3d", "portward: runner to b_ro"],
  ])("of %s has an ampersand where EC2 takes one: %s", (peer, description) => {
    expect(ruleDescription(line("R&D", peer))).toBe(description);
  });

  it.each([[undefined], [""], ["für CI"], ["ü"], ["CI ü"], ["a".repeat(256)]])(
    "is where it leads where the purpose is %j",
    purpose => {
      expect(ruleDescription(line(purpose))).toBe("portward: runner to b_ro");
      expect(ruleDescription(line(purpose, "sg-0c2d3e4f"))).toBe("portward: runner to b_ro");
    },
  );

  it("is a purpose of 255 characters whole", () => {
    expect(ruleDescription(line("a".repeat(255)))).toBe("a".repeat(255));
    expect(ruleDescription(line("a".repeat(255), "sg-0c2d3e4f"))).toBe("a".repeat(255));
  });

  it("names the exception it is there by, cut to what EC2 takes", () => {
    expect(ruleDescription(line(undefined, "10.0.0.0/8", "ex-1"))).toBe("portward: exception ex-1");
    const long = ruleDescription(line(undefined, "10.0.0.0/8", "x".repeat(300)));
    expect(long).toHaveLength(255);
    expect(long).toMatch(/^portward: exception x+$/);
  });
});
