// Beside a running account the other commands find it, look at it and change it.
import { expect, test } from "vitest";
import { enveloped, record } from "../support/cloudtrail.ts";
import { directory, run } from "./run.ts";
import { askIn, serving, textsOf } from "./served.ts";

const DEPLOY = "sg-0f0a1b2c3d4e50100";
const serve = serving();

test("the other commands look at it, and apply to it", async () => {
  const here = directory({
    "mine.yaml": `matrix: mine\nmode: enforce\ngroups: { deploy: { id: ${DEPLOY} }, gone: { name: gone } }\nflows: [{ from: 10.0.0.0/8, to: deploy, ports: tcp 22 }]\n`,
    "bad.yaml": "matrix: mine\ngroups: {}\n",
  });
  const account = await serve(here.path);
  const explained = await askIn(here.path, "explain", "--matrix", "mine.yaml", DEPLOY);
  expect(explained).toMatchObject({ code: 1, json: { group: DEPLOY, parts: ["deploy"] } });
  expect(explained.json.plan.revoke).toHaveLength(3);
  expect((await askIn(here.path, "explain", DEPLOY)).code).toBe(0);

  const bad = await run(["matrix", "apply", "--matrix", "bad.yaml"], { cwd: here.path });
  expect({ code: bad.code, stdout: bad.stdout }).toEqual({ code: 2, stdout: "" });

  const wish = ["matrix", "apply", "--matrix", "mine.yaml", "--note", "why"];
  const refused = await askIn(here.path, ...wish);
  expect(refused).toMatchObject({ code: 1, json: { refused: "closings", plan: { base: 1 } } });
  const applied = await askIn(here.path, ...wish, "--accept", refused.json.plan.id);
  expect(applied.code).toBe(0);
  expect(applied.json).toMatchObject({
    ...{ matrix: "mine", mode: "enforce", version: 2, orphans: ["gone"] },
    by: expect.stringMatching(/:assumed-role\/AWSReservedSSO_Security_\w+\/alice@example\.com$/),
    pins: { deploy: [{ id: DEPLOY }], gone: [] },
    groups: [{ group: DEPLOY, outcome: "acted" }],
  });
  expect(await textsOf(account.tester, DEPLOY)).toEqual([
    "egress all to 0.0.0.0/0",
    "ingress tcp 22 from 10.0.0.0/8",
  ]);

  const history = await askIn(here.path, "matrix", "history");
  expect(history.json).toMatchObject([{ version: 2, note: "why" }, { version: 1 }]);
  const shown = await run(["matrix", "show", "--version", "1"], { cwd: here.path });
  expect(shown.stdout).toMatch(/\n# version 1, sha [0-9a-f]{64}\n# applied by local/);
  expect(shown.stdout).toMatch(/\nmatrix: funai-studio\nmode: enforce\n/);
  const status = await askIn(here.path, "status");
  expect(status.json).toMatchObject({
    matrix: { name: "mine", version: 2, mode: "enforce", orphans: ["gone"] },
    ...{ pauses: [], holds: [], deadLetters: 0 },
  });
  expect(status.json.findings.length).toBeGreaterThan(0);
  here.remove();
});

test("replay --live runs the handler, and what is not of this account is left out", async () => {
  const here = directory();
  const account = await serve(here.path);
  const own = { groupId: DEPLOY };
  const place = { awsRegion: "ap-southeast-1", recipientAccountId: "111122223333" };
  const event = record("revoke-ingress", {
    ...place,
    requestParameters: own,
    responseElements: null,
  });
  const elsewhere = enveloped(record("authorize-ingress"), { account: "999900001111" });
  here.write("events.json", [event, elsewhere]);
  const { code, json } = await askIn(here.path, "replay", "--live", "--event", "events.json");
  expect(code).toBe(0);
  expect(json).toHaveLength(2);
  expect(json[0]).toMatchObject({ outcome: "reconcile", groups: [DEPLOY] });
  expect(json[0].live).toMatchObject({ runs: [{ group: DEPLOY, outcome: "clean" }], errors: [] });
  expect(json[1]).toMatchObject({ outcome: "invalid" });
  expect(json[1].live).toBeUndefined();
  expect((await askIn(here.path, "status")).json.deadLetters).toBe(0);
  expect(await textsOf(account.tester, DEPLOY)).toHaveLength(4);
  here.remove();
});
