// What the suite says when a stage is changed for the worse: each of these must be noticed.
import { describe, expect, it } from "vitest";
import { changed, deployersOf, readStage, type Statement, statements } from "./graph.ts";
import {
  deadLetterProblems,
  eventProblems,
  memberProblems,
  policyProblems,
  routeProblems,
  tableProblems,
} from "./problems.ts";

const prod = readStage("prod");
const deployers = deployersOf("prod");
const hub = readStage("hub");
const member = readStage("member");

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

describe("a member changed for the worse is noticed", () => {
  type Trust = { Principal: { AWS: string[] }; Condition?: object };
  const trusting = (change: (trust: Trust) => Trust) =>
    changed(member, "MemberRole", inputs => {
      const { Statement } = JSON.parse(String(inputs.assumeRolePolicy)) as { Statement: Trust[] };
      return { ...inputs, assumeRolePolicy: JSON.stringify({ Statement: Statement.map(change) }) };
    });
  const root = "arn:aws:iam::111122223333:root";

  it("when its role trusts the hub's account, and not only the hub's functions", () => {
    const worse = trusting(trust => ({
      ...trust,
      Principal: { AWS: [...trust.Principal.AWS, root] },
    }));
    expect(policyProblems(worse)).toEqual([`MemberRole: AWS ${root} may take it on`]);
  });

  it("when its role asks for no external id, or for one that could be guessed", () => {
    const problem =
      "MemberRole: the hub may be made to take it on for anybody, without an external id";
    const without = trusting(({ Condition: _, ...trust }) => trust);
    expect(policyProblems(without)).toEqual([problem]);
    const short = { StringEquals: { "sts:ExternalId": "hub" } };
    const guessed = trusting(trust => ({ ...trust, Condition: short }));
    expect(policyProblems(guessed)).toEqual([problem]);
  });

  it.each([
    [{ Action: "ec2:CreateSecurityGroup", Resource: "arn:aws:ec2:eu-west-1:1:security-group/*" }],
    [{ Action: "iam:PassRole", Resource: "arn:aws:iam::1:role/x" }],
    [{ Action: "ec2:RevokeSecurityGroupIngress", Resource: "*" }],
  ])("when its role may do more than remediate: %j", statement => {
    const worse = changed(member, "MemberRole", withStatement(statement));
    expect(memberProblems(worse, prod)).toHaveLength(1);
  });

  it("when it forwards one call less, or drops what it cannot forward", () => {
    const less = changed(member, "GroupEvents", inputs => ({
      ...inputs,
      eventPattern: String(inputs.eventPattern).replace('"ModifySecurityGroupRules",', ""),
    }));
    expect(eventProblems(less)).toEqual(["nobody hears of ModifySecurityGroupRules"]);
    const lost = changed(
      member,
      "GroupEventsTarget",
      ({ deadLetterConfig: _, ...inputs }) => inputs,
    );
    expect(deadLetterProblems(lost)).toContain("GroupEventsTarget: drops what it cannot deliver");
  });
});

describe("a hub changed for the worse is noticed", () => {
  type Sending = { Principal: unknown; Condition?: object };
  const sending = (change: (statement: Sending) => Sending) =>
    changed(hub, "MembersBusPolicy", inputs => {
      const { Statement } = JSON.parse(String(inputs.policy)) as { Statement: Sending[] };
      return { ...inputs, policy: JSON.stringify({ Statement: Statement.map(change) }) };
    });

  it("when every account may send to its bus", () => {
    const worse = sending(statement => ({ ...statement, Principal: "*" }));
    expect(policyProblems(worse)).toEqual(["MembersBusPolicy: lets every account send"]);
  });

  it("when anybody in a member's account may send to its bus", () => {
    const worse = sending(({ Condition: _, ...statement }) => statement);
    expect(policyProblems(worse)).toEqual(["MembersBusPolicy: lets send whoever the accounts let"]);
  });

  it.each(["*", "arn:aws:iam::*:role/portward-central-eu-west-1-member"])(
    "when its function may assume %s",
    Resource => {
      const statement = { Action: ["sts:AssumeRole"], Resource };
      const worse = changed(hub, "HubExecutionRole", withStatement(statement));
      expect(policyProblems(worse)).toHaveLength(1);
    },
  );
});
