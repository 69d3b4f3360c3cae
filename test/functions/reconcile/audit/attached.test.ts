// What events of attachments ask for: one look for a batch at what wears the groups they name, and what
// else comes handed over to the queue of group events.
import { beforeEach, describe, expect, it } from "vitest";
import type { AwsAccount } from "../../../../functions/aws/account.ts";
import { runAttachments } from "../../../../functions/reconcile/audit/attached.ts";
import type { Deps } from "../../../../functions/reconcile/deps.ts";
import { enveloped, type Fields, record } from "../../../support/cloudtrail.ts";
import { putInForce } from "../../../support/in-force.ts";
import { groupNamed, listOf, sourceOf } from "../../../support/land.ts";
import { fieldsLogged } from "../../../support/logged.ts";
import { ownPieces } from "../../../support/pieces.ts";
import { plantGroup } from "../../../support/planted.ts";

const LIST = "pl-0a000000000000001";
const WORLD = "ingress tcp 22 from 0.0.0.0/0";

const pieces = ownPieces();
let aws: AwsAccount;
let before = 0;
let calls = 0;
beforeEach(() => {
  aws = pieces.fresh();
});

interface Scene {
  readonly web: string;
  readonly spare: string;
  /** Looks at bodies of messages, m-0, m-1, … */
  handle(...bodies: string[]): Promise<string[]>;
}

/** A web server's group in force, a spare group that lets the world in, and an interface that wears both. */
async function scene(mode = "enforce"): Promise<Scene> {
  const web = plantGroup(pieces);
  const spare = plantGroup(pieces, [WORLD]);
  if (mode !== "") {
    await putInForce(
      aws,
      `matrix: test\nmode: ${mode}\ngroups: { web: { id: ${web}, egress: listed } }\n`,
    );
  }
  wear(web, spare);
  mark();
  return { web, spare, handle: (...bodies) => handle(aws, ...bodies) };
}
function wear(...groupIds: string[]): void {
  const { account } = pieces;
  const place = { account: account.accountId, region: account.region };
  account.ec2.seed.interface(place, { groupIds });
}
function mark(): void {
  before = pieces.account.inbox.messages().length;
  calls = pieces.account.calls.list().length;
}
const told = () =>
  pieces.account.inbox
    .messages()
    .slice(before)
    .map(({ subject = "" }) => subject.split(" ")[0]);
const reads = () =>
  pieces.account.calls
    .list()
    .slice(calls)
    .flatMap(({ service, action }) => (service === "ec2" ? [action] : []));
const handle = (deps: Deps, ...bodies: string[]) =>
  runAttachments(
    deps,
    bodies.map((body, index) => ({ id: `m-${index}`, body, attempt: 0 })),
  );

/** A queue of group events, and what was put on it. */
function handing() {
  const sent: unknown[] = [];
  const queue: Deps["queue"] = {
    ...aws.queue,
    async again(...message) {
      sent.push(message);
    },
  };
  return { queue, sent };
}

const body = (name: string, fields: Fields): string => {
  const { region } = pieces.account;
  return JSON.stringify(enveloped(record(name, { awsRegion: region, ...fields }), { region }));
};
/** The event of an instance that starts with groups. */
const started = (eventID: string, ...groups: string[]): string =>
  body("run-instances", {
    eventID,
    requestParameters: { groupSet: { items: groups.map(groupId => ({ groupId })) } },
    responseElements: null,
  });
const tagged = (id: string): string =>
  body("tag-resources", {
    requestParameters: {
      resourceARNList: [
        `arn:aws:ec2:${pieces.account.region}:${pieces.account.accountId}:security-group/${id}`,
      ],
    },
  });

