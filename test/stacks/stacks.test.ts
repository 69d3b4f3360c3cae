import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readConfig } from "../../functions/wiring/config.ts";
import { ownResourceCalls } from "../../functions/wiring/own-resources.ts";
import { attachmentDelay, attachmentEvents, groupEvents } from "../../functions/wiring/triggers.ts";
import { ownResources, refuseSecond } from "../../stacks/own-parts.ts";
import { parametersOf } from "../../stacks/parameters.ts";
import { siteAt } from "../../stacks/site.ts";
import { all, deployersOf, granted, list, one, readStage, statements, text } from "./graph.ts";
import {
  deadLetterProblems,
  eventProblems,
  policyProblems,
  routeProblems,
  tableProblems,
} from "./problems.ts";

const prod = readStage("prod");
const bare = readStage("bare");
const tokens = readStage("tokens");

const variablesOf = (name: string): Record<string, string> =>
  (one(prod, "Function", name).inputs.environment as { variables: Record<string, string> })
    .variables;

describe("a stage", () => {
  it.each(["prod", "bare", "tokens", "second", "china", "government"] as const)(
    "%s has none of the problems that may not be deployed",
    stage => {
      const graph = readStage(stage);
      const isPublic = !["bare", "tokens", "second"].includes(stage);
      expect(policyProblems(graph)).toEqual([]);
      expect(tableProblems(graph, deployersOf(stage))).toEqual([]);
      expect(deadLetterProblems(graph)).toEqual([]);
      expect(eventProblems(graph)).toEqual([]);
      expect(routeProblems(graph, { isPublic })).toEqual([]);
    },
  );

  it.each([
    ["china", "arn:aws-cn:", /arn:(?!aws-cn:)/],
    ["government", "arn:aws-us-gov:", /arn:(?!aws-us-gov:)/],
  ] as const)("names nothing of another partition in %s", (stage, own, other) => {
    const named = readStage(stage).resources.map(({ inputs }) => JSON.stringify(inputs));
    expect(named.some(inputs => inputs.includes(own))).toBe(true);
    // The test's own parameter is of the one partition, and stands for whatever a user writes.
    const foreign = named.map(inputs =>
      inputs.replaceAll("arn:aws:iam::111122223333:role/Security", ""),
    );
    expect(foreign.filter(inputs => other.test(inputs))).toEqual([]);
  });

  it("claims its account and region by one name for all stages, which AWS makes once", () => {
    const claims = [prod, bare, tokens].map(graph => one(graph, "Parameter", "ActingStage").inputs);
    expect(new Set(claims.map(({ name }) => name)).size).toBe(1);
    expect(claims.map(({ insecureValue }) => insecureValue)).toEqual(["prod", "bare", "tokens"]);
    expect(claims.map(({ overwrite }) => overwrite)).toEqual([false, false, false]);
  });

  it("that only reports claims nothing, may change no group, and is told so", () => {
    const second = readStage("second");
    expect(all(second, "Parameter")).toEqual([]);
    const actions = all(second, "Role").flatMap(role =>
      granted(role).flatMap(({ Action }) => list(Action)),
    );
    const ec2 = actions.filter(action => action.startsWith("ec2:"));
    expect(ec2.length).toBeGreaterThan(0);
    expect(ec2.filter(action => !/^ec2:(?:Describe|Get)/.test(action))).toEqual([]);
    const { variables } = one(second, "Function", "RemediateFunction").inputs.environment as {
      variables: Record<string, string>;
    };
    expect(readConfig({ ...variables, AWS_REGION: "ap-southeast-1" }).isReporting).toBe(true);
    expect(() => parametersOf("s", '{"s":{"acts":false,"canaryVpc":"vpc-0a"}}')).toThrow(
      "s.canaryVpc: a stage that only reports has no canary",
    );
  });

  it("that would act beside another is told whose the place is, and what to do", () => {
    const site = (stage: string) =>
      siteAt(
        { partition: "aws", region: "eu-west-1", account: "1", dnsSuffix: "x", stage },
        "arn:aws:iam::1:user/x",
        parametersOf(stage, undefined),
      );
    expect(() => refuseSecond(site("trial"), "prod")).toThrow(
      'the stage prod acts in account 1 eu-west-1, and one does at a time: deploy trial with "acts": false',
    );
    expect(() => refuseSecond(site("prod"), "prod")).not.toThrow();
    expect(() => refuseSecond(site("trial"), undefined)).not.toThrow();
  });

  it("keeps what prod remembers, and protects it", () => {
    expect(prod.app.protect).toBe(true);
    for (const table of all(prod, "Table")) {
      expect(table.options.retainOnDelete, table.name).toBe(true);
      expect(table.inputs.deletionProtectionEnabled, table.name).toBe(true);
    }
    for (const table of all(bare, "Table")) {
      expect(table.inputs.deletionProtectionEnabled, table.name).toBe(false);
    }
  });
});

