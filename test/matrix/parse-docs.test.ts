import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { compileMatrix } from "../../matrix/compile.ts";
import { type MatrixSource, parseMatrix } from "../../matrix/file/parse.ts";

const root = new URL("../../", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), "utf8");

interface Block {
  readonly line: number;
  readonly language: string;
  readonly text: string;
}

/** The fenced blocks of a Markdown text. */
function blocksOf(markdown: string): Block[] {
  return [...markdown.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(match => ({
    line: markdown.slice(0, match.index).split("\n").length,
    language: match[1] ?? "",
    text: match[2] ?? "",
  }));
}

describe("docs/matrix.md", () => {
  const blocks = blocksOf(read("docs/matrix.md"));
  const yaml = blocks.filter(block => block.language === "yaml");
  const whole = { name: "whole.yaml", text: yaml[0]?.text ?? "" };

  test("has blocks to read", () => {
    expect(yaml.length).toBeGreaterThan(8);
    expect(blocks.filter(block => block.language === "json")).toHaveLength(1);
  });

  test.each(yaml)("the YAML of line $line compiles, laid over the whole matrix", block => {
    const piece = { name: "piece.yaml", text: block.text };
    const sources = block.text === whole.text ? [whole] : [whole, piece];
    expect(compileMatrix(parseMatrix(sources)).lines.length).toBeGreaterThan(0);
  });

  test.each(blocks.filter(b => b.language === "json"))("the JSON of line $line compiles", block => {
    const document = parseMatrix([{ name: "matrix.json", text: block.text }]);
    expect(compileMatrix(document).lines.length).toBeGreaterThan(0);
  });

  test("names every key of the format", () => {
    const text = read("docs/matrix.md");
    const schema = JSON.parse(read("matrix/schema.json"));
    const shapes = [
      schema.properties,
      schema.properties.groups.additionalProperties.properties,
      schema.properties.flows.items.properties,
      schema.properties.forbid.items.properties,
      schema.properties.exceptions.properties,
    ];
    const unnamed = shapes.flatMap(Object.keys).filter(key => !text.includes(`\`${key}\``));
    expect(unnamed.filter(key => !text.includes(`${key}:`))).toEqual([]);
  });
});

describe("matrix/examples", () => {
  const example = (name: string): MatrixSource => ({ name, text: read(`matrix/examples/${name}`) });
  const overlay = "funai-prod.yaml";
  const names = readdirSync(new URL("matrix/examples", root));

  test("are the four of the documents", () => {
    expect(names.toSorted()).toEqual([
      "ai-gateway.yaml",
      overlay,
      "funai-studio.yaml",
      "tke-cluster.yaml",
    ]);
  });

  test.each(names.filter(name => name !== overlay))("%s compiles", name => {
    const compiled = compileMatrix(parseMatrix([example(name)]));
    expect(compiled.lines.length).toBeGreaterThan(3);
  });

  test("the production overlay has the studio's flows for other addresses", () => {
    const studio = parseMatrix([example("funai-studio.yaml")]);
    const prod = parseMatrix([example("funai-studio.yaml"), example(overlay)]);
    expect(prod.flows).toEqual(studio.flows);
    expect(prod.vpcs).toEqual(["vpc-0aaaabbbbccccdddd"]);
    expect(prod.networks.clients).toEqual([{ kind: "group", id: "sg-0d15ea5e0d15ea5e0" }]);
    expect(prod.groups.runner).toEqual({
      ...studio.groups.runner,
      members: ["10.30.0.101/32", "10.30.0.103/32"],
    });
    expect(compileMatrix(prod).lines.length).toBeGreaterThan(compileMatrix(studio).lines.length);
  });
});
