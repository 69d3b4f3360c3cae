// Who is no new member of what, and where a member cannot be written.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { InputError } from "../../matrix/errors.ts";
import { addMember } from "../../matrix/life/add-member.ts";

const studio = readFileSync("matrix/examples/funai-studio.yaml", "utf8");
const HEAD = "matrix: m\ngroups:\n";

/** What an error says that a caller may see. */
function refusalOf(adding: () => unknown) {
  try {
    adding();
  } catch (error) {
    if (error instanceof InputError) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error("nothing is refused");
}

describe("a member is refused", () => {
  it.each([
    [
      "of no group",
      "runer",
      "10.0.0.9",
      "matrix.entry.unknown",
      "`runer` is no group of the matrix with members (did you mean runner?)",
    ],
    [
      "of the groups left over",
      "others",
      "10.0.0.9",
      "matrix.entry.unknown",
      "`others` is no group of the matrix with members (one of api, workspace, deploy, runner, runtime)",
    ],
    [
      "that is no address",
      "runner",
      "10.0.0.900",
      "matrix.member",
      "`10.0.0.900` is no address or block (write it like 172.21.138.103, 172.21.139.0/28 or 2001:db8::7)",
    ],
    [
      "with bits beyond its prefix",
      "runner",
      "10.0.0.9/8",
      "matrix.member",
      "`10.0.0.9/8` is no address or block (write it like 172.21.138.103, 172.21.139.0/28 or 2001:db8::7)",
    ],
    [
      "twice",
      "runner",
      "172.21.138.102",
      "matrix.member.twice",
      "172.21.138.102 is a member of runtime already (nothing is to be done, or take it out there)",
    ],
  ])("%s", (_, group, address, code, message) => {
    const text = studio.replace("groups:\n", "groups:\n  others: {}\n");
    expect(refusalOf(() => addMember([{ name: "m.yaml", text }], group, address))).toEqual({
      code,
      message,
    });
  });

  const B = "  b: &b { name: b, members: &all [10.0.0.1] }\n";
  it.each([
    ["the list is another's by an alias", [`${B}  a: { name: a, members: *all }\n`], "0.yaml"],
    ["the group is another's by an alias", [`${B}  a: *b\n`], "0.yaml"],
    [
      "another's group is laid over its own",
      ["  a: { name: a, members: [] }\n", `${B}  a: *b\n`],
      "0.yaml",
    ],
    ["no file says it itself", [`${B}  a: *b\n`, "  b: { name: c }\n"], "0.yaml, 1.yaml"],
  ])("where %s", (_, entries, files) => {
    const sources = entries.map((text, index) => ({ name: `${index}.yaml`, text: HEAD + text }));
    expect(refusalOf(() => addMember(sources, "a", "10.0.0.9"))).toEqual({
      code: "matrix.member.place",
      message: `${files}: the members of a are not written out as a list of their own (write members: [ ] in the group, then add to it)`,
    });
  });
});
