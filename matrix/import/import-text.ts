// An imported matrix as the file a person would have written: sections with room between them, flows
// by what they enter, and a comment where something is risky, unsaid, or written to by a controller.
import type { PortSpec } from "../document.ts";
import { formatPorts } from "../file/ports.ts";
import type { SecurityGroup } from "../group.ts";
import { doorOf, portCount, WIDE } from "../lint/risk.ts";
import { plainText } from "../plain-text.ts";
import {
  ALL,
  formatShape,
  hasPorts,
  ICMP,
  ICMPV6,
  type Shape,
  TCP,
  UDP,
} from "../rules/protocol.ts";
import { formatRule } from "../rules/rule.ts";
import { controllerOf } from "./controllers.ts";
import {
  type End,
  type ImportedFlow,
  type ImportedFlows,
  isBlock,
  isWorld,
} from "./import-flows.ts";
import { endName, type ImportedNetwork, peerText, setsOf, setText } from "./import-names.ts";

export interface TextInput extends ImportedFlows {
  readonly title: string;
  readonly source: string;
  readonly vpc: string | undefined;
  readonly groups: readonly SecurityGroup[];
  readonly entries: ReadonlyMap<string, string>;
  readonly networks: ReadonlyMap<string, ImportedNetwork>;
  /** What was left out, in a sentence each. */
  readonly notes: readonly string[];
}

/** Writes the file. */
export function importText(input: TextInput): string {
  const { title, source, vpc, groups, notes } = input;
  const rules = groups.reduce((sum, group) => sum + group.rules.length, 0);
  const flows = input.flows.map(flow => flowLines(flow, input));
  return [
    `# Imported from ${plainText(source)}: ${groups.length} groups, ${rules} rules, as they stood.`,
    "# Every flow is `allowed`: permitted, and not restored when it goes. Make those that must be there",
    "# `required` (take the need away), delete what nobody needs, look at each line marked RISK.",
    "# Next: portward matrix check, plan, apply (in observe), audit; then mode: revoke, then enforce.",
    ...notes.map(note => `# Left out: ${plainText(note, 400)}`),
    `matrix: ${title}`,
    "mode: observe",
    ...(vpc === undefined ? [] : [`vpc: ${vpc}`]),
    ...section("networks", [...input.networks.values()].map(networkLine)),
    ...section(
      "groups",
      groups.flatMap(group => groupLines(group, input)),
    ),
    ...section("flows", flows.flat()),
    "",
  ].join("\n");
}

const section = (name: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : ["", `${name}:`, ...lines];

const networkLine = ({ name, peers }: ImportedNetwork): string =>
  `  ${name}: [${peers.map(scalar).join(", ")}]`;

function groupLines(group: SecurityGroup, { groups, entries, open, unsaid }: TextInput): string[] {
  const name = entries.get(group.id) ?? group.id;
  const isAlone = groups.filter(other => other.name === group.name).length === 1;
  const isPlain = group.name !== "" && plainText(group.name) === group.name;
  const controller = controllerOf(group);
  const strange = unsaid.get(group.id) ?? [];
  const fields = [
    isAlone && isPlain ? `name: ${scalar(group.name)}` : `id: ${group.id}`,
    ...(open.has(group.id) ? [] : ["egress: listed"]),
    ...(controller || strange.length > 0 ? ["mode: observe"] : []),
  ];
  return [
    ...(controller
      ? [
          `  # ${controller.writer} writes to it (tag ${plainText(controller.tag)}): left in observe`,
        ]
      : []),
    ...strange.map(rule => `  # no flow can say ${formatRule(rule)}: left in observe`),
    `  ${name}: { ${fields.join(", ")} }`,
  ];
}

function flowLines(flow: ImportedFlow, input: TextInput): string[] {
  const { from, to, shapes, sides, descriptions } = flow;
  const [said, ...others] = descriptions;
  const fields = [
    `from: ${list(from, input)}`,
    `to: ${list(to, input)}`,
    `ports: ${portsText(shapes)}`,
    "need: allowed",
    ...(sides === undefined ? [] : [`sides: ${sides}`]),
    ...(said !== undefined && others.length === 0 ? [`purpose: ${quotedText(said)}`] : []),
  ];
  const risks = risksOf(flow);
  return [...risks.map(risk => `  # RISK: ${risk}`), `  - { ${fields.join(", ")} }`];
}

function risksOf({ from, shapes }: ImportedFlow): string[] {
  if (!from.every(isWorld)) return [];
  const doors = [...new Set(shapes.flatMap(shape => doorOf(shape) ?? []))];
  const wide = shapes.filter(shape => doorOf(shape) === undefined && portCount(shape) > WIDE);
  return [
    ...(doors.length > 0 ? [`the world reaches ${doors.join(" and ")}`] : []),
    ...wide.map(shape => `the world reaches ${portCount(shape)} ports: ${formatShape(shape)}`),
  ];
}

/** Ends of a flow: blocks by their networks, the rest one by one. */
function list(ends: readonly End[], { entries, networks }: TextInput): string {
  const sets = setsOf(ends.filter(isBlock), networks);
  const names = [
    ...sets.flatMap(set => networks.get(setText(set))?.name ?? set.map(peerText)),
    ...ends.filter(end => !isBlock(end)).map(end => endName(end, entries)),
  ];
  return oneOrList(names.map(scalar));
}

const oneOrList = (texts: readonly string[]): string =>
  texts.length > 1 ? `[${texts.join(", ")}]` : texts.join("");

/** Shapes as one text of ports for each protocol. */
function portsText(shapes: readonly Shape[]): string {
  const byProtocol = Map.groupBy(shapes, ({ protocol }) => protocol);
  const texts = [...byProtocol.values()].flatMap(its => {
    const inOrder = its.toSorted((a, b) => a.from - b.from || a.to - b.to);
    // One that says a protocol whole stands alone.
    const whole = inOrder.filter(isWhole);
    const parts = inOrder.filter(shape => !isWhole(shape));
    return [whole, parts]
      .filter(some => some.length > 0)
      .map(some => formatPorts(some.map(portSpec)));
  });
  return oneOrList(texts);
}

const isWhole = ({ protocol, from, to }: Shape): boolean =>
  hasPorts(protocol) ? from === 0 && to === 65535 : from < 0;

const NAMES: ReadonlyMap<number, Exclude<PortSpec["protocol"], number>> = new Map([
  [ALL, "all"],
  [TCP, "tcp"],
  [UDP, "udp"],
  [ICMP, "icmp"],
  [ICMPV6, "icmpv6"],
]);

const portSpec = ({ protocol, from, to }: Shape): PortSpec => ({
  protocol: NAMES.get(protocol) ?? protocol,
  from,
  to,
});

/** Text as a YAML scalar inside braces: plain where it cannot be mistaken. */
function scalar(text: string): string {
  const isPlain =
    /^[\p{L}][\p{L}\p{N}._-]*$/u.test(text) || /^\d+\.[\d.]+\.\d+(?:\/\d+)?$/.test(text);
  const isWord = /^(?:true|false|null|yes|no|on|off)$/i.test(text);
  return isPlain && !isWord ? text : quotedText(text);
}

const quotedText = (text: string): string => JSON.stringify(plainText(text, 255));
