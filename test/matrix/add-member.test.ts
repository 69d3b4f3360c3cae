// One more member, written into the file in place: one line is another, and what compiles differently
// is what the document's section 5 says.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { compileMatrix } from "../../matrix/compile.ts";
import type { MatrixDocument } from "../../matrix/document.ts";
import { flowTitle } from "../../matrix/flows/flow.ts";
import { addMember } from "../../matrix/life/add-member.ts";
import { formatRule } from "../../matrix/rules/rule.ts";

const studio = readFileSync("matrix/examples/funai-studio.yaml", "utf8");
const add = (text: string, group: string, address: string) =>
  addMember([{ name: "m.yaml", text }], group, address);

const HEAD = "matrix: m # the name\ngroups:\n";

const linesOf = (document: MatrixDocument) =>
  compileMatrix(document).lines.map(
    ({ part, rule, need, flow }) => `+ ${part} ${formatRule(rule)} ${need} ${flowTitle(flow)}`,
  );

describe("a member more", () => {
  it.each([
    ["add-runner", [["runner", "172.21.138.103"]]],
    ["add-runtime", [["runtime", "172.21.138.104"]]],
    [
      "add-both",
      [
        ["runner", "172.21.138.103"],
        ["runtime", "172.21.138.104"],
      ],
    ],
  ])("of the five servers adds the rules of %s, by a line each", (name, members) => {
    let text = studio;
    const before = linesOf(add(studio, "runner", "10.9.9.9").before);
    let after: string[] = [];
    for (const [group = "", address = ""] of members) {
      const added = add(text, group, address);
      expect(added).toMatchObject({ removed: [expect.any(String)], added: [expect.any(String)] });
      text = added.text;
      after = linesOf(added.after);
    }
    const golden = readFileSync(`test/fixtures/goldens/000.${name}.txt`, "utf8");
    const expected = golden
      .trim()
      .split("\n")
      .map(line => line.replace(/\s+/g, " ").trim());
    expect(after.filter(line => !before.includes(line)).toSorted()).toEqual(expected.toSorted());
    const changed = text.split("\n").filter((line, index) => line !== studio.split("\n")[index]);
    expect(changed).toHaveLength(members.length);
  });

  it.each([
    [
      "a list in brackets",
      "  a: { name: a,  members: [10.0.0.1],  egress: listed } # why\n",
      "  a: { name: a,  members: [10.0.0.1, 10.0.0.9],  egress: listed } # why\n",
    ],
    ["an empty list", "  a: { name: a, members: [] }\n", "  a: { name: a, members: [10.0.0.9] }\n"],
    [
      "a list of dashes",
      "  a:\n    name: a\n    members:\n      - 10.0.0.1 # first\n    egress: listed\n",
      "  a:\n    name: a\n    members:\n      - 10.0.0.1 # first\n      - 10.0.0.9\n    egress: listed\n",
    ],
    [
      "no list, in braces",
      "  a: { name: a } # why\n",
      "  a: { name: a, members: [10.0.0.9] } # why\n",
    ],
    [
      "no list, over lines",
      "  a:\n    name: a # why\n  b: { name: b }\n",
      "  a:\n    name: a # why\n    members: [10.0.0.9]\n  b: { name: b }\n",
    ],
    [
      "a list of dashes as far left as its key, without remarks",
      "  a:\n    members:\n    - 10.0.0.1\n    - 10.0.0.2\n    name: a\n",
      "  a:\n    members:\n    - 10.0.0.1\n    - 10.0.0.2\n    - 10.0.0.9\n    name: a\n",
    ],
    [
      "a list of dashes whose last item stands on a line of its own",
      "  a:\n    members: # all\n      # one\n      -\n        10.0.0.1\n",
      "  a:\n    members: # all\n      # one\n      -\n        10.0.0.1\n      - 10.0.0.9\n",
    ],
    [
      "a list in brackets over lines",
      "  a:\n    members: [\n      10.0.0.1, # one\n    ]\n",
      "  a:\n    members: [\n      10.0.0.1, 10.0.0.9, # one\n    ]\n",
    ],
    [
      "no list, below a map over lines",
      "  a:\n    tags:\n      env: a # why\n      tier: b # why not\n  # next\n  b: { name: b }\n",
      "  a:\n    tags:\n      env: a # why\n      tier: b # why not\n    members: [10.0.0.9]\n  # next\n  b: { name: b }\n",
    ],
    [
      "no list, below a text over lines",
      "  a:\n    name: a\n    owner: |\n      li\n  b: { name: b }\n",
      "  a:\n    name: a\n    owner: |\n      li\n    members: [10.0.0.9]\n  b: { name: b }\n",
    ],
    [
      "a file without a last line end",
      "  a:\n    name: a",
      "  a:\n    name: a\n    members: [10.0.0.9]\n",
    ],
  ])("goes into %s", (_, before, after) => {
    expect(add(HEAD + before, "a", "10.0.0.9").text).toBe(HEAD + after);
  });

  it("is quoted where it holds colons", () => {
    const { text } = add(`${HEAD}  a: { name: a, members: [10.0.0.1] }\n`, "a", "2001:db8::7");
    expect(text).toContain('members: [10.0.0.1, "2001:db8::7"]');
  });

  it.each([
    ["one line instead of another", "  a: { name: a }\n", 3, ["  a: { name: a }"]],
    ["a line more", "  a:\n    name: a\n  b: { name: b }\n", 5, []],
  ])("is told as %s", (_, entry, line, removed) => {
    const told = add(HEAD + entry, "a", "10.0.0.9");
    const [added] = told.text.split("\n").slice(line - 1);
    expect(told).toMatchObject({ file: "m.yaml", line, removed, added: [added] });
    expect(added).toContain("members: [10.0.0.9]");
    const members = (document: MatrixDocument) => document.groups.a?.members;
    expect([members(told.before), members(told.after)]).toEqual([[], ["10.0.0.9/32"]]);
  });

  it("goes into the last file that lists the members", () => {
    const prod = readFileSync("matrix/examples/funai-prod.yaml", "utf8");
    const sources = [
      { name: "studio.yaml", text: studio },
      { name: "prod.yaml", text: prod },
    ];
    const added = addMember(sources, "runner", "10.30.0.107");
    expect(added.file).toBe("prod.yaml");
    expect(added.added).toEqual([
      "  runner:    { members: [10.30.0.101, 10.30.0.103, 10.30.0.107] }",
    ]);
  });

  it.each([
    ["the last file that says the group, where none lists members", ["{ name: a }", "{}"], 1],
    ["the file with a list, not a later one", ["{ name: a, members: [] }", "{ mode: revoke }"], 0],
  ])("goes into %s", (_, entries, place) => {
    const texts = entries.map(entry => `matrix: m\ngroups:\n  a: ${entry}\n`);
    const sources = [...texts, "groups: { b: { name: b } }\n"].map((text, index) => ({
      ...{ name: `${index}.yaml`, text },
    }));
    const { file, after } = addMember(sources, "a", "10.0.0.9");
    expect(file).toBe(`${place}.yaml`);
    expect(after.groups.a?.members).toEqual(["10.0.0.9/32"]);
    expect(after.groups.b?.members).toEqual([]);
  });
});
