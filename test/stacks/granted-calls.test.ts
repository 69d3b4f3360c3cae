// Every function is granted exactly what it calls: each runs in the local account under a role of its
// own, and what it asked for at the wire is compared with stacks/permissions.ts.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parametersOf } from "../../stacks/parameters.ts";
import {
  type FunctionName,
  memberGrants,
  permissionsOf,
  reconcilers,
} from "../../stacks/permissions.ts";
import { siteAt } from "../../stacks/site.ts";
import { type Members, provokeHub } from "./members.ts";
import { provoke } from "./provoke.ts";
import { type Separate, startSeparate } from "./separate.ts";
import { asked, may } from "./wire.ts";

/** What no call at the wire shows, and why it is granted all the same. */
const UNSEEN: Readonly<Record<string, string>> = {
  "api iam:PassRole": "IAM asks for it when a schedule names its role; nobody calls it",
  "hub dynamodb:BatchGetItem exceptions": "nobody can ask for exceptions in a member yet",
  "rounds dynamodb:BatchGetItem exceptions": "nobody can ask for exceptions in a member yet",
};

const place = { partition: "aws", region: "r", account: "1", dnsSuffix: "x", stage: "t" };
const hub = {
  accounts: ["222233334444"],
  regions: ["ap-southeast-1"],
  externalIdSecret: "portward/external-id",
};
const given = { chatSecret: "portward-chat", members: hub };
const parameters = parametersOf("t", JSON.stringify({ t: given }));
const site = siteAt(place, "arn:aws:iam::1:user/x", parameters);
const permissions = permissionsOf(site);

let separate: Separate;
let members: Members;
beforeAll(async () => {
  separate = await startSeparate();
  await provoke(separate);
  members = await provokeHub(separate.stage);
}, 240_000);
afterAll(async () => {
  await separate.stage.stop();
  await members.account.stop();
});

describe.each(Object.keys(permissions) as FunctionName[])("%s", name => {
  const granted = may(permissions[name], "t");

  it("calls nothing it is not granted", () => {
    const calls = asked(separate.callsOf(name));
    expect(calls.size).toBeGreaterThan(0);
    expect([...calls].filter(call => !granted.has(call)).sort()).toEqual([]);
  });

  it("is granted nothing it does not call", () => {
    const calls = asked(separate.callsOf(name));
    const idle = [...granted].filter(grant => !calls.has(grant));
    expect(idle.filter(grant => UNSEEN[`${name} ${grant}`] === undefined).sort()).toEqual([]);
  });
});

describe("the role of a hub in a member", () => {
  it("is granted exactly what is called by it there", () => {
    const granted = may(memberGrants(site), "t");
    const calls = asked(members.calls());
    expect([...calls].filter(call => !granted.has(call)).sort()).toEqual([]);
    expect([...granted].filter(grant => !calls.has(grant)).sort()).toEqual([]);
  });
});

describe("who writes", () => {
  const granting = (action: string) =>
    Object.entries(permissions)
      .filter(([, grants]) => [...may(grants, "t")].some(grant => grant.startsWith(action)))
      .map(([name]) => name);

  it("is granted where it is findings to the reconcilers, and to who looks at attachments", () => {
    const writers = ["remediate", "attachments", "sweep", "window", "audit", "hub", "rounds"];
    expect(granting("dynamodb:PutItem findings")).toEqual(writers);
    expect(granting("dynamodb:UpdateItem findings")).toEqual(writers);
    expect(granting("dynamodb:DeleteItem findings")).toEqual([]);
  });

  it("is nobody's where it would change the history of an exception", () => {
    expect(granting("dynamodb:UpdateItem history")).toEqual([]);
    expect(granting("dynamodb:DeleteItem history")).toEqual([]);
  });

  it("is not the API's where it is EC2", () => {
    const ec2 = [...may(permissions.api, "t")].filter(grant => grant.startsWith("ec2:"));
    expect(ec2.filter(grant => !grant.startsWith("ec2:Describe"))).toEqual([]);
  });

  it("is the reconcilers' alone where it is EC2, but for the canary", () => {
    const writing = (Object.keys(permissions) as FunctionName[]).filter(name =>
      [...may(permissions[name], "t")].some(grant => /^ec2:(?!Describe|Get)/.test(grant)),
    );
    expect(writing.toSorted()).toEqual([...reconcilers, "canary"].toSorted());
  });

  it("is held to this account and region where it is EC2, and to its own group for the canary", () => {
    const writes = Object.values(permissions)
      .flat()
      .filter(({ actions }) => actions.some(one => /^ec2:(?!Describe|Get)/.test(one)));
    expect(writes.length).toBeGreaterThan(0);
    for (const { on } of writes) for (const arn of on) expect(arn).toMatch(/^arn:aws:ec2:r:1:/);
    expect(permissions.canary.at(-1)?.when).toEqual({
      StringEquals: { "aws:ResourceTag/portward-canary": "t" },
    });
  });
});
