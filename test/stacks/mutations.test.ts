// What the suite says when a stage is changed for the worse: each of these must be noticed.
import { describe, expect, it } from "vitest";
import { changed, deployersOf, readStage, type Statement, statements } from "./graph.ts";
import {
  deadLetterProblems,
  eventProblems,
  policyProblems,
  routeProblems,
  tableProblems,
} from "./problems.ts";

const prod = readStage("prod");
const deployers = deployersOf("prod");

const withStatement = (statement: object) => (inputs: Readonly<Record<string, unknown>>) => ({
  ...inputs,
  inlinePolicies: [
    ...(inputs.inlinePolicies as object[]),
    { name: "more", policy: JSON.stringify({ Statement: [{ Effect: "Allow", ...statement }] }) },
  ],
});

describe("a stage changed for the worse is noticed", () => {
  it.each([
    [{ Action: "dynamodb:*", Resource: "arn:aws:dynamodb:::table/x" }, "grants dynamodb:*"],
    [
      { Action: ["ec2:AuthorizeSecurityGroupIngress"], Resource: "*" },
      "grants ec2:AuthorizeSecurityGroupIngress on everything, for no reason",
    ],
  ])("when the API's role is given %j", (statement, problem) => {
    const worse = changed(prod, "ApiExecutionRole", withStatement(statement));
    expect(policyProblems(worse)).toEqual([`ApiExecutionRole: ${problem}`]);
  });

  it("when a role trusts the account's root, as SST's own do", () => {
    const worse = changed(prod, "RemediateExecutionRole", inputs => ({
      ...inputs,
      assumeRolePolicy: JSON.stringify({
        Statement: [{ Effect: "Allow", Principal: { AWS: "arn:aws:iam::1:root" } }],
      }),
    }));
    expect(policyProblems(worse)).toEqual([
      "RemediateExecutionRole: AWS arn:aws:iam::1:root may take it on",
    ]);
  });

  it("when a queue takes messages on nobody's behalf, as SST's own do", () => {
    const worse = changed(prod, "RemediateQueuePolicy", inputs => ({
      ...inputs,
      policy: JSON.stringify({
        Statement: [{ Effect: "Allow", Principal: { Service: "events.amazonaws.com" } }],
      }),
    }));
    expect(policyProblems(worse)).toEqual(["RemediateQueuePolicy: allows on nobody's behalf"]);
  });

  const inPolicy = (name: string, change: (statements: Statement[]) => Statement[]) =>
    changed(prod, name, inputs => ({
      ...inputs,
      policy: JSON.stringify({ Statement: change(statements(inputs.policy)) }),
    }));

  it("when one more role may write a table", () => {
    const stranger = "arn:aws:iam::111122223333:role/Stranger";
    const worse = inPolicy("PolicyTablePolicy", ([only]) => {
      const writers = only?.Condition?.ArnNotLike?.["aws:PrincipalArn"] as string[];
      const more = { ArnNotLike: { "aws:PrincipalArn": [...writers, stranger] } };
      return only ? [{ ...only, Condition: more }] : [];
    });
    expect(tableProblems(worse, deployers)).toContain(
      "PolicyTableTable: more than its writers may call PutItem",
    );
  });

  it("when what was done to an exception may be changed or removed by those who may add to it", () => {
    const worse = inPolicy("HistoryTablePolicy", all => all.filter(one => one.Condition));
    expect(tableProblems(worse, deployers)).toEqual(
      expect.arrayContaining(
        ["UpdateItem", "DeleteItem"].map(call => `HistoryTableTable: somebody may call ${call}`),
      ),
    );
  });

  it("when a table has no policy", () => {
    const resources = prod.resources.filter(({ name }) => name !== "FindingsTablePolicy");
    expect(tableProblems({ ...prod, resources }, deployers)).toEqual([
      "FindingsTableTable: whoever has a right in IAM may write it",
    ]);
  });

  it.each([
    ["RemediateQueueQueue", "redrivePolicy", "RemediateQueueQueue: has no dead-letter queue"],
    ["GroupEventsTarget", "deadLetterConfig", "GroupEventsTarget: drops what it cannot deliver"],
    ["GroupEventsTarget", "retryPolicy", "GroupEventsTarget: drops what it cannot deliver"],
  ])("when %s has no %s", (name, input, problem) => {
    const worse = changed(prod, name, ({ [input]: _, ...inputs }) => inputs);
    expect(deadLetterProblems(worse)).toEqual([problem]);
  });

  it("when nobody watches the dead letters", () => {
    const worse = changed(prod, "DeadLettersWait", inputs => ({ ...inputs, metricName: "Other" }));
    expect(deadLetterProblems(worse)).toEqual([
      "arn:aws:sqs:ap-southeast-1:111122223333:portward-prod-dead-letters: nobody hears when it is not empty",
    ]);
  });

  it("when a rule hears one call less, or nothing any more", () => {
    const less = changed(prod, "GroupEvents", inputs => ({
      ...inputs,
      eventPattern: String(inputs.eventPattern).replace('"ModifySecurityGroupRules",', ""),
    }));
    expect(eventProblems(less)).toEqual(["nobody hears of ModifySecurityGroupRules"]);
    const off = changed(prod, "GroupEvents", inputs => ({ ...inputs, state: "DISABLED" }));
    expect(eventProblems(off)).toContain("nobody hears of AuthorizeSecurityGroupIngress");
  });

  it("when a route asks for nothing", () => {
    const worse = changed(prod, "ApiRoutePutMatrix", inputs => ({
      ...inputs,
      authorizationType: "NONE",
    }));
    expect(routeProblems(worse, { isPublic: true })).toEqual(["PUT /matrix is open to everybody"]);
  });

  it("when public routes are deployed in a stage that wants none", () => {
    expect(routeProblems(prod, { isPublic: false })).toContain(
      "POST /slack/actions is open to everybody",
    );
  });
});
