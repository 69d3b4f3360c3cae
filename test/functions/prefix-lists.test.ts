// Rules whose peer is a managed prefix list: permitted by name within bounds, or by what an own list
// holds. A named list that holds too much is put back, or else its rules go.
import {
  CreateManagedPrefixListCommand,
  DescribeManagedPrefixListsCommand,
  GetManagedPrefixListEntriesCommand,
  ModifyManagedPrefixListCommand,
} from "@aws-sdk/client-ec2";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { PrefixListSeed } from "../../local/ec2/ec2.ts";
import { type Stage, startStage, studioIn } from "../support/stage.ts";

const BOUNDED = "pl-0a1b2c3d4e5f60001";
const PINNED = "pl-0a1b2c3d4e5f60002";
const AWS_LIST = "pl-0a1b2c3d4e5f60003";
const FOREIGN = "pl-0a1b2c3d4e5f60004";
const GONE = "pl-0a1b2c3d4e5f60005";

let stage: Stage;
let deploy: string;

const cidrs = (...texts: string[]) => texts.map(cidr => ({ cidr }));

function plant(seed: PrefixListSeed): string {
  const { accountId: account, region, ec2 } = stage.account;
  return ec2.seed.prefixList({ account, region }, seed);
}

async function start(mode: "revoke" | "enforce", named = [BOUNDED, PINNED]): Promise<void> {
  stage = await startStage(null);
  deploy = stage.groups.deploy;
  const entries = cidrs("10.1.0.0/16");
  plant({ prefixListId: BOUNDED, name: "bounded", entries, maxEntries: 5 });
  plant({ prefixListId: PINNED, name: "pinned", entries, maxEntries: 5 });
  plant({ prefixListId: AWS_LIST, name: "com.amazonaws.x", entries, owner: "AWS" });
  plant({ prefixListId: FOREIGN, name: "foreign", entries, owner: "444455556666" });
  const peers = named.map(id =>
    id === BOUNDED ? `{ list: ${id}, within: [10.1.0.0/16, 10.2.0.0/16] }` : id,
  );
  await stage.apply(
    studioIn(mode)
      .replace("networks:\n", `networks:\n  lists: [${peers.join(", ")}]\n`)
      .replace(
        "flows:\n",
        "flows:\n" +
          "  - { from: lists, to: deploy, ports: tcp 8443, need: allowed }\n" +
          "  - { from: 10.0.0.0/8, to: deploy, ports: tcp 9000, need: allowed }\n",
      ),
  );
  stage.mark();
}

async function versionOf(id: string): Promise<number> {
  const answer = await stage
    .as("tester")
    .send(new DescribeManagedPrefixListsCommand({ PrefixListIds: [id] }));
  return answer.PrefixLists?.[0]?.Version ?? 0;
}

async function add(PrefixListId: string, ...blocks: string[]): Promise<void> {
  const AddEntries = blocks.map(Cidr => ({ Cidr }));
  const CurrentVersion = await versionOf(PrefixListId);
  const input = { PrefixListId, CurrentVersion, AddEntries };
  await stage.as("tester").send(new ModifyManagedPrefixListCommand(input));
}

async function entriesOf(PrefixListId: string): Promise<string[]> {
  const answer = await stage
    .as("tester")
    .send(new GetManagedPrefixListEntriesCommand({ PrefixListId }));
  return (answer.Entries ?? []).map(({ Cidr }) => Cidr ?? "").toSorted();
}

const from = (list: string, ports = "tcp 8443") => `ingress ${ports} from ${list}`;

describe("a rule from a prefix list", () => {
  beforeAll(() => start("enforce"));
  afterAll(() => stage.stop());

  it.each([BOUNDED, PINNED])("that the matrix names is left on the flow's ports (%s)", async id => {
    stage.mark();
    await stage.open(deploy, from(id));
    await stage.idle();
    expect(await stage.rules(deploy)).toContain(from(id));
    expect(stage.writes()).toEqual([]);
  });

  it("that the matrix names is narrowed to the flow's ports", async () => {
    await stage.take(deploy, from(PINNED));
    await stage.open(deploy, from(PINNED, "tcp 8000-9000"));
    await stage.idle();
    expect(await stage.rules(deploy)).toContain(from(PINNED));
    expect(await stage.rules(deploy)).not.toContain(from(PINNED, "tcp 8000-9000"));
  });

  it.each([
    ["own one, all of it permitted", cidrs("10.3.0.0/16", "10.4.0.0/16"), undefined, true],
    ["own one, some of it not permitted", cidrs("10.3.0.0/16", "192.0.2.0/24"), undefined, false],
    ["own one, empty", [], undefined, false],
    ["foreign one", cidrs("10.3.0.0/16"), "444455556666", false],
    ["AWS's", cidrs("10.3.0.0/16"), "AWS", false],
  ])("that nobody names: %s", async (name, entries, owner, isKept) => {
    const id = plant({ name, entries, maxEntries: 3, ...(owner && { owner }) });
    await stage.open(deploy, from(id, "tcp 9000"));
    await stage.idle();
    const rules = await stage.rules(deploy);
    expect(rules.includes(from(id, "tcp 9000"))).toBe(isKept);
  });

  it("that nobody names and is being changed is closed", async () => {
    const id = plant({ name: "changing", entries: cidrs("10.3.0.0/16"), maxEntries: 3 });
    const rule = from(id, "tcp 9000");
    await stage.open(deploy, rule);
    await stage.idle();
    expect(await stage.rules(deploy)).toContain(rule);
    stage.account.ec2.lagReads(60_000);
    await stage.quietly(() => add(id, "10.5.0.0/16"));
    await stage.sweep(deploy);
    stage.account.ec2.lagReads(0);
    expect(await stage.rules(deploy)).not.toContain(rule);
    expect((await stage.findings(deploy))[0]).toMatchObject({ rule, outcome: "closed" });
  });

  it("that appears while the group is being closed is judged by what it holds", async () => {
    const id = plant({ name: "late", entries: cidrs("10.6.0.0/16") });
    const rule = from(id, "tcp 9000");
    stage.account.faults.onNext("ec2", "RevokeSecurityGroupIngress", () =>
      stage.quietly(() => stage.open(deploy, rule)),
    );
    stage.mark();
    await stage.open(deploy, "ingress tcp 22 from 0.0.0.0/0");
    await stage.idle();
    expect(await stage.rules(deploy)).toContain(rule);
    expect(stage.writes()).toEqual(["RevokeSecurityGroupIngress"]);
  });
});

