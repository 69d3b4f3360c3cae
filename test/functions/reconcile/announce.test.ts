// What a run is about to do, stored for whoever has to finish it.
import { describe, expect, it } from "vitest";
import type { AwsAccount } from "../../../functions/aws/account.ts";
import { announce } from "../../../functions/reconcile/announce.ts";
import type { RunDeps } from "../../../functions/reconcile/deps.ts";
import type { PrefixList } from "../../../matrix/group.ts";
import { planFor } from "../../../matrix/plan.ts";
import { parseCidr } from "../../../matrix/rules/cidr.ts";
import { ACCOUNT, judgeUnder, matrixOf } from "../../support/judging.ts";
import { type LogLine, logInto } from "../../support/logged.ts";
import { ownPieces } from "../../support/pieces.ts";
import { NOON, settingOf } from "../../support/settings.ts";

const pieces = ownPieces();

const AT_NOON = new Date(NOON).toISOString();
const LIST = "pl-0a1b2c3d";
const PERMITTED = "ingress tcp 22 from 10.0.0.0/9";
const WORLD = "ingress tcp 23 from 0.0.0.0/0";
const NEEDED = "ingress tcp 443 from 10.9.0.0/16";
const flows = [
  "{ from: 10.0.0.0/9, to: web, ports: tcp 22, need: allowed }",
  "{ from: 10.9.0.0/16, to: web, ports: tcp 443, need: required }",
  "{ from: office, to: web, ports: tcp 22, need: allowed }",
];
const matrix = matrixOf(flows, {
  networks: `{ office: [{ list: ${LIST}, within: [10.0.0.0/8] }] }`,
});
const list: PrefixList = {
  ...{ id: LIST, owner: ACCOUNT, state: "create-complete", version: 1 },
  entries: ["10.1.0.0/16", "192.0.2.0/24"].flatMap(text => parseCidr(text) ?? []),
};

const lines: LogLine[] = [];

function announced(aws: AwsAccount & Pick<RunDeps, "accepted">) {
  const lists = { account: ACCOUNT, get: (id: string) => (id === LIST ? list : undefined) };
  const judgement = judgeUnder(matrix, [PERMITTED, WORLD], { lists });
  const deps = { ...aws, clock: () => NOON, log: logInto(lines) };
  return announce(settingOf({ deps }), judgement, planFor(judgement), "r-1");
}

describe("a run", () => {
  it("stores what it found, what stood and what it is about to do", async () => {
    const aws = pieces.fresh();
    await announced(aws);
    const [intent, ...more] = await aws.intents.forGroup("sg-0000000a");
    expect(more).toEqual([]);
    expect(intent).toMatchObject({ runId: "r-1", groupId: "sg-0000000a", at: AT_NOON });
    expect(intent?.findings.map(({ kind, rule }) => [kind, rule])).toEqual([
      ["drift", WORLD],
      ["missing", NEEDED],
      ["prefix-list", `${LIST} holds 192.0.2.0/24`],
    ]);
    expect(intent?.before).toEqual([PERMITTED, WORLD]);
    expect(intent?.plan).toEqual([
      `take 192.0.2.0/24 out of ${LIST}`,
      `authorize ${NEEDED}`,
      `revoke ${WORLD}`,
    ]);
  });

  it("goes on where that cannot be stored, and says so", async () => {
    const aws = pieces.fresh();
    lines.length = 0;
    pieces.account.faults.failNext("dynamodb", "PutItem", "InternalServerError");
    await announced(aws);
    expect(await aws.intents.forGroup("sg-0000000a")).toEqual([]);
    expect(lines).toMatchObject([{ level: "warn", fields: { groupId: "sg-0000000a" } }]);
  });

  it("does not begin what somebody has accepted where that cannot be stored", async () => {
    const aws = pieces.fresh();
    pieces.account.faults.failNext("dynamodb", "PutItem", "InternalServerError");
    await expect(announced({ ...aws, accepted: (_, plan) => plan })).rejects.toThrow();
  });
});
