// No secret is published: not in a file, not in an older version of one, not in a commit message.
// Planted ones show that they would be found.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { git, historyOf, isShallow, treeOf } from "./repository.ts";
import { suspectsIn } from "./secrets.ts";

/** What looks like a secret and is none, by the digest the scan prints; never by its text or path. */
const harmless: Readonly<Record<string, string>> = {
  "4bd97ab26c773693": "a credential scope of the seeded tester, in test/local/dynamodb.test.ts",
  "31e215284c4d7e59": "the same up to the region, in test/local/endpoint.test.ts",
  e10645d54730b936: "the same for S3, in test/local/s3.test.ts",
};

const tree = treeOf();
const history = historyOf();

describe("this repository", () => {
  it("is read whole", () => {
    expect(isShallow(), "cut off: git fetch --unshallow").toBe(false);
    const paths = tree.map(({ where }) => where);
    expect(paths).toEqual(expect.arrayContaining(["package.json", "test/supply/secrets.ts"]));
    expect(history.some(({ where }) => where.startsWith("commit "))).toBe(true);
    const committed = new Set(history.map(({ where }) => where));
    expect(["README.md", "functions/remediate.ts"].filter(path => !committed.has(path))).toEqual(
      [],
    );
  });

  it("has no secret in its files", () => {
    expect(tree.flatMap(suspectsIn).filter(({ digest }) => !harmless[digest])).toEqual([]);
  });

  it("has no secret in its history", () => {
    expect(history.flatMap(suspectsIn).filter(({ digest }) => !harmless[digest])).toEqual([]);
  });

  it("excuses nothing that is not there", () => {
    const found = new Set([...tree, ...history].flatMap(suspectsIn).map(({ digest }) => digest));
    expect(Object.keys(harmless).filter(digest => !found.has(digest))).toEqual([]);
  });
});

// Put together here, so that this file holds none of them.
const random = "q7Zt4Lw9Xb2Kd8Vn3Rf6Hs1Jm5Pc0Gy";
const planted: readonly [kind: string, text: string][] = [
  ["AWS access key id", `aws_access_key_id = ${"AKIA"}${"Q3EGRJ7XZ2LM4NTP"}`],
  ["AWS access key id", `${"ASIA"}${"Q3EGRJ7XZ2LM4NTP"}`],
  ["private key", `-----BEGIN ${"PRIVATE KEY"}-----\nMIIE`],
  ["private key", `-----BEGIN RSA ${"PRIVATE KEY"}-----\nMIIE`],
  ["private key", `-----BEGIN OPENSSH ${"PRIVATE KEY"}-----\nb3Bl`],
  ["Slack token", `xox${"b-"}2345678901-abcdefghij`],
  ["Slack webhook", `https://hooks.slack.com/${"services"}/T0123ABCD/B0123ABCD/${random}`],
  [
    "chat webhook",
    `https://oapi.dingtalk.com/robot/send?access_${"token"}=${"0a1b2c3d".repeat(8)}`,
  ],
  ["JSON web token", `${"ey"}JhbGciOiJIUzI1NiJ9.${"ey"}JzdWIiOiIxMjM0NSJ9.${random}`],
  ["GitHub token", `gh${"p_"}${random}12345`],
  ["npm token", `//registry/:_authToken=npm_${random}12345`],
  ["random value", `"client${"Secret"}": "${random}"`],
  ["random value", `const PASS${"WORD"} = '${random}';`],
  ["random value", `api_${"key"}: ${random}`],
];

describe("a planted secret", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "planted-"));
    git(folder, "init", "--quiet");
    commit("nothing to see");
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const commit = (message: string) => {
    git(folder, "add", "--all");
    const as = ["-c", "user.name=tester", "-c", "user.email=tester@example.com"];
    git(folder, ...as, "commit", "--quiet", "--allow-empty", "--message", message);
  };
  const kinds = (of: typeof treeOf) =>
    of(folder)
      .flatMap(suspectsIn)
      .map(({ kind }) => kind);
  const count = (of: typeof treeOf, wanted: string) =>
    kinds(of).filter(kind => kind === wanted).length;

  it.each(planted)("%s is found in a file, and in the history when it is gone", (kind, text) => {
    const before = count(historyOf, kind);
    writeFileSync(join(folder, "planted.txt"), `first line\n${text}\n`);
    expect(kinds(treeOf)).toContain(kind);
    commit("plant");
    writeFileSync(join(folder, "planted.txt"), "nothing\n");
    commit("remove");
    expect(kinds(treeOf)).toEqual([]);
    expect(count(historyOf, kind)).toBe(before + 1);
  });

  it("is found in a commit message", () => {
    const before = count(historyOf, "AWS access key id");
    commit(`use ${"AKIA"}Q3EGRJ7XZ2LM4NTP`);
    expect(count(historyOf, "AWS access key id")).toBe(before + 1);
  });

  it.each([
    "the password is asked for, never stored",
    "const secretOf = (accessKeyId: string): string => `not-a-secret-of-$`;",
    'const token = "00000000000000000000000000000000";',
    'const accessKeyId = "AKIAEXAMPLETESTER";',
    'integrity = "sha512-abcdefghij"',
  ])("is not seen in %j", text => {
    expect(suspectsIn({ where: "here", text })).toEqual([]);
  });
});