describe("a matrix that names a list that is not there", () => {
  beforeAll(() => start("enforce", [BOUNDED, GONE]));
  afterAll(() => stage.stop());

  it("holds its groups to everything else", async () => {
    await stage.open(deploy, "ingress tcp 22 from 0.0.0.0/0");
    await stage.idle();
    expect(await stage.rules(deploy)).not.toContain("ingress tcp 22 from 0.0.0.0/0");
  });
});

describe("a named list that comes to hold more than it may", () => {
  beforeEach(async () => {
    await start("enforce");
    await stage.open(deploy, from(BOUNDED), from(PINNED));
    await stage.idle();
    stage.mark();
  });
  afterEach(() => stage.stop());

  it("is put back, with who did it, and its rules stay", async () => {
    await add(BOUNDED, "192.0.2.0/24");
    await stage.idle();
    expect(await entriesOf(BOUNDED)).toEqual(["10.1.0.0/16"]);
    expect(await stage.rules(deploy)).toContain(from(BOUNDED));
    const found = (await stage.findings(deploy)).filter(({ kind }) => kind === "prefix-list");
    expect(found).toMatchObject([
      {
        rule: `${BOUNDED} holds 192.0.2.0/24`,
        outcome: "put-back",
        actor: { name: "tester" },
        calls: [`take 192.0.2.0/24 out of ${BOUNDED}`],
      },
    ]);
    await stage.everyLook();
    expect(stage.alerts()).toHaveLength(1);
  });

  it.each([
    ["an entry beside others", ["10.2.0.0/16", "192.0.2.0/24"]],
    ["a part of an entry", ["0.0.0.0/1"]],
  ])("keeps what it may hold: %s", async (_title, blocks) => {
    await add(BOUNDED, ...blocks);
    await stage.idle();
    expect(await entriesOf(BOUNDED)).toEqual(["10.1.0.0/16", "10.2.0.0/16"]);
  });

  it("is put back although somebody changes it between the read and the call", async () => {
    await stage.quietly(() => add(PINNED, "192.0.2.0/24"));
    stage.account.faults.onNext("ec2", "ModifyManagedPrefixList", () =>
      stage.quietly(() => add(PINNED, "198.51.100.0/24")),
    );
    stage.mark();
    await stage.sweep(deploy);
    const changes = stage.calls().filter(({ action }) => action === "ModifyManagedPrefixList");
    expect(changes.map(({ status }) => status)).toEqual([400, 200]);
    expect(await entriesOf(PINNED)).toEqual(["10.1.0.0/16"]);
    expect(await stage.rules(deploy)).toContain(from(PINNED));
  });

  it("and cannot be put back loses the rules that use it, and no others", async () => {
    const { faults } = stage.account;
    await stage.quietly(() => add(BOUNDED, "192.0.2.0/24"));
    faults.failNext("ec2", "ModifyManagedPrefixList", "UnauthorizedOperation", 10);
    await stage.sweep(deploy);
    faults.clear();
    const rules = await stage.rules(deploy);
    expect(rules).not.toContain(from(BOUNDED));
    expect(rules).toContain(from(PINNED));
    expect(stage.writes()).not.toContain("AuthorizeSecurityGroupIngress");
    const found = await stage.findings(deploy);
    expect(found.find(({ kind }) => kind === "prefix-list")?.outcome).toBe("could-not-close");
    expect(found.find(({ rule }) => rule === from(BOUNDED))?.outcome).toBe("closed");
  });

  it("is one list for all the groups that use it: nobody says it could not be closed", async () => {
    const { runner, runtime } = stage.groups;
    await stage.apply(withListEverywhere());
    await stage.open(runtime, from(BOUNDED));
    await stage.open(runner, from(BOUNDED));
    await stage.idle();
    stage.mark();
    await add(BOUNDED, "192.0.2.0/24");
    await stage.idle();
    expect(await entriesOf(BOUNDED)).toEqual(["10.1.0.0/16"]);
    const subjects = stage.alerts().map(({ subject }) => subject ?? "");
    expect(subjects.length).toBeGreaterThan(0);
    expect(subjects.filter(subject => subject.startsWith("COULD NOT"))).toEqual([]);
  });

  it("that a new list beside it does not change", async () => {
    const input = { PrefixListName: "new", MaxEntries: 2, AddressFamily: "IPv4" };
    await stage.as("tester").send(new CreateManagedPrefixListCommand(input));
    await stage.idle();
    expect(stage.writes()).toEqual([]);
  });
});

function withListEverywhere(): string {
  return studioIn("enforce").replace(
    "flows:\n",
    `flows:\n  - { from: { list: ${BOUNDED}, within: [10.1.0.0/16] }, to: [deploy, runner, runtime], ports: tcp 8443, need: allowed }\n`,
  );
}
