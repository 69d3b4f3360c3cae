// The configuration: what a whole environment gives, and that everything wrong is said at once.
import { describe, expect, test } from "vitest";
import { readConfig } from "../../../functions/wiring/config.ts";
import { memberRole, placesOf, scopeOf } from "../../../functions/wiring/members.ts";
import { InputError } from "../../../matrix/errors.ts";

const env = {
  PORTWARD_ACCOUNT: "111122223333",
  AWS_REGION: "ap-southeast-1",
  PORTWARD_STAGE: "production",
  PORTWARD_TABLE_POLICY: "portward-policy",
  PORTWARD_TABLE_EXCEPTIONS: "portward-exceptions",
  PORTWARD_TABLE_HISTORY: "portward-history",
  PORTWARD_TABLE_FINDINGS: "portward-findings",
  PORTWARD_TABLE_OPS: "portward-ops",
  PORTWARD_TOPIC_ARN: "arn:aws-cn:sns:cn-north-1:111122223333:portward",
  PORTWARD_EVENT_BUS: "default",
  PORTWARD_ROLE_ARNS:
    "arn:aws:iam::111122223333:role/portward-remediate, arn:aws:iam::111122223333:role/portward-audit",
  PORTWARD_RETRY_QUEUE_URL: "http://127.0.0.1:4700/111122223333/portward-retry",
  PORTWARD_DEAD_LETTER_QUEUE_URL: "https://sqs.example.com/111122223333/portward-dead",
};

function problemsOf(environment: Record<string, string | undefined>): string[] {
  try {
    readConfig(environment);
  } catch (thrown) {
    if (thrown instanceof InputError) return thrown.problems.map(({ message }) => message);
    throw thrown;
  }
  return [];
}

