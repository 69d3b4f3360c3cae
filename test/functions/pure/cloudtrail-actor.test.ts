import { describe, expect, test } from "vitest";
import { readRecord } from "../../../functions/aws/cloudtrail.ts";
import type { Actor } from "../../../matrix/trigger.ts";
import { type Json, record } from "../../support/cloudtrail.ts";

function actorOf(userIdentity: Json): Actor | undefined {
  return readRecord(record("delete-group", { userIdentity })).actor;
}

describe("who made a call", () => {
  test("a user is known by name", () => {
    expect(readRecord(record("authorize-ingress")).actor).toEqual({
      type: "IAMUser",
      name: "tester",
      nameChosenByCaller: false,
      arn: "arn:aws:iam::111122223333:user/tester",
      account: "111122223333",
      accessKeyId: "AKIAEXAMPLETESTER",
      sourceIp: "198.51.100.7",
      tool: "terraform",
      userAgent: expect.stringContaining("HashiCorp"),
    });
  });

  test("a session of an Identity Center role has a name its directory gave", () => {
    expect(readRecord(record("modify-rule")).actor).toMatchObject({
      name: "wang@example.com",
      nameChosenByCaller: false,
      roleArn: expect.stringContaining("/aws-reserved/sso.amazonaws.com/"),
    });
  });

  test("a session of any other role has a name its caller chose", () => {
    expect(readRecord(record("authorize-egress-two-families")).actor).toMatchObject({
      name: "release-42",
      nameChosenByCaller: true,
      roleArn: "arn:aws:iam::111122223333:role/ci/deploy",
    });
  });

  test("a role that only looks like an Identity Center one is any other role", () => {
    const name = "AWSReservedSSO_Admin_0a1b2c3d4e5f6071";
    const actor = actorOf({
      type: "AssumedRole",
      arn: `arn:aws:sts::111122223333:assumed-role/${name}/wang@example.com`,
      sessionContext: { sessionIssuer: { arn: `arn:aws:iam::111122223333:role/${name}` } },
    });
    expect(actor).toMatchObject({ name: "wang@example.com", nameChosenByCaller: true });
  });

  const rows: [string, Json, Partial<Actor>][] = [
    [
      "the root user",
      { type: "Root", arn: "arn:aws:iam::111122223333:root", accountId: "111122223333" },
      { name: "root", nameChosenByCaller: false },
    ],
    [
      "a service",
      { type: "AWSService", invokedBy: "autoscaling.amazonaws.com" },
      { name: "autoscaling.amazonaws.com", invokedBy: "autoscaling.amazonaws.com" },
    ],
    [
      "another account",
      { type: "AWSAccount", accountId: "444455556666", principalId: "AIDAEXAMPLE" },
      { name: "AIDAEXAMPLE", account: "444455556666" },
    ],
    [
      "a federated user",
      { type: "FederatedUser", arn: "arn:aws:sts::111122223333:federated-user/me" },
      { name: "me", nameChosenByCaller: true },
    ],
    [
      "an Identity Center user",
      { type: "IdentityCenterUser", onBehalfOf: { userId: "94b81458-c0a1" } },
      { name: "94b81458-c0a1", nameChosenByCaller: false },
    ],
    [
      "a session without an ARN",
      { type: "AssumedRole", principalId: "AROAEXAMPLE:me" },
      { name: "me", nameChosenByCaller: true },
    ],
    [
      "an empty session context",
      { type: "IAMUser", userName: "a", sessionContext: { sessionIssuer: {} } },
      { name: "a" },
    ],
    ["nobody in particular", {}, { type: "Unknown", name: "unknown" }],
  ];

  test.each(rows)("reads %s", (_, identity, actor) => {
    expect(actorOf(identity)).toMatchObject(actor);
  });

  test.each([null, "root", [], 7])("an identity of %j is no actor", identity => {
    expect(actorOf(identity)).toBeUndefined();
  });
});

describe("by what tool", () => {
  const rows: [string, Record<string, Json>, string | undefined][] = [
    [
      "Terraform, which also names an SDK",
      { userAgent: "APN/1.0 HashiCorp/1.0 Terraform/1.1.2 aws-sdk-go/1.44" },
      "terraform",
    ],
    ["the command line", { userAgent: "aws-cli/2.31.0 md/awscrt#0.27.6" }, "aws-cli"],
    [
      "the command line in a console shell",
      { userAgent: "aws-cli/2.31.0", sessionCredentialFromConsole: "true" },
      "aws-cli",
    ],
    ["boto3, which also names botocore", { userAgent: "Boto3/1.40.1 md/Botocore#1.40.1" }, "boto3"],
    ["an SDK", { userAgent: "aws-sdk-go-v2/1.41.0 ua/2.1" }, "aws-sdk-go-v2"],
    ["the console of 2017", { userAgent: "signin.amazonaws.com" }, "console"],
    ["the console of 2021", { userAgent: "console.ec2.amazonaws.com" }, "console"],
    [
      "the console of 2023",
      { userAgent: "AWS Internal", sessionCredentialFromConsole: "true" },
      "console",
    ],
    ["the console of today", { userAgent: "Mozilla/5.0 (X11; Linux x86_64)" }, "console"],
    ["CloudFormation", { userAgent: "cloudformation.amazonaws.com" }, "cloudformation"],
    ["something else", { userAgent: "curl/8.1" }, undefined],
    ["nothing", { userAgent: null }, undefined],
  ];

  test.each(rows)("reads %s", (_, changes, tool) => {
    expect(readRecord(record("authorize-ingress", changes)).actor?.tool).toBe(tool);
  });

  test("CloudFormation behind an internal address is read from who invoked the call", () => {
    expect(readRecord(record("authorize-group-reference")).actor?.tool).toBe("cloudformation");
  });

  test("another service is its own tool", () => {
    expect(readRecord(record("run-instances")).actor?.tool).toBe("autoscaling.amazonaws.com");
  });
});
