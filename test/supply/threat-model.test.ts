// docs/threat-model.md promises nothing that is not there: every file it names exists, and every test
// it names stands in its file under that title.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readRoot, root } from "./repository.ts";

const PAGE = "docs/threat-model.md";
const page = readRoot(PAGE);

interface Line {
  readonly cells: readonly string[];
  readonly text: string;
}

/** The lines of the STRIDE tables, without their heads. */
const linesOf = (text: string): Line[] =>
  text
    .slice(text.indexOf("## STRIDE"), text.indexOf("## Defence in depth"))
    .split("\n")
    .filter(line => line.startsWith("| ") && !/^\| (?:threat|---)/.test(line))
    .map(line => ({
      text: line,
      cells: line
        .split("|")
        .slice(1, -1)
        .map(cell => cell.trim()),
    }));

/** The tests a line names: `file`: "title", "title"; `file`: … */
function testsOf({ cells }: Line): { file: string; title: string }[] {
  const named = [...(cells[2] ?? "").matchAll(/`(test\/[^`]+)`: ((?:"[^"]+"(?:, )?)+)/g)];
  return named.flatMap(([, file = "", titles = ""]) =>
    [...titles.matchAll(/"([^"]+)"/g)].map(([, title = ""]) => ({ file, title })),
  );
}

/** What a page names and is not there. */
function missingFrom(text: string): string[] {
  const files = [
    ...text.matchAll(/`([\w.-]+\/[\w./-]+\.(?:ts|md|json)|package(?:-lock)?\.json)`/g),
  ];
  const tests = linesOf(text).flatMap(testsOf);
  return [
    ...files.flatMap(([, file = ""]) => (existsSync(join(root, file)) ? [] : [file])),
    ...tests.flatMap(({ file, title }) =>
      existsSync(join(root, file)) && readRoot(file).includes(JSON.stringify(title))
        ? []
        : [`${file}: ${title}`],
    ),
  ];
}

describe("the threat model", () => {
  it("has lines for each of the six letters", () => {
    const letters = [...page.matchAll(/^### (\w)/gm)].map(([, letter]) => letter);
    expect(letters.join("")).toBe("STRIDE");
    expect(linesOf(page).length).toBeGreaterThan(40);
  });

  it.each(linesOf(page).map(line => [line.cells[0] ?? "", line] as const))(
    "has a control and a test for: %s",
    (_threat, line) => {
      expect(line.cells).toHaveLength(3);
      expect(line.cells[1]).toMatch(/`[^`]+\.(?:ts|md|json)`/);
      expect(testsOf(line).length).toBeGreaterThan(0);
      // Nothing that looks like a title goes unread.
      expect(testsOf(line)).toHaveLength((line.cells[2]?.match(/"/g)?.length ?? 0) / 2);
    },
  );

  it("names only files and tests that are there", () => {
    expect(missingFrom(page)).toEqual([]);
  });

  it.each([
    ["a test that is gone", "used twice at once acts once", "used thrice at once acts once"],
    ["a test file that is gone", "test/functions/brake.test.ts", "test/functions/brakes.test.ts"],
    ["a control that is gone", "functions/reconcile/impostor.ts", "functions/impostor.ts"],
  ])("is found out when it names %s", (_what, there, gone) => {
    expect(page).toContain(there);
    expect(missingFrom(page.replace(there, gone))).not.toEqual([]);
  });

  it("is where a reader of SECURITY.md gets to", () => {
    expect(readRoot("SECURITY.md")).toContain(`(${PAGE})`);
  });
});