describe("readConfig", () => {
  test("reads a whole environment", () => {
    expect(readConfig(env)).toEqual({
      account: "111122223333",
      region: "ap-southeast-1",
      scope: "111122223333/ap-southeast-1",
      stage: "production",
      tables: {
        policy: "portward-policy",
        exceptions: "portward-exceptions",
        history: "portward-history",
        findings: "portward-findings",
        ops: "portward-ops",
      },
      topicArn: env.PORTWARD_TOPIC_ARN,
      eventBus: "default",
      ownRoleArns: [
        "arn:aws:iam::111122223333:role/portward-remediate",
        "arn:aws:iam::111122223333:role/portward-audit",
      ],
      retryQueueUrl: env.PORTWARD_RETRY_QUEUE_URL,
      deadLetterQueueUrl: env.PORTWARD_DEAD_LETTER_QUEUE_URL,
      retention: { findings: 400, exceptions: 2_557, reports: 90 },
    });
  });

  test("only reports where it is told that it does not act", () => {
    expect(readConfig({ ...env, PORTWARD_ACTS: "false" }).isReporting).toBe(true);
    expect(readConfig({ ...env, PORTWARD_ACTS: "true" }).isReporting).toBe(false);
    expect(problemsOf({ ...env, PORTWARD_ACTS: "no" })).toEqual([
      expect.stringContaining("PORTWARD_ACTS is not true or false"),
    ]);
  });

  test("keeps what is over as long as it is told, and refuses what is no number of days", () => {
    const days = { PORTWARD_FINDING_DAYS: "30", PORTWARD_EXCEPTION_DAYS: "3650" };
    expect(readConfig({ ...env, ...days }).retention).toEqual({
      ...{ findings: 30, exceptions: 3_650, reports: 90 },
    });
    for (const PORTWARD_REPORT_DAYS of ["0", "-1", "1.5", "soon"]) {
      expect(problemsOf({ ...env, PORTWARD_REPORT_DAYS })).toEqual([
        expect.stringContaining("PORTWARD_REPORT_DAYS is not a number of days"),
      ]);
    }
  });

  test("looks after another region where told to", () => {
    const { region, scope } = readConfig({ ...env, PORTWARD_REGION: "us-gov-east-1" });
    expect([region, scope]).toEqual(["us-gov-east-1", "111122223333/us-gov-east-1"]);
  });

  test("knows the regions that have a deployment of their own", () => {
    const PORTWARD_WATCHED_REGIONS = "eu-west-1, us-gov-east-1";
    const { watchedRegions } = readConfig({ ...env, PORTWARD_WATCHED_REGIONS });
    expect(watchedRegions).toEqual(["eu-west-1", "us-gov-east-1"]);
    expect(problemsOf({ ...env, PORTWARD_WATCHED_REGIONS: "Ireland" })).toHaveLength(1);
  });

  const hub = {
    PORTWARD_MEMBER_ACCOUNTS: "222233334444, 333344445555,222233334444",
    PORTWARD_MEMBER_REGIONS: "eu-west-1,us-gov-east-1",
    PORTWARD_MEMBER_ROLE: "arn:aws-us-gov:iam::ACCOUNT:role/portward-prod-REGION-member",
    PORTWARD_MEMBER_SECRET: "portward/external-id",
    PORTWARD_ROUNDS_QUEUE_URL: "https://sqs.example.com/111122223333/portward-rounds",
  };

  test("has members where it is a hub, each of them once", () => {
    const { members } = readConfig({ ...env, ...hub });
    expect(members).toEqual({
      accounts: ["222233334444", "333344445555"],
      regions: ["eu-west-1", "us-gov-east-1"],
      role: hub.PORTWARD_MEMBER_ROLE,
      secret: "portward/external-id",
      roundsQueueUrl: hub.PORTWARD_ROUNDS_QUEUE_URL,
    });
    expect(members && placesOf(members).map(scopeOf)).toEqual([
      ...["222233334444/eu-west-1", "222233334444/us-gov-east-1"],
      ...["333344445555/eu-west-1", "333344445555/us-gov-east-1"],
    ]);
    const place = { account: "222233334444", region: "eu-west-1" };
    expect(members && memberRole(members, place)).toBe(
      "arn:aws-us-gov:iam::222233334444:role/portward-prod-eu-west-1-member",
    );
  });

  test("names everything that is missing or wrong of a hub at once", () => {
    expect(problemsOf({ ...env, PORTWARD_MEMBER_ACCOUNTS: "2222" })).toHaveLength(5);
    const wrong = {
      PORTWARD_MEMBER_REGIONS: "Ireland",
      PORTWARD_MEMBER_ROLE: "arn:aws:iam::222233334444:role/portward-member",
      PORTWARD_ROUNDS_QUEUE_URL: "portward-rounds",
    };
    const problems = problemsOf({ ...env, ...hub, ...wrong });
    expect(problems.map(text => /variable (\S+) is not/.exec(text)?.[1])).toEqual(
      Object.keys(wrong),
    );
  });

  test("cannot be changed", () => {
    const config = readConfig(env);
    expect([config, config.tables, config.ownRoleArns].every(Object.isFrozen)).toBe(true);
  });

  test("names every variable that is missing", () => {
    const problems = problemsOf({});
    const wanted = Object.keys(env).filter(name => name !== "AWS_REGION");
    for (const name of [...wanted, "PORTWARD_REGION"]) {
      expect(problems).toContain(`the environment variable ${name} is missing`);
    }
    expect(problems).toHaveLength(wanted.length + 1);
  });

  test.each([
    ["PORTWARD_ACCOUNT", "1111"],
    ["AWS_REGION", "Singapore"],
    ["PORTWARD_TABLE_OPS", "two words"],
    ["PORTWARD_TOPIC_ARN", "portward"],
    ["PORTWARD_ROLE_ARNS", "arn:aws:iam::111122223333:user/wang"],
    ["PORTWARD_RETRY_QUEUE_URL", "portward-retry"],
  ])("refuses %s=%s and an empty value", (name, value) => {
    const [problem, ...others] = problemsOf({ ...env, [name]: value });
    expect(others).toEqual([]);
    expect(problem).toMatch(new RegExp(`the environment variable ${name} is not .*: "${value}"`));
    expect(problemsOf({ ...env, [name]: " " })).toHaveLength(1);
  });
});
