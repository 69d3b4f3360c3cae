import { describe, expect, test } from "vitest";
import { readRecord } from "../../../functions/aws/cloudtrail.ts";
import { record, recordNames } from "../../support/cloudtrail.ts";

const WEB = "sg-0a1b2c3d4e5f60718";
const DB = "sg-0b2c3d4e5f6071829";
const PEER = "sg-0c3d4e5f607182930";
const LIST = "pl-0a1b2c3d4e5f60718";
const VPC = "vpc-0a1b2c3d4e5f60718";

/** Record, outcome, groups, prefix lists, and a part of the reason. */
const rows: [string, string, string[], string[], string][] = [
  ["authorize-ingress", "reconcile", [WEB], [], "added ingress tcp 22 from 0.0.0.0/0"],
  [
    "authorize-egress-two-families",
    "reconcile",
    [WEB],
    [],
    "egress all to 0.0.0.0/0, added egress",
  ],
  ["authorize-flat", "reconcile", [WEB], [], "added ingress tcp 8000-8100 from 203.0.113.0/24"],
  ["authorize-by-name", "reconcile", [WEB], [], WEB],
  ["authorize-by-name-unanswered", "sweep", [PEER], [], 'only as "web"'],
  ["authorize-group-reference", "reconcile", [DB], [], DB],
  ["authorize-prefix-list", "reconcile", [WEB], [], `udp 53 from ${LIST}`],
  ["authorize-omitted", "sweep", [], [], "were omitted"],
  ["authorize-null", "sweep", [], [], "were omitted"],
  ["authorize-denied", "ignore", [], [], "failed with Client.UnauthorizedOperation"],
  ["authorize-dry-run", "ignore", [], [], "dry run (Client.DryRunOperation)"],
  ["revoke-ingress", "reconcile", [WEB], [], "removed ingress tcp 22 from 0.0.0.0/0"],
  ["revoke-egress-reference", "reconcile", [WEB], [], `removed egress tcp 5432 to ${DB}`],
  ["revoke-by-id", "reconcile", [WEB], [], "removed sgr-00000000000000001"],
  ["revoke-by-name", "sweep", [], [], 'only as "web"'],
  ["modify-rule", "reconcile", [WEB], [], "sgr-00000000000000001 to tcp 443 0.0.0.0/0"],
  ["modify-rules", "reconcile", [WEB], [], "sgr-00000000000000003 to udp 53"],
  ["update-descriptions", "ignore", [], [], "descriptions, which open nothing"],
  ["create-group", "reconcile", [WEB], [], WEB],
  ["create-group-unanswered", "sweep", [], [], 'only as "web"'],
  ["delete-group", "reconcile", [WEB], [], WEB],
  ["associate-group-vpc", "reconcile", [WEB], [], WEB],
  ["create-vpc", "sweep", [], [], VPC],
  ["associate-vpc-block", "sweep", [], [], VPC],
  ["create-tags", "reconcile", [WEB], [LIST], `the tags of ${WEB}, ${LIST}`],
  ["delete-tags-elsewhere", "ignore", [], [], "about no security group"],
  ["tag-resources", "reconcile", [WEB], [], `the tags of ${WEB}`],
  ["modify-prefix-list", "reconcile", [], [LIST], LIST],
  ["run-instances", "report", [WEB], [], `attaches ${WEB}`],
  ["modify-interface", "report", [WEB, DB], [], `attaches ${WEB}, ${DB}`],
  ["modify-instance-type", "ignore", [], [], "names no security group"],
  ["create-endpoint", "report", [WEB], [], `attaches ${WEB}`],
  ["set-balancer-groups", "report", [WEB, DB], [], `attaches ${WEB}`],
  ["modify-database", "report", [DB], [], `attaches ${DB}`],
  ["modify-database-size", "ignore", [], [], "names no security group"],
  ["update-function", "report", [WEB], [], `attaches ${WEB}`],
  ["modify-mount-target", "report", [WEB], [], `attaches ${WEB}`],
  ["authorize-database-group", "ignore", [], [], "of rds changes no group"],
  ["describe-groups", "ignore", [], [], "of ec2 changes no group"],
];

