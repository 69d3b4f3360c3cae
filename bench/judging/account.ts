// A drawn account of any size and a matrix to judge it by: entries with twenty flows from five blocks
// each, every entry played by as many groups. A group has the hundred rules its flows ask for but one;
// beside them narrower ones, a wider one, and two nobody permits. The same size is the same account.
import { parseMatrix } from "../../matrix/file/parse.ts";
import { resolvePins } from "../../matrix/flows/selection.ts";
import type { LiveRule, SecurityGroup } from "../../matrix/group.ts";
import { makePolicy, type Policy } from "../../matrix/policy.ts";
import { parseRule } from "../../matrix/rules/rule.ts";

export interface Size {
  readonly groups: number;
  readonly flows: number;
  readonly rulesPerGroup: number;
}

export interface Drawn {
  readonly groups: readonly SecurityGroup[];
  /** A policy nobody has asked yet: nothing of it is compiled. */
  policy(): Policy;
  /** How many of the rules are drift, and how many required ones are missing. */
  readonly drift: number;
  readonly missing: number;
}

const FLOWS_PER_ENTRY = 20;
const BLOCKS_PER_FLOW = 5;
const LINES = FLOWS_PER_ENTRY * BLOCKS_PER_FLOW;

/** Draws an account. */
export function drawAccount({ groups: count, flows, rulesPerGroup }: Size): Drawn {
  const entries = Math.max(1, Math.round(flows / FLOWS_PER_ENTRY));
  const document = parseMatrix([{ name: "drawn.yaml", text: matrixText(entries) }]);
  const groups = Array.from({ length: count }, (_, index) =>
    groupAt(index, index % entries, rulesPerGroup),
  );
  const pins = resolvePins(document, groups);
  const numbers = Array.from({ length: rulesPerGroup }, (_, number) => number);
  const beyond = numbers.filter(number => number >= LINES);
  const drift = beyond.filter(number => kindOf(number) !== "narrower").length;
  const widened = new Set(beyond.filter(n => kindOf(n) === "wider").map(n => n % FLOWS_PER_ENTRY));
  return {
    groups,
    policy: () => makePolicy(structuredClone(document), structuredClone(pins), "1"),
    drift: count * (drift + 1),
    // What is left of a wider rule of the same flow stands in for the lost one.
    missing: groups.filter((_, index) => !widened.has((index % LINES) % FLOWS_PER_ENTRY)).length,
  };
}

function matrixText(entries: number): string {
  const names = Array.from({ length: entries }, (_, entry) => entry);
  return [
    "matrix: drawn",
    "mode: enforce",
    "groups:",
    ...names.map(entry => `  e${entry}: { tags: { role: e${entry} }, egress: listed }`),
    "flows:",
    ...names.flatMap(entry =>
      Array.from({ length: FLOWS_PER_ENTRY }, (_, flow) => {
        const blocks = Array.from({ length: BLOCKS_PER_FLOW }, (_, i) => blockOf(entry, flow, i));
        return `  - { from: [${blocks.join(", ")}], to: e${entry}, ports: ${portsOf(flow)} }`;
      }),
    ),
    "forbid:",
    "  - { from: 198.51.100.0/24, to: e0, ports: all, reason: nobody there }",
  ].join("\n");
}

const portsOf = (flow: number): string =>
  flow % 5 === 4 ? `tcp ${8000 + flow * 10}-${8005 + flow * 10}` : `tcp ${1000 + flow}`;

const blockOf = (entry: number, flow: number, block: number): string =>
  `10.${entry % 250}.${flow * BLOCKS_PER_FLOW + block}.0/24`;

function groupAt(index: number, entry: number, rules: number): SecurityGroup {
  const id = `sg-${index.toString(16).padStart(17, "0")}`;
  return {
    ...{ id, owner: "111122223333", vpcId: "vpc-0000000a", name: `drawn-${index}` },
    tags: { role: `e${entry}` },
    rules: Array.from({ length: rules }, (_, number): LiveRule => {
      const isLost = number === index % LINES;
      const rule = parseRule(isLost ? strangeRule(number) : ruleText(entry, number));
      if (!rule) throw new Error(`rule ${number} of ${id} is none`);
      return { rule, ruleId: `sgr-${index}-${number}` };
    }),
  };
}

const strangeRule = (number: number): string => `ingress tcp 22 from 192.0.2.${number % 250}/32`;

function ruleText(entry: number, number: number): string {
  const flow = number % FLOWS_PER_ENTRY;
  const block = blockOf(entry, flow, Math.floor(number / FLOWS_PER_ENTRY) % BLOCKS_PER_FLOW);
  const said = `ingress ${portsOf(flow)} from`;
  if (number < LINES) return `${said} ${block}`;
  const kind = kindOf(number);
  if (kind === "narrower") return `${said} ${block.replace(".0/24", `.${number % 250}/32`)}`;
  return kind === "wider" ? `${said} 10.0.0.0/8` : strangeRule(number);
}

// Of the rules beyond what the flows ask for, two drift.
function kindOf(number: number): "narrower" | "wider" | "strange" {
  if (number === LINES) return "wider";
  return number === LINES + 1 ? "strange" : "narrower";
}
