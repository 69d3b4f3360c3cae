// A finding to vary: somebody opened ssh to the world on the deploy group, and it was closed.
import type { Finding } from "../../matrix/finding.ts";
import type { Actor } from "../../matrix/trigger.ts";

export const actor: Actor = {
  type: "AssumedRole",
  arn: "arn:aws:sts::111122223333:assumed-role/deployer/bob",
  name: "bob",
  nameChosenByCaller: true,
  account: "111122223333",
  roleArn: "arn:aws:iam::111122223333:role/deployer",
  accessKeyId: "ASIAEXAMPLEBOB",
  sourceIp: "203.0.113.9",
  tool: "aws-cli",
};

/** Makes a finding. */
export function findingOf(given: Partial<Finding> = {}): Finding {
  return {
    id: "",
    occurrence: 0,
    kind: "drift",
    account: "111122223333",
    region: "ap-southeast-1",
    group: { id: "sg-0a1b2c3d", name: "funai-deploy", vpcId: "vpc-0a1b2c3d" },
    parts: ["deploy"],
    mode: "enforce",
    rule: "ingress tcp 22 from 0.0.0.0/0",
    ruleId: "sgr-0a1b2c3d",
    after: [],
    because: "nothing permits it; the nearest flow is api -> deploy tcp 7002: another port",
    trigger: triggerOf("e-1"),
    actor,
    outcome: "closed",
    openedAt: "2026-11-21T11:59:50.000Z",
    seenAt: "2026-11-21T12:00:00.000Z",
    closedAt: "2026-11-21T12:00:01.000Z",
    calls: ["revoke ingress tcp 22 from 0.0.0.0/0"],
    owed: [],
    notes: ["connections opened through it are tracked and go on until they time out"],
    matrixVersion: "12",
    ...given,
  };
}

/** Makes the sighting of a call to AuthorizeSecurityGroupIngress. */
export const triggerOf = (id: string) => ({
  kind: "event",
  id,
  event: "AuthorizeSecurityGroupIngress",
  at: "2026-11-21T11:59:50.000Z",
});

/** Leaves fields out of a finding. */
export function without(finding: Finding, ...names: (keyof Finding)[]): Finding {
  const fields = Object.entries(finding).filter(([name]) => !names.includes(name as keyof Finding));
  return Object.fromEntries(fields) as unknown as Finding;
}