describe("what each record means", () => {
  test("every record of the folder is in the table", () => {
    expect(rows.map(([name]) => name).toSorted()).toEqual(recordNames.toSorted());
  });

  test.each(rows)("%s: %s", (name, outcome, groups, prefixLists, because) => {
    const given = record(name);
    const reading = readRecord(given);
    expect(reading).toMatchObject({ outcome, groups, prefixLists });
    expect(reading.because).toContain(because);
    expect(reading.id).toBe(given.eventID);
    expect(reading.event).toBe(given.eventName);
  });
});

describe("the trigger of a record", () => {
  test("carries what, when, where and by whom", () => {
    const reading = readRecord(record("authorize-ingress"));
    expect(reading).toHaveProperty("trigger", {
      kind: "event",
      id: "e7e77000-0000-4000-8000-000000000001",
      event: "AuthorizeSecurityGroupIngress",
      at: Date.UTC(2026, 10, 20, 9, 1),
      account: "111122223333",
      region: "eu-west-1",
      requestId: "5e0e7000-0000-4000-8000-000000000001",
      actor: reading.actor,
      changes: [
        {
          kind: "added",
          groupId: WEB,
          ruleId: "sgr-00000000000000001",
          rule: "ingress tcp 22 from 0.0.0.0/0",
        },
      ],
    });
  });

  test("names the group a call created, whose egress rule has no event", () => {
    expect(readRecord(record("create-group"))).toHaveProperty("trigger.createdGroups", [WEB]);
    expect(readRecord(record("delete-group"))).not.toHaveProperty("trigger.createdGroups");
  });

  test("gives the content of modified rules without a direction", () => {
    expect(readRecord(record("modify-rules"))).toHaveProperty("trigger.changes", [
      { kind: "changed", groupId: WEB, ruleId: "sgr-00000000000000001", content: "all ::/0" },
      { kind: "changed", groupId: WEB, ruleId: "sgr-00000000000000002", content: `tcp 80 ${PEER}` },
      { kind: "changed", groupId: WEB, ruleId: "sgr-00000000000000003", content: `udp 53 ${LIST}` },
    ]);
  });

  test("leaves a known group out of a rule's peer and another account's owner in", () => {
    expect(readRecord(record("authorize-group-reference"))).toHaveProperty(
      "trigger.changes",
      [
        ["sgr-00000000000000005", `ingress tcp 5432 from ${WEB}`],
        ["sgr-00000000000000006", `ingress tcp 5432 from ${PEER}@444455556666`],
      ].map(([ruleId, rule]) => ({ kind: "added", groupId: DB, ruleId, rule })),
    );
  });

  test("has the same id whenever a record without an eventID is read", () => {
    const { eventID: _, ...cut } = record("authorize-ingress");
    const first = readRecord(cut).id;
    expect(first).toMatch(/^unnamed-[0-9a-f]{16}$/);
    expect(readRecord(cut).id).toBe(first);
    expect(readRecord({ ...cut, requestID: "another" }).id).not.toBe(first);
  });
});

describe("a reading", () => {
  test("has an actor only where the record names one, and VPCs only where it sweeps", () => {
    const { userIdentity: _, ...unsigned } = record("authorize-ingress");
    const reading = readRecord(unsigned);
    expect(reading.outcome).toBe("reconcile");
    expect(reading).not.toHaveProperty("actor");
    expect(reading).not.toHaveProperty("vpcs");
  });

  test("of tags that were left out sweeps everywhere", () => {
    const given = record("authorize-omitted", { eventName: "CreateTags" });
    expect(readRecord(given)).toMatchObject({ outcome: "sweep", vpcs: [], groups: [] });
  });
});

describe("where a sweep is to look", () => {
  const sweeps = [
    ["authorize-by-name-unanswered", [], "web"],
    ["create-group-unanswered", [VPC], "web"],
    ["create-vpc", [VPC], undefined],
    ["associate-vpc-block", [VPC], undefined],
    ["authorize-omitted", [], undefined],
  ] as const;

  test.each(sweeps)("%s: VPCs %j, name %s", (name, vpcs, groupName) => {
    const reading = readRecord(record(name));
    expect(reading).toMatchObject({ outcome: "sweep", vpcs });
    expect("groupName" in reading ? reading.groupName : undefined).toBe(groupName);
  });
});