describe("an attachment", () => {
  it("that exposes something is recorded and told, with who it was", async () => {
    const { web, spare } = await scene();
    const { queue, sent } = handing();
    const { log, lines } = fieldsLogged();
    const failed = await handle({ ...aws, queue, log }, started("e-1", web, spare));
    expect([failed, sent]).toEqual([[], []]);
    expect(lines).toEqual({
      info: [{ eventIds: ["e-1"], exposures: [`${spare} ${WORLD} beside ${web}`] }],
      error: [],
    });
    const found = await aws.findings.forGroup(spare);
    expect(found).toMatchObject([
      {
        ...{ kind: "exposure", rule: `${WORLD} beside ${web}`, matrixVersion: "1" },
        trigger: { kind: "event", id: "e-1", event: "RunInstances" },
      },
    ]);
    expect(found[0]?.actor).toBeDefined();
    expect(await aws.exposures.all()).toMatchObject([{ groupId: spare }]);
    expect(told()).toEqual(["EXPOSED"]);
    expect(reads()).toEqual(["DescribeNetworkInterfaces", "DescribeSecurityGroups"]);
  });
  it("is looked at once in a batch, however many events name its groups", async () => {
    const { web, spare, handle: look } = await scene();
    const bodies = Array.from({ length: 5 }, (_, at) => started(`e-${at}`, spare));
    expect(await look(...bodies, started("e-5", web))).toEqual([]);
    expect(reads()).toEqual(["DescribeNetworkInterfaces", "DescribeSecurityGroups"]);
    expect(told()).toEqual(["EXPOSED"]);
  });
  it("of nothing that is worn is read, and nothing more", async () => {
    const { handle: look } = await scene();
    expect(await look(started("e-1", "sg-0000000000000000f"))).toEqual([]);
    expect(reads()).toEqual(["DescribeNetworkInterfaces"]);
    expect(told()).toEqual([]);
  });
  it("is none of ours where no matrix is in force", async () => {
    const { web, spare, handle: look } = await scene("");
    expect(await look(started("e-1", web, spare))).toEqual([]);
    expect(reads()).toEqual([]);
  });
  it("ends what stood by one of its groups and is not shown any more", async () => {
    const { web, handle: look } = await scene();
    const gone = { groupId: "sg-0000000000000000a", rule: "one rule", seenAt: 1 };
    await aws.exposures.note({ ...gone, groups: [web, gone.groupId] });
    const other = { ...gone, rule: "another rule", groups: ["sg-0000000000000000b"] };
    await aws.exposures.note(other);
    expect(await look(started("e-1", web))).toEqual([]);
    const standing = (await aws.exposures.all()).map(({ rule }) => rule);
    expect(standing.toSorted()).toEqual([`${WORLD} beside ${web}`, "another rule"].toSorted());
  });
  it("comes again while another run is about to tell of it", async () => {
    const { web, spare, handle: look } = await scene();
    await look(started("e-1", spare));
    const [known] = await aws.findings.forGroup(spare);
    if (!known) throw new Error("no finding");
    aws = pieces.fresh();
    await putInForce(
      aws,
      `matrix: test\nmode: enforce\ngroups: { web: { id: ${web}, egress: listed } }\n`,
    );
    const { publishedAt: _, sightings: __, ...finding } = known;
    const lease = { by: "another run", now: aws.clock() };
    await aws.findings.recordAndClaim(finding, aws.clock(), lease);
    expect(await handle(aws, tagged(web), started("e-2", spare))).toEqual(["m-1"]);
  });
  it("comes again where it could not be looked at, and keeps back nothing else", async () => {
    const { web, spare, handle: look } = await scene();
    const { faults } = pieces.account;
    faults.failNext("ec2", "DescribeNetworkInterfaces", "UnauthorizedOperation", 1);
    const bodies = [started("e-1", spare), tagged(web), started("e-2", web)];
    expect((await look(...bodies)).toSorted()).toEqual(["m-0", "m-2"]);
    expect(told()).toEqual([]);
    expect(await look(...bodies)).toEqual([]);
    expect(told()).toEqual(["EXPOSED"]);
  });
  it("counts its failures", async () => {
    const { web, spare } = await scene();
    const { log, lines } = fieldsLogged();
    pieces.account.faults.failNext("ec2", "DescribeNetworkInterfaces", "UnauthorizedOperation", 1);
    await handle({ ...aws, log }, started("e-1", spare), started("e-2", web), tagged(web));
    expect(lines.error).toEqual([
      expect.objectContaining({
        error: expect.stringMatching(/^UnauthorizedOperation: /),
        Failures: 2,
      }),
    ]);
  });
});

