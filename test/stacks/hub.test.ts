// A hub and a member as they are deployed, each by itself: that both have no problems, and that what one
// of them names is what the other one makes.
import { describe, expect, it } from "vitest";
import { readConfig } from "../../functions/wiring/config.ts";
import { memberRole, placesOf } from "../../functions/wiring/members.ts";
import { attachmentEvents, groupEvents } from "../../functions/wiring/triggers.ts";
import { claimName } from "../../stacks/own-parts.ts";
import { parametersOf } from "../../stacks/parameters.ts";
import { memberGrants, permissionsOf, runtimeGrants } from "../../stacks/permissions.ts";
import { policyOf } from "../../stacks/policy-document.ts";
import { siteAt } from "../../stacks/site.ts";
import { all, granted, list, one, readStage, statements, text } from "./graph.ts";
import {
  deadLetterProblems,
  eventProblems,
  memberProblems,
  policyProblems,
  routeProblems,
} from "./problems.ts";

const hub = readStage("hub");
const member = readStage("member");
const prod = readStage("prod");
const variablesOf = (name: string): Record<string, string> =>
  (one(hub, "Function", name).inputs.environment as { variables: Record<string, string> })
    .variables;
const policyOfBus = () => statements(one(hub, "EventBusPolicy", "MembersBusPolicy").inputs.policy);

describe("a hub", () => {
  it("has none of the problems that may not be deployed", () => {
    expect(policyProblems(hub)).toEqual([]);
    expect(deadLetterProblems(hub)).toEqual([]);
    expect(eventProblems(hub)).toEqual([]);
    expect(routeProblems(hub, { isPublic: false })).toEqual([]);
  });

  it("has functions that are told who its members are", () => {
    for (const name of ["HubFunction", "RoundsFunction"]) {
      const config = readConfig({ ...variablesOf(name), AWS_REGION: "ap-southeast-1" });
      expect(config.retryQueueUrl).toBe(one(hub, "Queue", "MembersQueueQueue").id);
      expect(config.members?.roundsQueueUrl).toBe(one(hub, "Queue", "RoundsQueueQueue").id);
      expect(config.members?.accounts).toHaveLength(3);
    }
    expect(variablesOf("RemediateFunction").PORTWARD_MEMBER_ACCOUNTS).toBeUndefined();
  });

  it.each(["Hub", "Rounds"])(
    "lets the function %s assume exactly the roles of its members",
    name => {
      const { members } = readConfig({
        ...variablesOf(`${name}Function`),
        AWS_REGION: "ap-southeast-1",
      });
      if (!members) throw new Error("it has no members");
      const roles = granted(one(hub, "Role", `${name}ExecutionRole`))
        .filter(({ Action }) => list(Action).includes("sts:AssumeRole"))
        .flatMap(({ Resource }) => list(Resource));
      const others = placesOf(members).filter(
        ({ account, region }) => `${account}/${region}` !== "111122223333/ap-southeast-1",
      );
      expect(others).toHaveLength(5);
      expect(roles).toEqual(others.map(place => memberRole(members, place)));
    },
  );

  it("gives them no call that changes a group at home", () => {
    for (const name of ["HubExecutionRole", "RoundsExecutionRole"]) {
      const calls = granted(one(hub, "Role", name)).flatMap(({ Action }) => list(Action));
      expect(calls.filter(call => call.startsWith("ec2:"))).toEqual([]);
    }
  });

  it.each([
    ["MemberEvents", "Members", groupEvents],
    ["MemberAttached", "MemberAttachments", attachmentEvents],
  ] as const)(
    "hears the wired events by %s on a bus of its own, and puts them on a queue",
    (name, thing, wired) => {
      const rule = one(hub, "EventRule", name);
      expect(rule.inputs.eventBusName).toBe(one(hub, "EventBus", "MembersBus").inputs.name);
      expect(JSON.parse(text(rule, "eventPattern"))).toEqual(wired);
      const queue = one(hub, "Queue", `${thing}QueueQueue`);
      const target = one(hub, "EventTarget", `${name}Target`);
      expect(String(target.inputs.arn).split(":").at(-1)).toBe(queue.inputs.name);
      const { timeout } = one(hub, "Function", "HubFunction").inputs;
      expect(queue.inputs.visibilityTimeoutSeconds).toBe(6 * Number(timeout));
      const { functionName } = one(hub, "EventSourceMapping", `${thing}Consumer`).inputs;
      expect(functionName).toBe(one(hub, "Function", "HubFunction").inputs.name);
    },
  );

  it("has no pattern longer than EventBridge takes", () => {
    for (const rule of all(hub, "EventRule")) {
      expect(text(rule, "eventPattern").length, rule.name).toBeLessThanOrEqual(2_048);
    }
  });

  it("has policies that AWS takes with as many members as it may have", () => {
    const accounts = Array.from({ length: 12 }, (_, n) => String(111_111_111_111 + n));
    const regions = [
      "ap-southeast-1",
      "ap-southeast-2",
      "ap-southeast-3",
      "ap-northeast-1",
      "us-gov-east-1",
    ];
    const members = { accounts, regions, externalIdSecret: "portward/external-id" };
    const stage = "a-stage-of-16-ch";
    const parameters = parametersOf(stage, JSON.stringify({ [stage]: { members } }));
    const [account = ""] = accounts;
    const place = {
      partition: "aws-us-gov",
      region: "ap-southeast-1",
      dnsSuffix: "x",
      stage,
      account,
    };
    const site = siteAt(place, "arn:aws:iam::1:user/x", parameters);
    for (const name of ["hub", "rounds"] as const) {
      const policy = policyOf([...permissionsOf(site)[name], ...runtimeGrants(site, name)]);
      expect(policy.length, name).toBeLessThanOrEqual(10_240);
    }
  });
});

