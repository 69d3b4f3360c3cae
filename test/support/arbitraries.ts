// Random cases for the law: a matrix, an account and one group's rules, drawn from few values so that
// rules lie on, beside, within and around what the flows permit. What is right is the oracle's to say.
import fc from "fast-check";
import {
  ACCOUNT,
  type AccountDraw,
  AWS_LIST,
  accountArb,
  blockArb,
  FOREIGN_LIST,
  groupsOf,
  listsOf,
  matrixOf,
  OTHER_ACCOUNT,
  OWN_LIST,
  pinsOf,
  SECOND_LIST,
  VPC,
} from "./drawn-account.ts";
import { type NearDraw, nearRule, nearRuleArb } from "./near-rules.ts";
import {
  asList,
  type Case,
  type ExceptionText,
  type FlowText,
  type ForbidText,
  type PeerText,
} from "./oracle/case.ts";
import { rule as ruleOn } from "./oracle/law.ts";
import { freeRuleArb, portsArb } from "./rules.ts";

/** Other ends of a flow. */
const peerArb: fc.Arbitrary<string> = fc.oneof(
  { weight: 7, arbitrary: blockArb },
  { weight: 2, arbitrary: fc.constantFrom("public", "private") },
  { weight: 4, arbitrary: fc.constantFrom("office", "nested", "nothing", "bounded") },
  { weight: 4, arbitrary: fc.constantFrom("db", "db", "app") },
  { weight: 3, arbitrary: fc.constantFrom(OWN_LIST, SECOND_LIST, AWS_LIST, FOREIGN_LIST) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "sg-0d000000000000004",
      `sg-0d000000000000004@${OTHER_ACCOUNT}`,
      `sg-0b000000000000002@${ACCOUNT}`,
    ),
  },
);

const needArb = fc.constantFrom(
  "required",
  "required",
  "allowed",
  "on-demand",
  "advised",
) as fc.Arbitrary<NonNullable<FlowText["need"]>>;

interface FlowDraw {
  readonly inward: boolean;
  readonly part: readonly string[];
  readonly peers: readonly string[];
  readonly ports: readonly string[];
  readonly need: NonNullable<FlowText["need"]>;
  readonly sides: FlowText["sides"];
}

const partArb = fc.constantFrom(["app"], ["app"], ["app"], ["db"], ["app", "db"]);

const flowArb: fc.Arbitrary<FlowDraw> = fc.record({
  inward: fc.oneof(fc.constant(true), fc.boolean()),
  part: partArb,
  peers: fc.array(peerArb, { minLength: 1, maxLength: 2 }),
  ports: portsArb,
  need: needArb,
  sides: fc.constantFrom(undefined, undefined, "both", "ingress", "egress"),
});

const forbidArb: fc.Arbitrary<ForbidText> = fc
  .record({
    inward: fc.boolean(),
    part: partArb,
    peers: fc.oneof(
      fc.constant(["public"]),
      fc.array(fc.oneof(blockArb, fc.constantFrom("office", "db", OWN_LIST)), {
        minLength: 1,
        maxLength: 2,
      }),
    ),
    ports: portsArb,
    except: fc.array(fc.oneof(blockArb, fc.constant("office")), { maxLength: 2 }),
  })
  .map(({ inward, part, peers, ports, except }) => ({
    ...(inward ? { from: peers, to: part } : { from: part, to: peers }),
    ports,
    ...(except.length > 0 ? { except } : {}),
  }));

/** Two flows that adjoin, and a rule over both: only together do they permit it. */
interface TwinDraw {
  readonly flows: readonly [FlowText, FlowText];
  readonly rule: string;
}

const TWINS: readonly (readonly [string, string, string, string, string])[] = [
  // both flows' ports and peers, and the rule's peer or ports that take in both
  ["tcp 22", "0.0.0.0/1", "tcp 22", "128.0.0.0/1", "tcp 22 from 0.0.0.0/0"],
  ["tcp 80", "10.0.0.0/9", "tcp 79-81", "10.128.0.0/9", "tcp 80 from 10.0.0.0/8"],
  ["tcp 21-25", "10.0.0.0/8", "tcp 26-79", "10.0.0.0/16", "tcp 23-30 from 10.0.0.0/16"],
  ["tcp 21-25", "203.0.113.0/25", "tcp 23-25", "203.0.113.128/25", "tcp 23-25 from 203.0.113.0/24"],
  ["udp 79-81", "public", "udp 82-442", "203.0.113.0/24", "udp 79-442 from 203.0.113.0/25"],
  ["all", "::/1", "all", "8000::/1", "all from ::/0"],
  ["icmpv6", "2001:db8::/33", "all", "2001:db8:8000::/33", "icmpv6 128/0 from 2001:db8::/32"],
  [
    "tcp 80-443",
    "sg-0d000000000000004",
    "tcp 444-65535",
    "public",
    "tcp 443-444 from sg-0d000000000000004",
  ],
];

const twinArb: fc.Arbitrary<TwinDraw> = fc
  .record({ twin: fc.constantFrom(...TWINS), needs: fc.tuple(needArb, needArb) })
  .map(({ twin: [portsA, peerA, portsB, peerB, rest], needs }) => ({
    flows: [
      { from: [peerA], to: ["app"], ports: [portsA], need: needs[0] },
      { from: [peerB], to: ["app"], ports: [portsB], need: needs[1] },
    ],
    rule: `ingress ${rest}`,
  }));