describe("detection", () => {
  it("hears the wired events on the account's default bus", () => {
    const wired = { GroupEvents: groupEvents, AttachmentEvents: attachmentEvents };
    for (const [name, pattern] of Object.entries(wired)) {
      const rule = one(prod, "EventRule", name);
      expect(rule.inputs.eventBusName).toBeUndefined();
      expect(JSON.parse(text(rule, "eventPattern"))).toEqual(pattern);
    }
  });

  it("has no pattern longer than EventBridge takes", () => {
    for (const rule of all(prod, "EventRule")) {
      expect(text(rule, "eventPattern").length, rule.name).toBeLessThanOrEqual(2_048);
    }
  });

  it("has patterns short enough for the longest names a stage can have, the secret's among them", () => {
    const place = { partition: "aws-us-gov", region: "ap-southeast-99", account: "111122223333" };
    const longest = { ...place, dnsSuffix: "amazonaws.com.cn", stage: "s".repeat(16) };
    const told = { chatSecret: "c".repeat(400), canaryVpc: "vpc-0a1b2c3d" };
    const parameters = parametersOf(longest.stage, JSON.stringify({ [longest.stage]: told }));
    const site = siteAt(longest, "arn:aws-us-gov:iam::111122223333:user/x", parameters);
    const key = `arn:aws-us-gov:kms:ap-southeast-99:111122223333:key/${"k".repeat(36)}`;
    const drawn = { keyArns: [key, key], apiIds: ["a".repeat(10)] };
    for (const { thing, pattern } of ownResourceCalls(ownResources(site, drawn))) {
      expect(JSON.stringify(pattern).length, thing).toBeLessThanOrEqual(2_048);
    }
  });

  it("hands failed messages back one by one, to few functions at once", () => {
    const atOnce = all(prod, "EventSourceMapping").map(({ name, inputs }) => {
      expect(inputs.functionResponseTypes).toEqual(["ReportBatchItemFailures"]);
      return [name, (inputs.scalingConfig as { maximumConcurrency: number }).maximumConcurrency];
    });
    expect(Object.fromEntries(atOnce)).toEqual({
      ...{ AttachmentsConsumer: 2, NotifyConsumer: 2, RemediateConsumer: 5 },
    });
  });

  it("hides a message for six times as long as its function may run", () => {
    const consumed = ["Remediate", "Attachments", "Notify"];
    for (const queue of consumed) {
      const { timeout } = one(prod, "Function", `${queue}Function`).inputs;
      const { visibilityTimeoutSeconds } = one(prod, "Queue", `${queue}QueueQueue`).inputs;
      expect(visibilityTimeoutSeconds, queue).toBe(6 * Number(timeout));
    }
  });

  it("looks at attachments by a queue and a function of their own, late and many at once", () => {
    const target = (name: string) => one(prod, "EventTarget", name).inputs.arn;
    const mapping = one(prod, "EventSourceMapping", "AttachmentsConsumer");
    const { eventSourceArn, functionName, batchSize } = mapping.inputs;
    expect(target("AttachmentEventsTarget")).toBe(eventSourceArn);
    expect(target("GroupEventsTarget")).not.toBe(eventSourceArn);
    expect([functionName, batchSize]).toEqual(["portward-prod-attachments", 100]);
    const { delaySeconds } = one(prod, "Queue", "AttachmentsQueueQueue").inputs;
    expect(delaySeconds).toBe(attachmentDelay);
  });
});

