// The life of a matrix on moto, by the command line alone: from fifty groups made by hand to an enforced
// matrix. Nothing that stood is closed at any step, and a stray rule is found by the audit alone, as
// moto tells of no event.
import { DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { EC2 } from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, expect, test } from "vitest";
import { accessKeyOf, secretOf } from "../../local/identities.ts";
import { isDrift } from "../../matrix/audit/report.ts";
import { directory, run } from "../cli/run.ts";
import { makeHandmade } from "./handmade.ts";
import { settingOf } from "./setting.ts";
import { ipv4 } from "./trial.ts";

/** A region of its own: moto keeps nothing of the other parts there. */
const region = "eu-central-1";
const CONFIG = ["--aws", "--config", "portward.json"];
const MATRIX = ["--matrix", "matrix.yaml"];
const dir = directory();
const accessKeyId = accessKeyOf("tester");
const access = {
  ...{ endpoint: settingOf("moto"), region },
  credentials: { accessKeyId, secretAccessKey: secretOf(accessKeyId) },
};
const ec2 = new EC2(access);
let ids: string[] = [];

beforeAll(async () => {
  ids = await makeHandmade(ec2);
});
afterAll(() => {
  ec2.destroy();
  dir.remove();
});

const portward = (...args: string[]) =>
  run(args, {
    cwd: dir.path,
    env: {
      ...{ AWS_ENDPOINT_URL: settingOf("moto"), AWS_REGION: region },
      ...{ AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretOf(accessKeyId) },
    },
  });

/** Runs a command that has to be clean, and gives back what it says. */
async function clean(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await portward(...args);
  const failures = stderr.replace(/^(?:account|created) .*\n/gm, "");
  expect({ code, failures }, stdout).toEqual({ code: 0, failures: "" });
  return stdout;
}

/** Every rule of every group, by what it says. */
async function standing(): Promise<string[]> {
  const { SecurityGroupRules = [] } = await ec2.describeSecurityGroupRules({});
  return SecurityGroupRules.flatMap(({ GroupId = "", ...rule }) => {
    if (!ids.includes(GroupId)) return [];
    const { CidrIpv4, CidrIpv6, PrefixListId, ReferencedGroupInfo, ...fields } = rule;
    const peer = CidrIpv4 ?? CidrIpv6 ?? PrefixListId ?? ReferencedGroupInfo?.GroupId;
    const { IsEgress, IpProtocol, FromPort, ToPort } = fields;
    return [[GroupId, IsEgress, IpProtocol, FromPort, ToPort, peer].join(" ")];
  }).sort();
}

test("a newcomer imports, checks and audits with nothing installed", async () => {
  const before = await standing();
  expect(before.length).toBeGreaterThan(120);
  const imported = await clean(
    "matrix",
    "import",
    "--from",
    "live",
    "--aws",
    "--out",
    "matrix.yaml",
  );
  expect(imported).toMatch(/wrote matrix\.yaml: 5\d groups, \d+ rules, \d+ flows\n/);
  await clean("matrix", "check", ...MATRIX);
  const report = JSON.parse(await clean("audit", ...MATRIX, "--aws", "--json"));
  expect(report.groups).toBeGreaterThanOrEqual(50);
  expect(report.findings.filter(isDrift)).toEqual([]);
  const dynamo = new DynamoDBClient(access);
  expect((await dynamo.send(new ListTablesCommand({}))).TableNames).toEqual([]);
  dynamo.destroy();
  expect(await standing()).toEqual(before);
}, 180_000);

test("plan, apply in observe, audit, then revoke, then enforce close nothing that stood", async () => {
  const before = await standing();
  dir.write("portward.json", await clean("setup", "--aws", "--json", "--stage", "life"));
  const text = dir.read("matrix.yaml");
  for (const [mode, version] of [
    ["observe", 1],
    ["revoke", 2],
    ["enforce", 3],
  ] as const) {
    dir.write("matrix.yaml", text.replace("mode: observe\n", `mode: ${mode}\n`));
    const planned = await clean("matrix", "plan", ...MATRIX, ...CONFIG);
    expect(planned).toContain("now: 0 closed or narrowed, 0 opened, 0 reported");
    const applied = await clean("matrix", "apply", ...MATRIX, ...CONFIG);
    expect(applied).toContain(`as version ${version}, mode ${mode}`);
    const report = JSON.parse(await clean("audit", ...CONFIG, "--json"));
    expect(report).toMatchObject({ matrix: { mode, version: String(version) }, missed: 0 });
    expect(report.findings.filter(isDrift)).toEqual([]);
    expect(await standing()).toEqual(before);
  }
}, 300_000);

test("then a rule nobody was told of is found missed and closed by an audit, and nothing else", async () => {
  const before = await standing();
  const [GroupId = ""] = ids;
  const IpPermissions = [ipv4("tcp", 3306, 3306, "0.0.0.0/0")];
  await ec2.authorizeSecurityGroupIngress({ GroupId, IpPermissions });
  expect(await standing()).not.toEqual(before);
  const { code, stdout } = await portward("audit", ...CONFIG, "--json");
  expect(code).toBe(1);
  expect(JSON.parse(stdout).findings.filter(isDrift)).toMatchObject([
    { group: GroupId, rule: "ingress tcp 3306 from 0.0.0.0/0", outcome: "closed", missed: true },
  ]);
  expect(await standing()).toEqual(before);
}, 120_000);
