import { describe, expect, test } from "vitest";
import { renderReplay, replayRecords } from "../../../cli/commands/replay.ts";
import { enveloped, record } from "../../support/cloudtrail.ts";

const file = (name: string, json: unknown) => ({ name, text: JSON.stringify(json) });

describe("replay", () => {
  test("answers one line per record, in the public form", async () => {
    const lines = await replayRecords([
      file("one.json", enveloped(record("authorize-ingress"))),
      file("two.json", { Records: [record("run-instances"), {}] }),
    ]);
    expect(lines).toEqual([
      {
        id: "e7e77000-0000-4000-8000-000000000001",
        event: "AuthorizeSecurityGroupIngress",
        outcome: "reconcile",
        groups: ["sg-0a1b2c3d4e5f60718"],
        prefixLists: [],
        actor: { type: "IAMUser", arn: "arn:aws:iam::111122223333:user/tester", name: "tester" },
        because: expect.stringContaining("added ingress tcp 22 from 0.0.0.0/0"),
      },
      {
        id: "e7e77000-0000-4000-8000-000000000029",
        event: "RunInstances",
        outcome: "report",
        groups: ["sg-0a1b2c3d4e5f60718"],
        prefixLists: [],
        actor: { type: "AWSService", name: "autoscaling.amazonaws.com" },
        because: "RunInstances attaches sg-0a1b2c3d4e5f60718",
      },
      {
        id: "",
        event: "",
        outcome: "invalid",
        groups: [],
        prefixLists: [],
        because: "it is no CloudTrail record: it has no eventName",
      },
    ]);
  });

  test("prints what to look at and why", async () => {
    const denied = record("authorize-denied");
    const lines = await replayRecords([
      file("a", [record("modify-prefix-list"), denied]),
      file("b", 7),
    ]);
    expect(renderReplay(lines)).toBe(
      [
        "reconcile  ModifyManagedPrefixList by wang@example.com (AssumedRole)  e7e77000-0000-4000-8000-000000000028",
        "           pl-0a1b2c3d4e5f60718",
        "           ModifyManagedPrefixList is about pl-0a1b2c3d4e5f60718",
        "ignore     AuthorizeSecurityGroupIngress by tester (IAMUser)  e7e77000-0000-4000-8000-000000000010",
        "           the call failed with Client.UnauthorizedOperation",
        "invalid    no event",
        "           it is no JSON object",
        "",
      ].join("\n"),
    );
  });

  test("says so where there are no records", async () => {
    expect(renderReplay(await replayRecords([file("empty", { Records: [] })]))).toBe(
      "no records\n",
    );
  });
});