describe("calls on Portward's own resources", () => {
  const rules = all(prod, "EventRule").filter(({ name }) => name.startsWith("Own"));

  it("go straight to the topic of alerts, which lets each rule publish and no other", () => {
    const topic = one(prod, "TopicPolicy", "AlertsTopicPolicy").inputs;
    const [ofRules] = statements(topic.policy);
    const arns = rules.map(({ inputs }) => `:rule/${inputs.name}`);
    expect(arns.length).toBeGreaterThan(15);
    for (const { name } of rules) {
      expect(one(prod, "EventTarget", `${name}Target`).inputs.arn, name).toBe(topic.arn);
    }
    const sources = ofRules?.Condition?.ArnLike?.["aws:SourceArn"] as string[];
    expect(sources.map(arn => arn.replace(/^.*(?=:rule)/, "")).toSorted()).toEqual(arns.toSorted());
  });

  it("are heard of the keys and the API by what AWS called them", () => {
    const detailOf = (name: string) =>
      JSON.parse(text(one(prod, "EventRule", name), "eventPattern")).detail;
    const keys = all(prod, "Key").map(({ id }) => id);
    expect(keys).toHaveLength(2);
    for (const key of keys) expect(JSON.stringify(detailOf("OwnKeys").resources)).toContain(key);
    const [http] = all(prod, "Api");
    expect(detailOf("OwnApi").requestParameters).toEqual({ apiId: [http?.id] });
  });

  it("name no secret where there is none", () => {
    expect(rules.map(({ name }) => name)).toContain("OwnSecrets");
    expect(all(bare, "EventRule").map(({ name }) => name)).not.toContain("OwnSecrets");
  });
});

