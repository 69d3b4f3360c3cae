// Does the engine speak the Query protocol strictly? Forms are sent by hand, as no SDK would send
// them.

import { describe, expect, it } from "vitest";
import { type CallContext, createEc2 } from "../../local/ec2/ec2.ts";

const from: CallContext = {
  region: "ap-southeast-1",
  sourceIp: "127.0.0.1",
  userAgent: "by hand",
  caller: {
    type: "Root",
    account: "111122223333",
    arn: "arn:aws:iam::111122223333:root",
    principalId: "111122223333",
    accessKeyId: "ROOT",
  },
};

const ec2 = createEc2({ clock: Date.now });
const send = (form: string) => ec2.handle(new URLSearchParams(`Version=2016-11-15&${form}`), from);
const codeIn = (body: string) => /<Code>([^<]*)<\/Code>/.exec(body)?.[1];

describe("forms", () => {
  it.each([
    ["Action=TerminateInstances", "InvalidAction"],
    ["", "InvalidAction"],
    ["Action=DescribeVpcs&Colour=red", "UnknownParameter"],
    ["Action=DescribeVpcs&__proto__=x", "UnknownParameter"],
    ["Action=DescribeVpcs&constructor.1=x", "UnknownParameter"],
    ["Action=DescribeVpcs&VpcId.a=vpc-1", "UnknownParameter"],
    ["Action=DescribeVpcs&VpcId.1.x=vpc-1", "UnknownParameter"],
    ["Action=DescribeVpcs&VpcId=vpc-1", "UnknownParameter"],
    ["Action=DescribeVpcs&MaxResults=1&MaxResults=2", "InvalidParameterValue"],
    ["Action=DescribeVpcs&MaxResults=ten", "InvalidParameterValue"],
    ["Action=DescribeVpcs&DryRun=maybe", "InvalidParameterValue"],
    ["Action=DescribeVpcs&DryRun=true", "DryRunOperation"],
    ["Action=CreateSecurityGroup&GroupName=a%00b&GroupDescription=x", "InvalidParameterValue"],
    ["Action=CreateSecurityGroup&GroupName=a", "MissingParameter"],
    ["Action=ModifySecurityGroupRules&GroupId=sg-0123456789abcdef1", "MissingParameter"],
    [`Action=DescribeVpcs&${"a.".repeat(20)}b=1`, "UnknownParameter"],
  ])("answers %s with %s", (form, code) => {
    expect(codeIn(send(form).body)).toBe(code);
  });

  it("refuses another version of the API", () => {
    const form = new URLSearchParams("Action=DescribeVpcs&Version=2014-01-01");
    expect(codeIn(ec2.handle(form, from).body)).toBe("NoSuchVersion");
  });

  it("refuses a region that cannot be one", () => {
    const form = new URLSearchParams("Action=DescribeVpcs&Version=2016-11-15");
    const answer = ec2.handle(form, { ...from, region: "nowhere" });
    expect(codeIn(answer.body)).toBe("InvalidParameterValue");
  });

  it("orders list members by number and minds no gaps", () => {
    const permission = "IpPermissions.1.IpProtocol=-1";
    const ranges = [10, 2, 7].map(i => `IpPermissions.1.IpRanges.${i}.CidrIp=10.${i}.0.0/16`);
    const form = ["Action=AuthorizeSecurityGroupIngress&GroupName=default", permission, ...ranges];
    const { body } = send(form.join("&"));
    const blocks = [...body.matchAll(/<cidrIpv4>([^<]*)</g)].map(match => match[1]);
    expect(blocks).toEqual(["10.2.0.0/16", "10.7.0.0/16", "10.10.0.0/16"]);
  });

  it("reads an empty list parameter as none", () => {
    expect(send("Action=DescribeVpcs&VpcId=").status).toBe(200);
  });
});

describe("answers", () => {
  it.each([
    ["Action=DescribeVpcs", 200],
    ["Action=Nothing", 400],
    ["Action=DescribeVpcs&DryRun=true", 412],
  ])("answers %s with status %i", (form, status) => {
    expect(send(form).status).toBe(status);
  });

  it("escapes what callers wrote", () => {
    const { body } = send(`Action=${encodeURIComponent('<a href="x">&</a>')}`);
    expect(body).toContain("The action &lt;a href=&quot;x&quot;&gt;&amp;&lt;/a&gt; is not valid");
  });

  it("gives the same request id in the body as beside it", () => {
    const { body, requestId } = send("Action=DescribeVpcs");
    expect(body).toContain(`<requestId>${requestId}</requestId>`);
    const failed = send("Action=Nothing");
    expect(failed.body).toContain(`<RequestID>${failed.requestId}</RequestID>`);
  });
});

it("matches a filter of many wildcards without backtracking for ever", () => {
  send(`Action=CreateSecurityGroup&GroupName=${"a".repeat(200)}&GroupDescription=x`);
  const started = performance.now();
  const filter = `Filter.1.Name=group-name&Filter.1.Value.1=${"*a".repeat(100)}b`;
  const { status, body } = send(`Action=DescribeSecurityGroups&${filter}`);
  expect([status, body.includes("<groupId>")]).toEqual([200, false]);
  expect(performance.now() - started).toBeLessThan(500);
});
