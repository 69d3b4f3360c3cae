// What the link in an approver's mail is about, to vary: tester asks for what was closed on the deploy
// group, alice may approve it.
import type { KeptException } from "../../functions/aws/stores/exception-item.ts";
import type { Asked } from "../../functions/reconcile/approval-link.ts";
import { parseMatrix } from "../../matrix/file/parse.ts";
import { makePolicy } from "../../matrix/policy.ts";
import { studio } from "./deployed.ts";
import { findingOf } from "./findings.ts";

const GROUP = "sg-0f0a1b2c3d4e50200";
const MINUTE = 60_000;
const START = Date.parse("2026-11-28T09:00:00Z");

/** Makes what a link is about. */
export function askedOf(given: Partial<KeptException> = {}): Asked {
  const document = parseMatrix([{ name: "matrix.yaml", text: studio() }]);
  const pinned = { id: GROUP, owner: "111122223333", vpcId: "vpc-0a1b2c3d", name: "funai-deploy" };
  const tester = "arn:aws:iam::111122223333:user/tester";
  const people = { alice: ["mail:alice@example.com"], tester: [tester] };
  const kept: KeptException = {
    ...{ id: "x-01k9z3v5h2m4n6p8q0r1s2t3v4", state: "requested", rev: 1, askedAt: START },
    ...{ start: START, end: START + 60 * MINUTE, groups: [GROUP], open: true },
    rule: "ingress tcp 7002 from 10.1.2.3/32",
    reason: "release of the deploy service, ticket 4711",
    requester: { kind: "user", account: "111122223333", arn: tester },
    askHash: "0".repeat(64),
    personKey: "tester",
    finding: "f-feci5krfm5sp",
    last: { n: 1, at: "", by: tester, action: "request", to: "requested", token: "", prev: "" },
    ...given,
  };
  return {
    kept,
    claim: {
      ...{ exception: kept.id, hash: kept.askHash, approver: "alice@example.com", nonce: "n" },
      expiry: START + 50 * MINUTE,
    },
    law: {
      policy: makePolicy(document, { groups: { deploy: [pinned] }, lists: {} }),
      directory: { account: "111122223333", people, approvers: ["alice"] },
    },
    ...{ account: "111122223333", region: "ap-southeast-1" },
    finding: findingOf({ rule: "ingress tcp 7002 from 10.1.0.0/16" }),
  };
}
