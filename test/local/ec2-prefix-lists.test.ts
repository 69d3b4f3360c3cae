// Do managed prefix lists keep versions, refuse stale writers, and settle as on AWS?

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  codeOf,
  type Endpoint,
  makeGroup,
  messageOf,
  otherAccount,
  place,
  startEndpoint,
} from "./ec2-endpoint.ts";

let endpoint: Endpoint;
let list: string;

beforeAll(async () => {
  endpoint = await startEndpoint();
});
afterAll(() => endpoint.stop());

beforeEach(async () => {
  const { PrefixList } = await endpoint.client.createManagedPrefixList({
    PrefixListName: "office",
    AddressFamily: "IPv4",
    MaxEntries: 5,
    Entries: [{ Cidr: "10.1.2.3/16", Description: "one" }, { Cidr: "10.2.0.0/16" }],
  });
  list = PrefixList?.PrefixListId ?? "";
});
afterEach(() => endpoint.ec2.lagReads(0));

async function entriesOf(PrefixListId: string, TargetVersion?: number) {
  const { Entries = [] } = await endpoint.client.getManagedPrefixListEntries({
    PrefixListId,
    TargetVersion,
  });
  return Entries.map(entry => entry.Cidr);
}

async function described(PrefixListId: string) {
  const { PrefixLists = [] } = await endpoint.client.describeManagedPrefixLists({
    PrefixListIds: [PrefixListId],
  });
  return PrefixLists[0];
}

const add = (cidr: string, CurrentVersion?: number) =>
  endpoint.client.modifyManagedPrefixList({
    PrefixListId: list,
    CurrentVersion,
    AddEntries: [{ Cidr: cidr }],
  });

describe("versions", () => {
  it("start at one, with canonical entries", async () => {
    expect(await described(list)).toMatchObject({
      PrefixListName: "office",
      State: "create-complete",
      Version: 1,
      MaxEntries: 5,
      OwnerId: place.account,
    });
    expect(await entriesOf(list)).toEqual(["10.1.0.0/16", "10.2.0.0/16"]);
  });

  it("grow with every change of entries; old ones can be read", async () => {
    const { PrefixList } = await endpoint.client.modifyManagedPrefixList({
      PrefixListId: list,
      CurrentVersion: 1,
      AddEntries: [{ Cidr: "10.3.0.0/16" }],
      RemoveEntries: [{ Cidr: "10.2.0.0/16" }],
    });
    expect([PrefixList?.Version, PrefixList?.State]).toEqual([2, "modify-complete"]);
    expect(await entriesOf(list)).toEqual(["10.1.0.0/16", "10.3.0.0/16"]);
    expect(await entriesOf(list, 1)).toEqual(["10.1.0.0/16", "10.2.0.0/16"]);
  });

  it("do not grow with a new name or size", async () => {
    const { client } = endpoint;
    await client.modifyManagedPrefixList({ PrefixListId: list, PrefixListName: "branch" });
    await client.modifyManagedPrefixList({ PrefixListId: list, MaxEntries: 9 });
    expect(await described(list)).toMatchObject({
      PrefixListName: "branch",
      MaxEntries: 9,
      Version: 1,
    });
  });

  it("are restored as a new version", async () => {
    await add("10.3.0.0/16", 1);
    const restore = (PreviousVersion: number, CurrentVersion: number) =>
      endpoint.client.restoreManagedPrefixListVersion({
        PrefixListId: list,
        PreviousVersion,
        CurrentVersion,
      });
    expect(await codeOf(restore(1, 1))).toBe("PrefixListVersionMismatch");
    expect(await codeOf(restore(7, 2))).toBe("InvalidParameterValue");
    const { PrefixList } = await restore(1, 2);
    expect([PrefixList?.Version, PrefixList?.State]).toEqual([3, "restore-complete"]);
    expect(await entriesOf(list)).toEqual(["10.1.0.0/16", "10.2.0.0/16"]);
  });

  it("refuse a stale writer", async () => {
    await add("10.3.0.0/16", 1);
    expect(await codeOf(add("10.4.0.0/16", 1))).toBe("PrefixListVersionMismatch");
    expect(await entriesOf(list)).toHaveLength(3);
  });
});

