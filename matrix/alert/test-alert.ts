// An alert that is none: published by somebody who wants to see that alerts arrive, and marked as that;
// and a sample of a real one, to be shown in every form.
import type { Finding } from "../finding.ts";
import { plainText } from "../plain-text.ts";
import { type Alert, alertFor } from "./alert.ts";
import { fact, factLines } from "./fact.ts";
import { timeText, wrap } from "./paragraph.ts";
import { asciiLine } from "./subject.ts";

/** Who tests, and where. */
export interface TestOf {
  readonly account: string;
  readonly region: string;
  readonly by: string;
  /** ISO 8601. */
  readonly at: string;
}

/** Words the test. */
export function testAlert({ account, region, by, at }: TestOf): Alert {
  const title = "TEST of alerts: nothing happened";
  const facts = [
    ...fact("What", "somebody looks whether alerts arrive here; no rule was opened or closed"),
    ...fact("Account", `${account} ${region}`),
    ...fact("Who", plainText(by)),
    ...fact("When", timeText(at)),
  ];
  const advice = "There is nothing to do. Whoever does not read this is not reached by alerts.";
  return {
    subject: asciiLine(`${title}, ${account} ${region}`),
    text: [title, "", ...factLines(facts), "", ...wrap(advice), ""].join("\n"),
    attributes: { outcome: "test", group: "none", kind: "test", severity: "low" },
    detail: {
      ...{ outcome: "test", severity: "low", about: "test", account, region, title, facts },
      ...{ advice: [advice], group: { id: "", name: "" }, findings: [], more: 0 },
    },
  };
}

const SAMPLE: Finding = {
  id: "f-abcdefghijkl",
  occurrence: 1,
  kind: "drift",
  account: "111122223333",
  region: "ap-southeast-1",
  group: { id: "sg-0f0a1b2c3d4e50100", name: "funai-deploy", vpcId: "vpc-0f0a1b2c3d4e5f607" },
  parts: ["deploy"],
  mode: "enforce",
  rule: "ingress tcp 22 from 0.0.0.0/0",
  ruleId: "sgr-0a1b2c3d4e5f60718",
  after: [],
  because:
    "nothing permits it; it breaks the forbid public -> deploy runner all; nearest flow: " +
    "api runner runtime -> deploy tcp 7002; differs in port tcp 22, not tcp 7002",
  trigger: { kind: "event", id: "4a1e", event: "AuthorizeSecurityGroupIngress" },
  actor: {
    type: "AssumedRole",
    name: "bob",
    nameChosenByCaller: true,
    account: "111122223333",
    arn: "arn:aws:sts::111122223333:assumed-role/deployer/bob",
    roleArn: "arn:aws:iam::111122223333:role/deployer",
    sourceIp: "203.0.113.9",
    tool: "aws-cli",
  },
  outcome: "closed",
  openedAt: "2026-11-21T11:59:50.000Z",
  seenAt: "2026-11-21T12:00:00.000Z",
  closedAt: "2026-11-21T12:00:01.000Z",
  calls: ["revoke ingress tcp 22 from 0.0.0.0/0"],
  owed: [],
  notes: ["connections opened through it are tracked and go on until they time out"],
  matrixVersion: "12",
};

/** A sample of an alert about a rule that was closed. */
export const sampleAlert = (): Alert =>
  alertFor([SAMPLE], {
    reach: {
      kind: "known",
      isWhole: true,
      carriers: [
        {
          interfaceId: "eni-0a1b2c3d4e5f60718",
          address: "172.21.138.100",
          publicAddress: "198.51.100.7",
          instanceId: "i-0a1b2c3d4e5f60718",
        },
      ],
    },
  });