describe("storage", () => {
  it("encrypts tables, topics and queues, and can restore tables", () => {
    const key = one(prod, "Key", "DataKey");
    for (const table of all(prod, "Table")) {
      expect(table.inputs, table.name).toMatchObject({
        billingMode: "PAY_PER_REQUEST",
        pointInTimeRecovery: { enabled: true },
        serverSideEncryption: { enabled: true, kmsKeyArn: expect.stringContaining(key.id) },
      });
    }
    for (const topic of all(prod, "Topic")) expect(topic.inputs.kmsMasterKeyId).toMatch(/:key\//);
    for (const queue of all(prod, "Queue")) expect(queue.inputs.sqsManagedSseEnabled).toBe(true);
  });

  it("lets go what is over, and nothing of the matrix", () => {
    const going = all(prod, "Table").filter(({ inputs }) => {
      const { attributeName, enabled } = (inputs.ttl ?? {}) as Record<string, unknown>;
      return enabled === true && attributeName === "expiresAt";
    });
    expect(going.map(({ name }) => name).toSorted()).toEqual([
      ...["ExceptionsTableTable", "FindingsTableTable", "HistoryTableTable", "OpsTableTable"],
    ]);
  });

  it("keeps reports in a private bucket, over TLS only, written by the audit, for as long as told", () => {
    const bucket = one(prod, "Bucket", "ReportsBucket").inputs;
    expect(bucket.bucket).toBe("portward-prod-reports-111122223333-ap-southeast-1");
    expect(one(prod, "BucketPublicAccessBlock", "ReportsPublicAccessBlock").inputs).toMatchObject({
      ...{ blockPublicAcls: true, blockPublicPolicy: true },
      ...{ ignorePublicAcls: true, restrictPublicBuckets: true },
    });
    const [plain, others, ...more] = statements(
      one(prod, "BucketPolicy", "ReportsPolicy").inputs.policy,
    );
    expect(more).toEqual([]);
    expect(plain).toMatchObject({ Effect: "Deny", Action: ["s3:*"] });
    expect(plain?.Condition).toEqual({ Bool: { "aws:SecureTransport": ["false"] } });
    expect(others).toMatchObject({ Effect: "Deny", Action: ["s3:PutObject", "s3:DeleteObject"] });
    expect(others?.Condition?.ArnNotLike?.["aws:PrincipalArn"]).toEqual([
      "arn:aws:iam::111122223333:role/portward-prod-ap-southeast-1-audit",
      ...deployersOf("prod"),
    ]);
    // A hub's rounds audit, too.
    const central = one(readStage("hub"), "BucketPolicy", "ReportsPolicy").inputs.policy;
    const writing = statements(central)[1]?.Condition?.ArnNotLike?.["aws:PrincipalArn"];
    expect(writing).toEqual(expect.arrayContaining([expect.stringMatching(/-rounds$/)]));
    const { rules } = one(prod, "BucketLifecycleConfiguration", "ReportsLifecycle").inputs;
    expect(rules).toMatchObject([{ status: "Enabled", expiration: { days: 30 } }]);
    const encryption = "BucketServerSideEncryptionConfiguration";
    expect(JSON.stringify(one(prod, encryption, "ReportsEncryption").inputs.rules)).toContain(
      one(prod, "Key", "DataKey").id,
    );
    expect(all(prod, "BucketCorsConfiguration")).toEqual([]);
    const told = variablesOf("AuditFunction").PORTWARD_REPORT_BUCKET_URL;
    expect(told).toBe(`https://s3.ap-southeast-1.amazonaws.com/${bucket.bucket}`);
  });

  const denied = (table: string) =>
    statements(one(prod, "ResourcePolicy", `${table}TablePolicy`).inputs.policy);
  const writers = (table: string) =>
    denied(table)[0]?.Condition?.ArnNotLike?.["aws:PrincipalArn"] as string[];

  it("lets only who finds something and the deployers write findings", () => {
    expect(writers("Findings")).toEqual([
      ...["remediate", "attachments", "sweep", "audit", "window"].map(
        name => `arn:aws:iam::111122223333:role/portward-prod-ap-southeast-1-${name}`,
      ),
      "arn:aws:iam::111122223333:role/Deployer",
      "arn:aws:iam::111122223333:role/*/Deployer",
      "arn:aws:iam::111122223333:role/Security",
    ]);
  });

  it("lets nobody edit or delete what happened to an exception", () => {
    const forAll = denied("History").find(({ Condition }) => Condition === undefined);
    expect(forAll).toMatchObject({
      Effect: "Deny",
      Principal: "*",
      Action: expect.arrayContaining(["dynamodb:UpdateItem", "dynamodb:DeleteItem"]),
    });
  });
});

describe("functions", () => {
  it("run on arm64 under Node 24, traced, with logs kept as long as the stage says", () => {
    for (const { name, inputs } of all(prod, "Function")) {
      expect(inputs, name).toMatchObject({
        ...{ runtime: "nodejs24.x", architectures: ["arm64"], tracingConfig: { mode: "Active" } },
      });
    }
    for (const group of all(prod, "LogGroup")) {
      expect(group.inputs.retentionInDays, group.name).toBe(400);
    }
    for (const group of all(bare, "LogGroup")) {
      expect(group.inputs.retentionInDays, group.name).toBe(90);
    }
  });

  it("are all bundled", () => {
    expect(prod.builds.map(build => build.function)).toEqual(
      all(prod, "Function").map(({ name }) => name.replace(/Function$/, "")),
    );
  });
});

describe("the API", () => {
  it("leaves the public routes out unless the stage wants them", () => {
    const keys = all(bare, "Route").map(({ inputs }) => inputs.routeKey);
    expect(keys).not.toContain("POST /slack/actions");
    expect(keys).not.toContain("GET /approvals/{token}");
  });

  it("asks for the scope of a route's authority where tokens are configured", () => {
    const put = all(tokens, "Route").find(({ inputs }) => inputs.routeKey === "PUT /matrix");
    expect(put?.inputs).toMatchObject({
      authorizationType: "JWT",
      authorizationScopes: ["portward/operator"],
    });
    expect(one(tokens, "Authorizer", "ApiTokens").inputs.jwtConfiguration).toEqual({
      issuer: "https://login.example.com/",
      audiences: ["portward"],
    });
  });

  it("is throttled, and logs no path", () => {
    const stage = one(prod, "Stage", "HttpApiStage").inputs;
    expect(stage.defaultRouteSettings).toMatchObject({ throttlingRateLimit: 20 });
    const { format } = stage.accessLogSettings as { format: string };
    expect(format).toContain("$context.routeKey");
    expect(format).not.toMatch(/\$context\.(?:path|domain|http)/i);
  });
});

describe("links in mails", () => {
  it("are made with a key that nobody can read, asked for by the alias functions are told", () => {
    expect(one(prod, "Key", "ApprovalKey").inputs).toMatchObject({
      ...{ keyUsage: "GENERATE_VERIFY_MAC", customerMasterKeySpec: "HMAC_256" },
    });
    const alias = one(prod, "Alias", "ApprovalKeyAlias").inputs.name;
    const told = variablesOf("ApiFunction").PORTWARD_APPROVAL_KEY_ID;
    expect([alias, told]).toEqual(Array(2).fill("alias/portward-prod-approvals"));
  });

  it("reach the one they are addressed to", () => {
    expect(one(prod, "TopicSubscription", "ApproverMailWang").inputs).toMatchObject({
      endpoint: "wang@example.com",
      filterPolicy: JSON.stringify({ to: ["wang"] }),
    });
  });
});

describe("what functions are told", () => {
  it.each(
    all(prod, "Function")
      .map(({ name }) => name)
      .filter(name => name !== "CanaryFunction"),
  )("is a whole configuration, of resources that are there (%s)", name => {
    const config = readConfig({ ...variablesOf(name), AWS_REGION: "ap-southeast-1" });
    const ids = all(prod, "Table").map(({ id }) => id);
    expect(Object.values(config.tables).toSorted()).toEqual(ids.toSorted());
    const topics = all(prod, "Topic").map(({ id }) => id);
    expect([config.topicArn, config.approvals?.topicArn].toSorted()).toEqual(topics.toSorted());
    const queues = all(prod, "Queue").map(({ id }) => id);
    expect(queues).toEqual(
      expect.arrayContaining([config.retryQueueUrl, config.deadLetterQueueUrl]),
    );
    const roles = all(prod, "Role").map(({ id }) => id);
    const told = [...config.ownRoleArns, config.schedules?.roleArn ?? ""];
    expect(roles).toEqual(expect.arrayContaining(told.map(arn => arn.split("/").at(-1))));
    expect(config.schedules?.targetArn).toMatch(/:function:portward-prod-window$/);
    expect(config.schedules?.group).toBe(one(prod, "ScheduleGroup", "ExceptionSchedules").id);
    expect(config.chatSecret).toBe("portward/chat");
    expect(config.retention).toEqual({ findings: 800, exceptions: 3_653, reports: 30 });
    expect(config.canary?.groupId).toBe(one(prod, "SecurityGroup", "CanaryGroup").id);
    expect(roles).toContain(config.canary?.roleArn.split("/").at(-1));
  });
});

describe("what a function is told", () => {
  it("is no more than Lambda takes", () => {
    for (const { name } of all(prod, "Function")) {
      const length = Object.entries(variablesOf(name)).flat().join("").length;
      expect(length, name).toBeLessThan(4_096 - 512);
    }
  });
});

describe("a stage that was told nothing", () => {
  it("keeps findings for 400 days, exceptions for seven years and audits for 90 days", () => {
    const { variables } = one(bare, "Function", "RemediateFunction").inputs.environment as {
      variables: Record<string, string>;
    };
    const config = readConfig({ ...variables, AWS_REGION: "ap-southeast-1" });
    expect(config.retention).toEqual({ findings: 400, exceptions: 2_557, reports: 90 });
  });
});

describe("the canary", () => {
  it("is left out of a stage that names no VPC", () => {
    expect(all(prod, "SecurityGroup")).toHaveLength(1);
    expect(all(bare, "SecurityGroup")).toHaveLength(0);
    expect(bare.builds.map(build => build.function)).not.toContain("Canary");
  });
});

describe("alarms", () => {
  it("tell the topic, and where to read on", () => {
    const headings = [...readFileSync("docs/operations.md", "utf8").matchAll(/^### (.*)$/gm)].map(
      ([, heading = ""]) => heading.toLowerCase().replaceAll(" ", "-"),
    );
    const topic = one(prod, "Topic", "AlertsTopicTopic").id;
    for (const { name, inputs } of all(prod, "MetricAlarm")) {
      expect(inputs.alarmActions, name).toEqual([topic]);
      const [, heading] =
        /docs\/operations\.md#([a-z-]+)$/.exec(String(inputs.alarmDescription)) ?? [];
      expect(headings, name).toContain(heading);
    }
  });

  it("take silence for a fault where something has to be heard", () => {
    const loud = all(prod, "MetricAlarm")
      .filter(({ inputs }) => inputs.treatMissingData === "breaching")
      .map(({ name }) => name);
    expect(loud).toEqual(["CanaryLate", "SweepStandsStill"]);
  });
});