describe("refusals", () => {
  const modify = (asked: object) =>
    codeOf(endpoint.client.modifyManagedPrefixList({ PrefixListId: list, ...asked }));

  it.each([
    ["an IPv6 block in an IPv4 list", { AddEntries: [{ Cidr: "::/0" }] }, "InvalidParameterValue"],
    [
      "a block that is not there",
      { RemoveEntries: [{ Cidr: "10.9.0.0/16" }] },
      "InvalidParameterValue",
    ],
    [
      "a block both added and removed",
      { AddEntries: [{ Cidr: "10.1.0.0/16" }], RemoveEntries: [{ Cidr: "10.1.9.9/16" }] },
      "InvalidParameterValue",
    ],
    [
      "entries together with a size",
      { AddEntries: [{ Cidr: "10.9.0.0/16" }], MaxEntries: 9 },
      "InvalidParameterCombination",
    ],
    ["a size below the entries", { MaxEntries: 1 }, "PrefixListMaxEntriesExceeded"],
    ["a size of no list", { MaxEntries: 1001 }, "InvalidParameterValue"],
    ["AWS's own names", { PrefixListName: "com.amazonaws.x" }, "InvalidPrefixListName"],
  ])("refuses %s", async (_, asked, code) => {
    expect(await modify(asked)).toBe(code);
    expect(await described(list)).toMatchObject({ Version: 1, MaxEntries: 5 });
  });

  it("refuses more entries than the list may hold", async () => {
    const AddEntries = [3, 4, 5, 6].map(i => ({ Cidr: `10.${i}.0.0/16` }));
    expect(await modify({ AddEntries })).toBe("PrefixListMaxEntriesExceeded");
  });

  it("refuses to delete a list that a group refers to, and names the group", async () => {
    const { client } = endpoint;
    const { id } = await makeGroup(client);
    const IpPermissions = [{ IpProtocol: "-1", PrefixListIds: [{ PrefixListId: list }] }];
    await client.authorizeSecurityGroupIngress({ GroupId: id, IpPermissions });
    const remove = () => codeOf(client.deleteManagedPrefixList({ PrefixListId: list }));
    expect(await remove()).toBe("DependencyViolation");
    const { PrefixListAssociations } = await client.getManagedPrefixListAssociations({
      PrefixListId: list,
    });
    expect(PrefixListAssociations?.map(one => one.ResourceId)).toEqual([id]);
    await client.revokeSecurityGroupIngress({ GroupId: id, IpPermissions });
    expect(await remove()).toBe("none");
    expect(await codeOf(entriesOf(list))).toBe("InvalidPrefixListID.NotFound");
  });

  it("fails a resize that a referring group cannot bear, after accepting it", async () => {
    const { client } = endpoint;
    const { id } = await makeGroup(client);
    const IpPermissions = [{ IpProtocol: "-1", PrefixListIds: [{ PrefixListId: list }] }];
    await client.authorizeSecurityGroupIngress({ GroupId: id, IpPermissions });
    await client.modifyManagedPrefixList({ PrefixListId: list, MaxEntries: 61 });
    const after = await described(list);
    expect(after).toMatchObject({ State: "modify-failed", MaxEntries: 5 });
    expect(after?.StateMessage).toContain(id);
  });
});

describe("lists of others", () => {
  it("shows an AWS-managed list without a version, and lets nobody change it", async () => {
    const { client, ec2 } = endpoint;
    const id = ec2.seed.prefixList(place, {
      name: "com.amazonaws.ap-southeast-1.s3",
      entries: [{ cidr: "52.92.0.0/17" }],
      owner: "AWS",
    });
    const shown = await described(id);
    expect(shown?.OwnerId).toBe("AWS");
    expect(shown?.Version).toBeUndefined();
    expect(await entriesOf(id)).toEqual(["52.92.0.0/17"]);
    const change = client.modifyManagedPrefixList({ PrefixListId: id, PrefixListName: "mine" });
    expect(await codeOf(change)).toBe("UnauthorizedOperation");
  });

  it("shows a shared list by its owner", async () => {
    const id = endpoint.ec2.seed.prefixList(place, {
      name: "shared",
      entries: [{ cidr: "192.0.2.0/24" }],
      owner: otherAccount,
    });
    const { PrefixLists = [] } = await endpoint.client.describeManagedPrefixLists({
      Filters: [{ Name: "owner-id", Values: [otherAccount] }],
    });
    expect(PrefixLists.map(one => one.PrefixListId)).toEqual([id]);
  });
});

describe("settling while reads lag", () => {
  it("shows the old version in progress, refuses a second change, then completes", async () => {
    endpoint.ec2.lagReads(2000);
    const { PrefixList } = await add("10.3.0.0/16", 1);
    expect(PrefixList?.State).toBe("modify-in-progress");
    expect(await described(list)).toMatchObject({ State: "modify-in-progress", Version: 1 });
    expect(await entriesOf(list)).toHaveLength(2);
    expect(await messageOf(add("10.4.0.0/16", 2))).toContain("(modify-in-progress)");
    endpoint.clock.now += 2000;
    expect(await described(list)).toMatchObject({ State: "modify-complete", Version: 2 });
    expect(await entriesOf(list)).toHaveLength(3);
  });
});

it("reads long lists in pages of at most a hundred", async () => {
  const { client, ec2 } = endpoint;
  const entries = Array.from({ length: 150 }, (_, i) => ({ cidr: `10.${i}.0.0/16` }));
  const id = ec2.seed.prefixList(place, { name: "long", entries });
  const first = await client.getManagedPrefixListEntries({ PrefixListId: id, MaxResults: 100 });
  const { NextToken } = first;
  const second = await client.getManagedPrefixListEntries({ PrefixListId: id, NextToken });
  const seen = [first, second].flatMap(page => (page.Entries ?? []).map(entry => entry.Cidr ?? ""));
  expect(seen.toSorted()).toEqual(entries.map(entry => entry.cidr).toSorted());
  const over = client.getManagedPrefixListEntries({ PrefixListId: id, MaxResults: 101 });
  expect(await codeOf(over)).toBe("InvalidParameterValue");
});
