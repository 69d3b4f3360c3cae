// The seed documents' matrices compile to exactly the tables typed by hand from the documents.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { compileMatrix } from "../../matrix/compile.ts";
import { parseMatrix } from "../../matrix/file/parse.ts";
import { flowTitle } from "../../matrix/flows/flow.ts";
import { formatRule } from "../../matrix/rules/rule.ts";

const example = (name: string) => readFileSync(`matrix/examples/${name}.yaml`, "utf8");
const golden = (name: string) => readFileSync(`test/fixtures/goldens/${name}.txt`, "utf8");

/** The lines of a matrix as the goldens have them: "deploy | ingress … | required". */
function table(text: string): string[] {
  const document = parseMatrix([{ name: "matrix.yaml", text }]);
  return compileMatrix(document).lines.map(
    ({ part, rule, need }) =>
      `${part} | ${formatRule(rule)} | ${need === "advised" ? "required" : need}`,
  );
}

function goldenTable(seed: string): string[] {
  return golden("seeds")
    .split("\n")
    .filter(line => line.startsWith(`${seed} `))
    .map(line => {
      const [part = "", rule = "", need = ""] = line.slice(4).split("|");
      return `${part.trim()} | ${rule.trim()} | ${need.trim()}`;
    });
}

describe("the seed matrices", () => {
  it.each([
    ["funai-studio", "000", 20],
    ["tke-cluster", "002", 32],
    ["ai-gateway", "003", 8],
  ])("%s equals the table of document %s", (name, seed, count) => {
    const expected = goldenTable(seed);
    expect(expected).toHaveLength(count);
    expect(table(example(name)).toSorted()).toEqual(expected.toSorted());
  });
});

/** What a changed matrix has more, in the words of the add-… goldens. */
function added(text: string): string[] {
  const lines = (source: string) => {
    const document = parseMatrix([{ name: "matrix.yaml", text: source }]);
    return compileMatrix(document).lines.map(
      ({ part, rule, need, flow }) => `+ ${part} ${formatRule(rule)} ${need} ${flowTitle(flow)}`,
    );
  };
  const before = new Set(lines(example("funai-studio")));
  const after = lines(text);
  expect([...before].filter(line => !after.includes(line))).toEqual([]);
  return after.filter(line => !before.has(line));
}

describe("one more server is one changed line", () => {
  const studio = example("funai-studio");
  const runner = (text: string) =>
    text.replace("members: [172.21.138.101]", "members: [172.21.138.101, 172.21.138.103]");
  const runtime = (text: string) =>
    text.replace("members: [172.21.138.102]", "members: [172.21.138.102, 172.21.138.104]");

  it.each([
    ["add-runner", runner(studio)],
    ["add-runtime", runtime(studio)],
    ["add-both", runner(runtime(studio))],
  ])("%s adds what the document's section 5 says, and the rule it forgot", (name, text) => {
    const expected = golden(`000.${name}`)
      .trim()
      .split("\n")
      .map(line => line.replace(/\s+/g, " ").trim());
    const changed = text.split("\n").filter((line, i) => line !== studio.split("\n")[i]);
    expect(changed).toHaveLength(name === "add-both" ? 2 : 1);
    const found = added(text);
    // Runner and runtime together also make the new runner reach the new runtime by its members.
    for (const line of expected) expect(found).toContain(line);
    expect(found.toSorted()).toEqual(expected.toSorted());
  });
});

describe("an overlay", () => {
  it("moves the same flows to another VPC, the load balancer alone before the runtimes", () => {
    const document = parseMatrix([
      { name: "funai-studio.yaml", text: example("funai-studio") },
      { name: "funai-prod.yaml", text: example("funai-prod") },
    ]);
    const lines = compileMatrix(document).lines.map(l => `${l.part} ${formatRule(l.rule)}`);
    expect(document).toMatchObject({ matrix: "funai-prod", vpcs: ["vpc-0aaaabbbbccccdddd"] });
    expect(lines).toContain("runtime ingress tcp 443 from sg-0d15ea5e0d15ea5e0");
    expect(lines).toContain("deploy ingress tcp 7002 from 10.30.0.103/32");
    expect(lines.join("\n")).not.toContain("172.21.138");
  });
});
