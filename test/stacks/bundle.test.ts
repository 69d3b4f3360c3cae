// What the esbuild plugin takes out of the bundles, and that nothing is read differently without it.
import { execFile } from "node:child_process";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readStage } from "./graph.ts";

interface Esbuild {
  build(options: object): Promise<{ metafile: { outputs: Record<string, { bytes: number }> } }>;
}

// SST's own: what is true for another version of esbuild need not be for this one.
const esbuild: Esbuild = createRequire(`${process.cwd()}/.sst/platform/package.json`)("esbuild");

const shared = { bundle: true, format: "esm", platform: "node", target: "node22", minify: true };
const banner = {
  js: `import { createRequire as __cr } from "node:module"; const require = __cr(import.meta.url);`,
};
const OUT = `${process.cwd()}/.build/bundles`;

async function bundle(name: string, entry: object, plugins: unknown[]): Promise<number> {
  const outfile = `${OUT}/${name}.mjs`;
  const made = await esbuild.build({
    ...{ ...shared, ...entry, banner, outfile, plugins, metafile: true, logLevel: "silent" },
    mainFields: ["module", "main"],
  });
  return Object.values(made.metafile.outputs)[0]?.bytes ?? 0;
}

async function ours(): Promise<unknown[]> {
  const file = "../../stacks/esbuild/plugins.mjs";
  const loaded: { default: unknown[] } = await import(file);
  return loaded.default;
}

describe("the bundle of remediate", () => {
  it("is less than 0.7 of what it is without the plugin", async () => {
    const entry = { entryPoints: ["functions/remediate.ts"] };
    const plain = await bundle("remediate-plain", entry, []);
    const shaken = await bundle("remediate-shaken", entry, await ours());
    expect(shaken).toBeLessThan(0.7 * plain);
    // And that is what a stage deploys.
    expect(readStage("prod").builds.find(one => one.function === "Remediate")?.bytes).toBe(shaken);
  });
});

describe("a call of the shaken client", () => {
  const answers: Record<string, string> = {
    DescribeSecurityGroups: `<DescribeSecurityGroupsResponse><securityGroupInfo><item><groupId>sg-1</groupId>
      <groupName>a &amp; b</groupName><ownerId>1</ownerId><ipPermissions><item><ipProtocol>tcp</ipProtocol>
      <fromPort>22</fromPort><toPort>22</toPort><ipRanges><item><cidrIp>0.0.0.0/0</cidrIp></item></ipRanges>
      </item></ipPermissions><tagSet><item><key>k</key><value>v</value></item></tagSet></item>
      </securityGroupInfo><nextToken>n</nextToken></DescribeSecurityGroupsResponse>`,
    DescribeSecurityGroupRules: `<DescribeSecurityGroupRulesResponse><securityGroupRuleSet><item>
      <securityGroupRuleId>sgr-1</securityGroupRuleId><isEgress>false</isEgress><fromPort>22</fromPort>
      <referencedGroupInfo><groupId>sg-2</groupId><userId>2</userId></referencedGroupInfo></item>
      </securityGroupRuleSet></DescribeSecurityGroupRulesResponse>`,
  };
  const CODE = `
    import { DescribeSecurityGroupRulesCommand, DescribeSecurityGroupsCommand, EC2Client,
      RevokeSecurityGroupIngressCommand } from "@aws-sdk/client-ec2";
    const ec2 = new EC2Client({ endpoint: process.argv[2], region: "eu-west-1", maxAttempts: 1,
      credentials: { accessKeyId: "a", secretAccessKey: "b" } });
    const told = [];
    for (const call of [
      new DescribeSecurityGroupsCommand({ Filters: [{ Name: "group-id", Values: ["sg-1"] }], MaxResults: 5 }),
      new DescribeSecurityGroupRulesCommand({ Filters: [{ Name: "group-id", Values: ["sg-1"] }] }),
      new RevokeSecurityGroupIngressCommand({ GroupId: "sg-1", SecurityGroupRuleIds: ["sgr-1"] }),
    ]) {
      told.push(await ec2.send(call).then(({ $metadata, ...rest }) => rest, e => [e.name, e.message]));
    }
    process.stdout.write(JSON.stringify(told));`;

  const asked: string[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    asked.push(body);
    const action = new URLSearchParams(body).get("Action") ?? "";
    const failed = `<Response><Errors><Error><Code>InvalidPermission.NotFound</Code><Message>none</Message></Error></Errors></Response>`;
    response.writeHead(answers[action] ? 200 : 400).end(answers[action] ?? failed);
  });
  beforeAll(() => new Promise<void>(ready => void server.listen(0, "127.0.0.1", ready)));
  afterAll(() => void server.close());

  async function tell(
    name: string,
    plugins: unknown[],
  ): Promise<{ asked: string[]; told: unknown }> {
    const stdin = { contents: CODE, resolveDir: process.cwd(), loader: "ts" };
    await bundle(name, { stdin }, plugins);
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { stdout } = await promisify(execFile)(process.execPath, [`${OUT}/${name}.mjs`, url]);
    return { asked: asked.splice(0), told: JSON.parse(stdout) };
  }

  it("asks, reads answers and reads errors as one of the whole client", async () => {
    const plain = await tell("calls-plain", []);
    const shaken = await tell("calls-shaken", await ours());
    expect(shaken).toEqual(plain);
    expect(plain.told).toMatchObject([
      { SecurityGroups: [{ GroupName: "a & b", IpPermissions: [{ FromPort: 22 }] }] },
      { SecurityGroupRules: [{ ReferencedGroupInfo: { UserId: "2" }, IsEgress: false }] },
      ["InvalidPermission.NotFound", "none"],
    ]);
  });
});
