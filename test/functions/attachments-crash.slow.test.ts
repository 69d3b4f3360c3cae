// A look at what is attached that dies at any of its calls: the event's next delivery brings it to the
// same end, a finding that people were told of, and to its end when the group is taken off.
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  ModifyNetworkInterfaceAttributeCommand,
} from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AwsAccount } from "../../functions/aws/account.ts";
import { runAttachments } from "../../functions/reconcile/audit/attached.ts";
import { seedVpc } from "../../local/seed.ts";
import { type Gated, startGated } from "../support/gated.ts";

/** Every so manyth call: together the two ways of dying meet calls of every kind. */
const STRIDE = 4;
const DEPLOY = "eni-0f0a1b2c3d4e50100";
let world: Gated;
let spare = "";

beforeAll(async () => {
  world = await startGated();
  const ec2 = world.as("tester");
  const input = { GroupName: "spare", Description: "spare", VpcId: seedVpc };
  spare = (await ec2.send(new CreateSecurityGroupCommand(input))).GroupId ?? "";
  await ec2.send(
    new AuthorizeSecurityGroupIngressCommand({
      ...{ GroupId: spare, IpProtocol: "tcp", FromPort: 22, ToPort: 22, CidrIp: "0.0.0.0/0" },
    }),
  );
});
afterAll(() => world.stop());

const wear = (...Groups: string[]) => {
  const input = { NetworkInterfaceId: DEPLOY, Groups };
  return world.events(() =>
    world.as("tester").send(new ModifyNetworkInterfaceAttributeCommand(input)),
  );
};

const look = (aws: AwsAccount, bodies: readonly string[]) =>
  runAttachments(
    aws,
    bodies.map((body, index) => ({ id: `m-${index}`, body, attempt: 0 })),
  );

async function newest() {
  const found = (await world.findings(spare)).filter(({ kind }) => kind === "exposure");
  return { count: found.length, finding: found[0] };
}

const words = () =>
  world.account.inbox.messages().map(({ subject = "" }) => subject.split(" ", 1)[0]);

/** Dies at a call, and is delivered again when the lease of whoever died is over. */
async function dieAt(at: number, how: "cut" | "cut-after", bodies: readonly string[]) {
  world.gate.decide(call => (call < at ? "pass" : call === at ? how : "cut"));
  await look(world.behind, bodies).catch(() => undefined);
  const isReached = world.gate.count() > at;
  world.account.clock.advance(360_000);
  expect(await look(world.aws, bodies), `${how} at call ${at}`).toEqual([]);
  return isReached;
}

describe.each(["cut", "cut-after"] as const)("a look that dies (%s)", how => {
  it("is one finding that is told, and one end that is told", async () => {
    let crashes = 0;
    let isReached = true;
    for (let at = how === "cut" ? 0 : 2; isReached; at += STRIDE) {
      const [before, told] = [(await newest()).count, words().length];
      const wasOn = await dieAt(at, how, await wear(world.groups.deploy, spare));
      const on = await newest();
      expect(on.count, `${how} at ${at}`).toBe(before + 1);
      expect(on.finding).toMatchObject({ outcome: "reported", actor: { name: "tester" } });
      expect(on.finding?.publishedAt, `${how} at ${at}`).toBeDefined();
      const wasOff = await dieAt(at, how, await wear(world.groups.deploy));
      const off = await newest();
      expect([off.count, off.finding?.outcome], `${how} at ${at}`).toEqual([before + 1, "gone"]);
      expect(off.finding?.publishedAt, `end, ${how} at ${at}`).toBeDefined();
      expect(await world.aws.exposures.all()).toEqual([]);
      // A message whose answer was lost is sent again; none is left out.
      expect([...new Set(words().slice(told))], `${how} at ${at}`).toEqual(["EXPOSED", "EXPOSURE"]);
      world.account.clock.advance(3_600_000);
      isReached = wasOn || wasOff;
      crashes += isReached ? 1 : 0;
    }
    expect(crashes).toBeGreaterThan(2);
  }, 120_000);
});