interface CaseDraw {
  readonly account: AccountDraw;
  readonly flows: readonly FlowDraw[];
  readonly twin: TwinDraw | undefined;
  readonly forbids: readonly ForbidText[];
  readonly keepsConflicts: boolean;
  readonly rules: readonly (string | NearDraw)[];
  readonly exceptions: readonly { ask: FlowDraw | NearDraw; open: boolean; isUsed: boolean }[];
}

/** A random case. */
export const caseArb: fc.Arbitrary<Case> = fc
  .record<CaseDraw>({
    account: accountArb,
    flows: fc.array(flowArb, { minLength: 1, maxLength: 6 }),
    twin: fc.option(twinArb, { nil: undefined, freq: 2 }),
    forbids: fc.array(forbidArb, { maxLength: 3 }),
    keepsConflicts: fc.integer({ min: 0, max: 9 }).map(n => n === 9),
    rules: fc.array(
      fc.oneof(
        { weight: 4, arbitrary: nearRuleArb },
        { weight: 1, arbitrary: freeRuleArb as fc.Arbitrary<string | NearDraw> },
      ),
      { maxLength: 9 },
    ),
    exceptions: fc.oneof(
      { weight: 1, arbitrary: fc.constant([]) },
      {
        weight: 1,
        arbitrary: fc.array(
          fc.record({
            ask: fc.oneof(nearRuleArb, flowArb),
            open: fc.boolean(),
            isUsed: fc.boolean(),
          }),
          { minLength: 1, maxLength: 2 },
        ),
      },
    ),
  })
  .map(buildCase);

function buildCase(draw: CaseDraw): Case {
  const { account } = draw;
  const lists = listsOf(account);
  const groups = groupsOf(account);
  const subject = groups[0]!;
  const drawn = draw.flows.map(flowText).filter(flow => meansSomething(account, flow));
  const flows = [...drawn, ...(draw.twin?.flows ?? [])];
  const matrix = matrixOf(account, flows);
  const bare: Case = {
    account: ACCOUNT,
    matrix,
    groups,
    ipv6Vpcs: account.hasIpv6 ? [VPC] : [],
    lists,
    listPins: account.pinnedEntries ? { [OWN_LIST]: account.pinnedEntries } : {},
    pins: pinsOf(account),
    exceptions: [],
    subject,
    rules: [],
  };
  const forbid = draw.forbids.filter(
    one =>
      draw.keepsConflicts ||
      ruleOn({ ...bare, matrix: { ...matrix, forbid: [one] } }).conflict === "none",
  );
  const c = { ...bare, matrix: forbid.length > 0 ? { ...matrix, forbid } : matrix };
  const rules = draw.rules.map(one => (typeof one === "string" ? one : nearRule(c, one)));
  const exceptions = draw.exceptions.map(one => exceptionOf(c, account, one));
  // What somebody opened because an exception lets him.
  const used = exceptions.flatMap(({ ask }, i) =>
    "rule" in ask && draw.exceptions[i]?.isUsed ? [ask.rule] : [],
  );
  return {
    ...c,
    exceptions,
    rules: [...new Set([...rules, ...used, ...(draw.twin ? [draw.twin.rule] : [])])],
  };
}

function flowText(draw: FlowDraw): FlowText {
  const { inward, part, peers, ports, need, sides } = draw;
  return {
    ...(inward ? { from: peers, to: part } : { from: part, to: peers }),
    ports: withPlainPort(ports),
    need,
    ...(sides === undefined ? {} : { sides }),
  };
}

// A flow from which no rule follows is refused with its whole matrix. ICMP whose peers are all of the
// other family is one, so ICMP never stands alone here.
function withPlainPort(ports: readonly string[]): readonly string[] {
  return ports.every(port => port.startsWith("icmp")) ? [...ports, "proto 50"] : ports;
}

// A flow that has no side is the other.
function meansSomething(account: AccountDraw, flow: FlowText): boolean {
  const [from, to] = [asList(flow.from), asList(flow.to)];
  const isPart = (peer: PeerText) => peer === "app" || peer === "db";
  const isListed = (peer: PeerText) =>
    peer === "app" ? account.egress === "listed" : account.dbEgress === "listed";
  const hasIngress = to.some(isPart) && flow.sides !== "egress";
  const hasEgress = from
    .filter(isPart)
    .some(peer => (flow.sides === undefined ? isListed(peer) : flow.sides !== "ingress"));
  return hasIngress || hasEgress;
}

function exceptionOf(
  bare: Case,
  account: AccountDraw,
  { ask, open }: CaseDraw["exceptions"][number],
): ExceptionText {
  if (!("inward" in ask)) return { ask: { rule: nearRule(bare, ask) }, open };
  const { need: _, ...flow } = flowText(ask);
  const { sides: __, ...plain } = flow;
  return meansSomething(account, plain)
    ? { ask: plain, open }
    : { ask: { rule: "ingress tcp 22 from 10.0.0.4/32" }, open };
}