describe("what wears the groups", () => {
  it("is read page by page, two hundred groups at once, each interface once", async () => {
    const { web } = await scene();
    const ids = Array.from({ length: 400 }, (_, at) => `sg-${String(at).padStart(17, "0")}`);
    const [first = "", last = ""] = [ids[0], ids[399]];
    const source = sourceOf({
      groups: [
        groupNamed(web, "web"),
        groupNamed(first, "a", WORLD),
        groupNamed(last, "b", `ingress tcp 80 from ${LIST}`),
      ],
      lists: [listOf(LIST, "203.0.113.0/24")],
      interfaces: [
        { id: "eni-1", groups: [web, first, last], addresses: [] },
        { id: "eni-2", groups: [web, first, last], addresses: [] },
      ],
      page: 1,
    });
    const { region, lists } = source;
    await handle({ ...aws, region, lists: { ...aws.lists, ...lists } }, started("e-1", ...ids));
    const asked = source.asked.map(line =>
      line.replace(/(?: sg-\S+)+/, ids => ` ${ids.split(" ").length - 1}`),
    );
    expect(asked.filter(line => line.startsWith("interfaces"))).toEqual([
      ...["interfaces 200", "interfaces 200 from 1", "interfaces 200", "interfaces 200 from 1"],
    ]);
    const [found] = await aws.findings.forGroup(first);
    expect(found?.exposed?.interfaces).toEqual(["eni-1", "eni-2"]);
    expect((await aws.findings.forGroup(last)).map(({ rule }) => rule)).toEqual([
      `ingress tcp 80 from ${LIST} beside ${[first, web].toSorted().join(", ")}`,
    ]);
  });
});

describe("what is no attachment", () => {
  it("is handed over as it came", async () => {
    const { web } = await scene();
    const { queue, sent } = handing();
    const { log, lines } = fieldsLogged();
    const bodies = [tagged(web), "{no json"];
    expect(await handle({ ...aws, queue, log }, ...bodies)).toEqual([]);
    expect(sent).toEqual([
      [bodies[0], 0, 0],
      [bodies[1], 0, 0],
    ]);
    expect(reads()).toEqual([]);
    expect(lines).toEqual({ info: [{ messageId: "m-0" }, { messageId: "m-1" }], error: [] });
  });
  it("is of another place", async () => {
    const { web } = await scene();
    const { queue, sent } = handing();
    const elsewhere = started("e-1", web).replaceAll(pieces.account.region, "eu-west-3");
    expect(await handle({ ...aws, queue }, elsewhere)).toEqual([]);
    expect([sent, reads()]).toEqual([[[elsewhere, 0, 0]], []]);
  });
  it("comes again where it could not be handed over, alone", async () => {
    const { web, spare } = await scene();
    const { log, lines } = fieldsLogged();
    pieces.account.faults.failNext("sqs", "SendMessage", "InternalError", 1);
    const failed = await handle({ ...aws, log }, tagged(web), started("e-1", spare));
    expect(failed).toEqual(["m-0"]);
    expect(lines.error).toEqual([
      { messageId: "m-0", error: expect.stringMatching(/^InternalError: /) },
    ]);
    expect(told()).toEqual(["EXPOSED"]);
  });
  it("is neither handed over nor looked at where it changed nothing", async () => {
    const { handle: look } = await scene();
    const dry = body("run-instances", { errorCode: "Client.DryRunOperation" });
    const all = pieces.account.calls.list().length;
    expect(await look(dry)).toEqual([]);
    expect(pieces.account.calls.list()).toHaveLength(all);
  });
  it("and an attachment in one message is both", async () => {
    const { web, spare } = await scene();
    const { queue, sent } = handing();
    const both = JSON.stringify([JSON.parse(started("e-1", spare)), JSON.parse(tagged(web))]);
    expect(await handle({ ...aws, queue }, both)).toEqual([]);
    expect([sent, told()]).toEqual([[[both, 0, 0]], ["EXPOSED"]]);
  });
});
