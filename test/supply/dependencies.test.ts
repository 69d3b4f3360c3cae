// What is installed is what was looked at: exact versions, a digest for each, no script of anybody
// but those named, a licence we may use, a reason for each direct one.
import { describe, expect, it } from "vitest";
import { exceptions, refusalOf } from "./licences.ts";
import { type Installation, installations, type Locked, nameOf } from "./locks.ts";
import { loose, scripts, unsealed } from "./pins.ts";
import { readRoot } from "./repository.ts";

const all = installations();
const names = new Set(all.flatMap(({ locked }) => [...locked.keys()].map(nameOf)));

const each = (task: (installation: Installation) => string[]): string[] =>
  all.flatMap(installation =>
    task(installation).map(problem => `${installation.folder}: ${problem}`),
  );

describe("the installations", () => {
  it("are all found", () => {
    expect(all.map(({ folder }) => folder)).toEqual(expect.arrayContaining([".", "test/browser"]));
    expect(all[0]?.locked.size).toBeGreaterThan(100);
  });
});

describe("every dependency", () => {
  it("is pinned to one version, the same in the lock", () => {
    expect(each(loose)).toEqual([]);
  });

  it("has a digest in the lock, and comes from a registry", () => {
    expect(each(unsealed)).toEqual([]);
  });

  it("runs no script when it is installed, but for a named few", () => {
    expect(each(scripts)).toEqual([]);
  });

  it("has a licence on the list, or is excepted with a reason", () => {
    const refused = each(({ locked }) =>
      [...locked].flatMap(([path, { license }]) => refusalOf(nameOf(path), license) ?? []),
    );
    expect(refused).toEqual([]);
  });

  it("that is asked for directly has its reason in decision 8, and nothing else has", () => {
    const reasons = reasonedNames(readRoot("docs/decisions/0008-dependencies.md"));
    const direct = new Set(all.flatMap(installation => Object.keys(installation.direct)));
    expect([...direct].filter(name => !reasons.has(name))).toEqual([]);
    expect([...reasons].filter(name => !direct.has(name))).toEqual([]);
  });
});

describe("an installation", () => {
  const integrity = `sha512-${"A".repeat(86)}==`;
  const of = (more: Partial<Installation>, one: Partial<Locked> = {}): Installation => ({
    folder: "planted",
    direct: { one: "1.2.3" },
    copied: { one: "1.2.3" },
    allowScripts: {},
    locked: new Map([
      [
        "node_modules/one",
        {
          version: "1.2.3",
          integrity,
          dependencies: {},
          devDependencies: {},
          optionalDependencies: {},
          ...one,
        },
      ],
    ]),
    ...more,
  });

  it("that is as it should be passes", () => {
    expect([loose, unsealed, scripts].flatMap(check => check(of({})))).toEqual([]);
  });

  it.each([
    [{ direct: { one: "^1.2.3" }, copied: { one: "^1.2.3" } }],
    [{ direct: { one: "1.2.3" }, copied: { one: "1.2.4" } }],
    [{ direct: { one: "1.2.4" }, copied: { one: "1.2.4" } }],
    [{ direct: { one: "latest" } }],
    [{ direct: { two: "1.0.0" }, copied: { two: "1.0.0" } }],
  ])("with a version that may move fails: %j", more => {
    expect(loose(of(more))).toHaveLength(1);
  });

  it.each([
    [{ integrity: "" }],
    [{ integrity: "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=" }],
    [{ version: "github:some/one" }],
    [{ resolved: "git+ssh://git@example.com/some/one.git" }],
    [{ resolved: "http://registry.example.com/one.tgz" }],
  ])("with a package nobody can check fails: %j", one => {
    expect(unsealed(of({}, one))).toEqual(["node_modules/one"]);
  });

  it("with an install script nobody decided about fails, allowed or not", () => {
    expect(scripts(of({}, { hasInstallScript: true }))).toEqual(["one"]);
    expect(scripts(of({ allowScripts: { one: true } }))).toEqual(["one"]);
    expect(scripts(of({ allowScripts: { esbuild: true } }))).toEqual(["esbuild"]);
  });
});

describe("the list of licences", () => {
  it.each([
    ["GPL-3.0-only", /on no list/],
    ["MIT AND GPL-3.0-only", /on no list/],
    ["SEE LICENSE IN LICENSE.md", /on no list/],
    ["MPL-2.0", /on no list/],
    [undefined, /names no licence/],
    ["", /names no licence/],
  ])("refuses %s", (licence, because) => {
    expect(refusalOf("some-package", licence)).toMatch(because);
  });

  it.each(["MIT", "MIT OR Apache-2.0", "(GPL-2.0-only OR BSD-3-Clause)"])("takes %s", licence => {
    expect(refusalOf("some-package", licence)).toBeUndefined();
  });

  it("excepts nothing that is not there", () => {
    const idle = exceptions.filter(({ packages }) => ![...names].some(name => packages.test(name)));
    expect(idle).toEqual([]);
  });
});

/** The packages in the first column of the record's tables. */
function reasonedNames(record: string): Set<string> {
  const rows = [...record.matchAll(/^\| (`[^|]+) \| ([^|]+) \|$/gm)];
  return new Set(
    rows.flatMap(([, first = ""]) => [...first.matchAll(/`([^`]+)`/g)].map(m => m[1] ?? "")),
  );
}
