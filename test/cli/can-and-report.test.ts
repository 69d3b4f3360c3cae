// `can`, `matrix probes` and `report` as a process: offline, and `can` beside a running account.
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTester } from "../../local/tester.ts";
import { findingOf } from "../support/findings.ts";
import { auditReport } from "../support/reports.ts";
import { collect, directory, ended, run, start, studio, until } from "./run.ts";

const DEPLOY = "sg-0f0a1b2c3d4e50100";
const dir = directory({
  "audit.json": auditReport(),
  "findings.json": [findingOf({ id: "f-1" })],
  "bad.json": { ...auditReport(), region: "<b>", findings: [{ kind: "drift" }] },
});
const beside = directory();
let served: ReturnType<typeof start>;
let url = "";

beforeAll(async () => {
  served = start(["local", "--port", "0"], { cwd: beside.path });
  const output = collect(served);
  await until("the account serves", () => /alerts follow/.exec(output().stdout) ?? undefined);
  url = /^export AWS_ENDPOINT_URL=(\S+)$/m.exec(output().stdout)?.[1] ?? "";
});
afterAll(async () => {
  const end = ended(served);
  served.kill("SIGTERM");
  await end;
  dir.remove();
  beside.remove();
});

const say = (...args: string[]) => run(args, { cwd: dir.path });
const live = (...args: string[]) => run(["can", ...args], { cwd: beside.path });

test.each([
  [["runner", "deploy", "tcp", "7002"], 0, /^offline\nyes {2}runner to deploy tcp 7002\n/],
  [["workspace", "deploy", "tcp 7002"], 1, /\nno {2}workspace to deploy/],
  [["runner", "192.0.2.1", "tcp 443"], 1, /an exception may open it: flow runner to 0\.0\.0\.0\/0/],
])("can %j ends with %i", async (asked, code, line) => {
  const answer = await say("can", ...asked, "--matrix", studio);
  expect(answer).toMatchObject({ code, stderr: "" });
  expect(answer.stdout).toMatch(line);
});

test.each([
  [["nobody", "deploy", "tcp 1"], /`nobody` is no group and no network/],
  [["runner", "deploy", "tcp 80/443"], /write tcp 80 443 for the two ports/],
  [["192.0.2.1", "192.0.2.2", "tcp 1"], /the matrix says nothing of/],
])("can %j is refused with the cure", async (asked, why) => {
  const answer = await say("can", ...asked, "--matrix", studio);
  expect(answer).toMatchObject({ code: 2, stdout: "" });
  expect(answer.stderr).toMatch(why);
});

test("can looks at both sides of a running account, by the matrix in force", async () => {
  const open = await live("api", "deploy", "tcp 7002", "--json");
  expect(open.code).toBe(0);
  expect(JSON.parse(open.stdout)).toMatchObject({
    can: true,
    answers: [
      {
        from: "172.21.138.91 (eni-0f0a1b2c3d4e50091)",
        sides: [
          { direction: "egress", permitted: true, open: true },
          { direction: "ingress", permitted: true, open: true },
        ],
      },
    ],
  });
  const moved = await live("api", "deploy", "tcp 7003");
  expect(moved.code).toBe(1);
  expect(moved.stdout).toMatch(/has the port of the\s+service changed/);
});

test("can says on which side a required flow is cut while it is on hold", async () => {
  const paused = await run(["pause", "--for", "1h", "--reason", "test"], { cwd: beside.path });
  expect(paused.code).toBe(0);
  const tester = createTester({ url, region: "ap-southeast-1" });
  await tester.revoke(DEPLOY, ["ingress tcp 7002 from 172.21.138.91/32"]);
  const cut = JSON.parse((await live("172.21.138.91", DEPLOY, "tcp 7002", "--json")).stdout);
  expect(cut).toMatchObject({
    can: false,
    answers: [
      {
        sides: [
          { direction: "egress", open: true },
          { direction: "ingress", permitted: true, open: false },
        ],
      },
    ],
  });
});

test("matrix probes prints what to run where", async () => {
  const { code, stdout } = await say("matrix", "probes", "--matrix", studio);
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /on runner \(172\.21\.138\.101\)\n.*\n {2}curl -m 5 http:\/\/172\.21\.138\.102:7005\/internal\/health +# reachable/,
  );
});

test.each([
  ["table", /^matrix funai-studio version 12.*\n\ncritical {2}exposure/],
  ["json", /^\{\n {2}"id": "audit-1"/],
  ["csv", /^id,severity,kind,.*\r\na-4,critical,exposure,/],
  ["sarif", /"semanticVersion": "\d+\.\d+\.\d+"/],
  ["ocsf", /^\{.*"class_uid":2003.*\}\n\{/],
  ["html", /^<!doctype html>\n<html lang="en">/],
])("report writes a saved audit as %s", async (format, begin) => {
  const { code, stdout, stderr } = await say("report", "--from", "audit.json", "--format", format);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toMatch(begin);
});

test("report writes the page with its picture and timeline to a file", async () => {
  const from = [
    "report",
    "--from",
    "audit.json",
    "--matrix",
    studio,
    "--findings",
    "findings.json",
  ];
  const answer = await say(...from, "--format", "html", "--out", "audit.html");
  expect(answer).toEqual({ code: 0, stdout: "", stderr: "" });
  const page = dir.read("audit.html");
  expect(page).toContain('id="grid"');
  expect(page).toContain('class="bars"');
});

test.each([
  [["--from", "bad.json"], /region: it is no region\n[\s\S]*findings\.0\.id: /],
  [["--from", "nowhere.json"], /there is no such file/],
  [["--from", "audit.json", "--format", "pdf"], /Allowed choices are table, json/],
  [["--from", "audit.json", "--out", "no/such/folder"], /cannot be written/],
  [["--from", "audit.json", "--findings", "audit.json"], /holds no list of findings/],
])("report %j is refused", async (args, why) => {
  const answer = await say("report", ...args);
  expect(answer).toMatchObject({ code: 2, stdout: "" });
  expect(answer.stderr).toMatch(why);
});