describe("a member", () => {
  it.each(["member", "memberInChina"] as const)("has none of the problems (%s)", stage => {
    const graph = readStage(stage);
    expect(policyProblems(graph)).toEqual([]);
    expect(deadLetterProblems(graph)).toEqual([]);
    expect(eventProblems(graph)).toEqual([]);
    expect(memberProblems(graph, prod)).toEqual([]);
  });

  it("is two rules, two roles and what is lost on the way, and nothing that keeps or runs anything", () => {
    for (const type of ["Function", "Table", "Api", "Schedule", "Key"]) {
      expect(all(member, type), type).toEqual([]);
    }
    expect(
      all(member, "Role")
        .map(({ name }) => name)
        .sort(),
    ).toEqual(["ForwardRole", "MemberRole"]);
  });

  it("claims its account and region, in which no other stage acts then", () => {
    for (const stage of ["member", "memberInChina"] as const) {
      expect(one(readStage(stage), "Parameter", "ActingStage").inputs, stage).toMatchObject({
        ...{ name: claimName, insecureValue: "edge", overwrite: false },
      });
    }
  });

  it("that only reports lends the hub no call that changes a group", () => {
    const hub = {
      account: "1".repeat(12),
      region: "eu-west-1",
      stage: "prod",
      externalId: "x".repeat(16),
    };
    const grantsOf = (acts: boolean) => {
      const parameters = parametersOf("edge", JSON.stringify({ edge: { hub, acts } }));
      const place = { partition: "aws", region: "eu-west-1", account: "2", dnsSuffix: "x" };
      const site = siteAt({ ...place, stage: "edge" }, "arn:aws:iam::2:user/x", parameters);
      return memberGrants(site).flatMap(({ actions }) => actions);
    };
    const writes = (acts: boolean) =>
      grantsOf(acts).filter(one => !/^ec2:(?:Describe|Get)/.test(one));
    expect(writes(true)).toContain("ec2:RevokeSecurityGroupIngress");
    expect(writes(false)).toEqual([]);
    expect(grantsOf(false)).toContain("ec2:DescribeSecurityGroups");
  });

  it("names nothing of another partition", () => {
    const inputs = readStage("memberInChina").resources.map(one => JSON.stringify(one.inputs));
    expect(inputs.some(text => text.includes("arn:aws-cn:"))).toBe(true);
    expect(inputs.filter(text => /arn:(?!aws-cn:)/.test(text))).toEqual([]);
  });
});

describe("a hub and its member", () => {
  const arnOf = (name: string) => `arn:aws:iam::111122223333:role/${name}`;

  it("agree on the bus, on what goes there, and on the role that sends it", () => {
    const [statement] = policyOfBus();
    const bus = one(member, "EventTarget", "GroupEventsTarget").inputs.arn;
    expect(statement?.Resource).toBe(bus);
    const sent = (name: string) => text(one(member, "EventRule", name), "eventPattern");
    const heard = (name: string) => text(one(hub, "EventRule", name), "eventPattern");
    expect(sent("GroupEvents")).toBe(heard("MemberEvents"));
    expect(sent("AttachmentEvents")).toBe(heard("MemberAttached"));
    const forward = arnOf(String(one(member, "Role", "ForwardRole").inputs.name));
    expect(statement?.Condition?.ArnEquals?.["aws:PrincipalArn"]).toContain(forward);
    const [grant] = granted(one(member, "Role", "ForwardRole"));
    expect(grant).toMatchObject({ Action: ["events:PutEvents"], Resource: [bus] });
  });

  it("agree on the role that is assumed, and on who assumes it", () => {
    const role = arnOf(String(one(member, "Role", "MemberRole").inputs.name));
    const assumed = granted(one(hub, "Role", "HubExecutionRole")).flatMap(({ Action, Resource }) =>
      list(Action).includes("sts:AssumeRole") ? list(Resource) : [],
    );
    expect(assumed).toContain(role);
    const [trust] = statements(one(member, "Role", "MemberRole").inputs.assumeRolePolicy);
    expect(trust?.Principal).toEqual({
      AWS: ["HubExecutionRole", "RoundsExecutionRole"].map(name =>
        arnOf(String(one(hub, "Role", name).inputs.name)),
      ),
    });
  });
});

describe("parameters", () => {
  const problemsOf = (parameters: object) => {
    try {
      parametersOf("s", JSON.stringify({ s: parameters }));
    } catch (thrown) {
      return String(thrown);
    }
    return "";
  };
  const members = { accounts: ["111122223333"], regions: ["eu-west-1"], externalIdSecret: "x" };
  const own = {
    account: "111122223333",
    region: "eu-west-1",
    stage: "prod",
    externalId: "x".repeat(16),
  };

  it("of a hub and of a member do not go together, and are all checked at once", () => {
    expect(problemsOf({ members })).toBe("");
    expect(problemsOf({ hub: own })).toBe("");
    expect(problemsOf({ members, hub: own })).toContain("a member has no members");
    const wrong = problemsOf({
      members: { accounts: ["1"], regions: ["Ireland"], externalIdSecret: "" },
      hub: { ...own, externalId: "short" },
    });
    for (const name of ["accounts.0", "regions.0", "externalIdSecret", "hub.externalId"]) {
      expect(wrong).toContain(name);
    }
  });

  it("name no more members than policies hold", () => {
    const accounts = Array.from({ length: 61 }, (_, n) => String(111_111_111_111 + n));
    expect(problemsOf({ members: { ...members, accounts } })).toContain("at most 60");
  });
});
