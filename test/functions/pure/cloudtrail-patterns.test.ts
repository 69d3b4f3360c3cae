import { describe, expect, test } from "vitest";
import { readRecord } from "../../../functions/aws/cloudtrail.ts";
import {
  attachmentCalls,
  attachmentEvents,
  groupCalls,
  groupEventPattern,
  groupEvents,
  schedules,
} from "../../../functions/wiring/triggers.ts";
import { record } from "../../support/cloudtrail.ts";

const service = (name: string): string => `${name}.amazonaws.com`;
const attachments = Object.entries(attachmentCalls).flatMap(([name, calls]) =>
  calls.map(call => [name, call] as const),
);

/** A record of that call which names one group, wherever such a call would name it. */
function recordOf(name: string, eventName: string) {
  const groupId = "sg-0a1b2c3d4e5f60718";
  return record("delete-group", {
    eventName,
    eventSource: service(name),
    requestParameters: {
      groupId,
      vpcId: "vpc-0a1b2c3d4e5f60718",
      resourcesSet: { items: [{ resourceId: groupId }] },
      resourceARNList: [`arn:aws:ec2:eu-west-1:111122223333:security-group/${groupId}`],
      prefixListId: "pl-0a1b2c3d4e5f60718",
    },
  });
}

describe("the event patterns", () => {
  test.each([
    ["main", groupEvents],
    ["slower", attachmentEvents],
  ])("the %s one fits EventBridge's 2,048 characters", (_, pattern) => {
    expect(JSON.stringify(pattern).length).toBeLessThanOrEqual(2_048);
  });

  test.each([
    ["main", groupEvents],
    ["slower", attachmentEvents],
  ])("the %s one names each call once and drops failed ones", (_, pattern) => {
    const { eventName, errorCode } = pattern.detail;
    expect(new Set(eventName).size).toBe(eventName.length);
    expect(errorCode).toEqual([{ exists: false }]);
    expect(pattern["detail-type"]).toEqual(["AWS API Call via CloudTrail"]);
  });

  test("the main one's source can be another for an emulator", () => {
    expect(groupEvents.source).toEqual(["aws.ec2"]);
    expect(groupEventPattern("test.ec2")).toEqual({ ...groupEvents, source: ["test.ec2"] });
  });

  test("no call is on both", () => {
    const main = new Set<string>(groupEvents.detail.eventName);
    expect(attachmentEvents.detail.eventName.filter(name => main.has(name))).toEqual([]);
  });

  test("the schedules are the hourly audit and the minute sweep", () => {
    expect(schedules).toEqual({ audit: "rate(1 hour)", sweep: "rate(1 minute)" });
  });
});

describe("every call that is let through means something", () => {
  test.each(groupCalls)("%s", call => {
    expect(readRecord(recordOf("ec2", call)).outcome).toMatch(/^(?:reconcile|sweep)$/);
  });

  test.each(attachments)("%s %s", (name, call) => {
    expect(readRecord(recordOf(name, call)).outcome).toBe("report");
    expect(attachmentEvents.source).toContain(`aws.${name}`);
    expect(attachmentEvents.detail.eventName).toContain(call);
  });

  test.each(["TagResources", "UntagResources"])("tagging %s", call => {
    expect(readRecord(recordOf("tagging", call)).outcome).toBe("reconcile");
    expect(attachmentEvents.detail.eventName).toContain(call);
  });
});
