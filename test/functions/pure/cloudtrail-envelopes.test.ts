import { describe, expect, test } from "vitest";
import { readBody, readFile, readRecord } from "../../../functions/aws/cloudtrail.ts";
import { enveloped, type Json, record } from "../../support/cloudtrail.ts";

const WEB = "sg-0a1b2c3d4e5f60718";
const here = { account: "111122223333", region: "eu-west-1" };
const one = record("authorize-ingress");
const two = record("delete-group");

describe("a record however it is wrapped", () => {
  const rows: [string, Json, number][] = [
    ["bare", one, 1],
    ["in an EventBridge envelope", enveloped(one), 1],
    ["in a log file", { Records: [one, two] }, 2],
    ["in an array", [one, enveloped(two)], 2],
    [
      "in an SNS notification",
      { Type: "Notification", Message: JSON.stringify(enveloped(one)) },
      1,
    ],
    ["in an SNS event", { Records: [{ Sns: { Message: JSON.stringify(one) } }] }, 1],
    [
      "in a queue event",
      { Records: [{ messageId: "m", body: JSON.stringify(enveloped(one)) }] },
      1,
    ],
    ["as JSON text in JSON text", JSON.stringify(JSON.stringify(enveloped(one))), 1],
    ["as a detail in text", enveloped(JSON.stringify(one)), 1],
    ["as lookup-events prints it", { Events: [{ CloudTrailEvent: JSON.stringify(one) }] }, 1],
  ];

  test.each(rows)("is found %s", (_, wrapped, count) => {
    const text = JSON.stringify(wrapped);
    for (const readings of [readBody(text), readBody(text, here), readFile(text)]) {
      expect(readings).toHaveLength(count);
      for (const reading of readings) {
        expect(reading).toMatchObject({ outcome: "reconcile", groups: [WEB] });
        expect(reading).toHaveProperty("trigger.account", "111122223333");
      }
    }
  });

  test("a byte order mark in front does no harm", () => {
    expect(readFile(`\uFEFF${JSON.stringify(one)}`)[0]?.outcome).toBe("reconcile");
  });

  test("an empty log file holds no records", () => {
    expect(readFile('{"Records": []}')).toEqual([]);
  });
});

describe("where a record comes from", () => {
  test("the envelope's account and region go on the trigger", () => {
    const { recipientAccountId: _, awsRegion: __, ...placeless } = one;
    const [reading] = readBody(JSON.stringify(enveloped(placeless)));
    expect(reading).toHaveProperty("trigger.account", "111122223333");
    expect(reading).toHaveProperty("trigger.region", "eu-west-1");
  });

  test.each([
    ["account", { account: "444455556666" }],
    ["region", { region: "us-east-1" }],
  ])("an envelope of another %s than its record's is invalid", (what, changes) => {
    const [reading] = readBody(JSON.stringify(enveloped(one, changes)));
    expect(reading).toMatchObject({ outcome: "invalid", id: one.eventID });
    expect(reading?.because).toContain(`is of ${what} `);
    expect(reading).not.toHaveProperty("trigger");
  });

  test.each([
    ["account", { account: "444455556666" }, { recipientAccountId: "444455556666" }],
    ["region", { region: "us-east-1" }, { awsRegion: "us-east-1" }],
  ])("a message for another %s than the queue's is invalid", (what, outer, inner) => {
    for (const message of [enveloped({ ...one, ...inner }, outer), { ...one, ...inner }]) {
      const [reading] = readBody(JSON.stringify(message), here);
      expect(reading?.outcome).toBe("invalid");
      expect(reading?.because).toContain(`is of ${what} `);
    }
  });

  test.each([
    ["account", { account: "444455556666" }],
    ["region", { region: "us-east-1" }],
  ])(
    "an envelope for another %s than the queue's is invalid though its record names none",
    (what, changes) => {
      const { recipientAccountId: _, awsRegion: __, ...placeless } = one;
      const [reading] = readBody(JSON.stringify(enveloped(placeless, changes)), here);
      expect(reading?.outcome).toBe("invalid");
      expect(reading?.because).toContain(`its envelope is of ${what} `);
    },
  );

  test.each([
    ["the envelope", {}, here],
    ["the queue", { region: "us-east-1" }, { account: "111122223333" }],
  ])("a part of its place that %s does not name is no reason against it", (_, outer, place) => {
    const { recipientAccountId: __, awsRegion: ___, ...placeless } = one;
    const envelope = { detail: placeless, ...outer };
    expect(readBody(JSON.stringify(envelope), place)[0]).toMatchObject({
      outcome: "reconcile",
      trigger: { ...here, ...outer },
    });
  });

  test("an envelope within an envelope does not get a say", () => {
    const inner = enveloped(
      { ...one, recipientAccountId: "444455556666" },
      { account: "444455556666" },
    );
    expect(readBody(JSON.stringify(enveloped(inner)))[0]?.outcome).toBe("invalid");
  });

  test("an account given as a number keeps its leading zeros", () => {
    const reading = readRecord({ ...one, recipientAccountId: 12345678901 });
    expect(reading).toHaveProperty("trigger.account", "012345678901");
  });

  test("the caller's account is not the record's where the record names its own", () => {
    const reading = readRecord({
      ...one,
      userIdentity: { type: "AWSAccount", accountId: "444455556666", principalId: "AIDAEXAMPLE" },
    });
    expect(reading).toHaveProperty("trigger.account", "111122223333");
    expect(reading).toHaveProperty("actor.account", "444455556666");
  });
});

describe("what is no record", () => {
  const rows: [string, string, string][] = [
    ["nothing", "", "it is empty"],
    ["no JSON", "{", "it is not JSON"],
    ["a number", "7", "it is no JSON object"],
    ["null", "null", "it is no JSON object"],
    ["an empty object", "{}", "it has no eventName"],
    [
      "an event name that is no text",
      '{"eventName": {"a": 1}, "eventSource": "x"}',
      "it has no eventName",
    ],
    [
      "an event name alone",
      '{"eventName": "AuthorizeSecurityGroupIngress"}',
      "it has no eventSource",
    ],
    ["a schedule", '{"detail-type": "Scheduled Event", "detail": {}}', "it has no eventName"],
    [
      "a record under another key",
      JSON.stringify({ source: "x", event: one }),
      "it has no eventName",
    ],
  ];

  test.each(rows)("%s is invalid", (_, text, because) => {
    for (const reading of [readBody(text)[0], readFile(text)[0]]) {
      expect(reading?.outcome).toBe("invalid");
      expect(reading?.because).toContain(because);
    }
  });

  test("keeps its event's name and id, to be looked up", () => {
    const { eventSource: _, requestParameters: __, responseElements: ___, ...rest } = one;
    expect(readRecord(rest)).toMatchObject({
      outcome: "invalid",
      event: "AuthorizeSecurityGroupIngress",
      id: one.eventID,
    });
    expect(readRecord(7)).toMatchObject({ outcome: "invalid", event: "", id: "" });
  });

  test("does not keep its neighbours from being read", () => {
    const text = JSON.stringify({ Records: [one, 7, two] });
    expect(readBody(text).map(({ outcome }) => outcome)).toEqual([
      "reconcile",
      "invalid",
      "reconcile",
    ]);
  });
});
