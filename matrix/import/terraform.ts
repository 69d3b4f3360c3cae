// Security groups out of a Terraform state (version 4): groups with their rules inline, and rules that
// are resources of their own, in any module and instance. Of a group that the state does not have
// only rules are known, so it is left out.

import type * as z from "zod";
import { inputError } from "../errors.ts";
import type { LiveRule, SecurityGroup } from "../group.ts";
import { type Direction, formatRule, type RuleFields, ruleFrom } from "../rules/rule.ts";
import {
  groupSchema,
  type InlineRule,
  ruleSchema,
  type SingleRule,
  type StandaloneRule,
  type StateGroup,
  singleSchema,
  stateSchema,
} from "./terraform-schema.ts";

const GROUPS = ["aws_security_group", "aws_default_security_group"];
const SINGLES = ["aws_vpc_security_group_ingress_rule", "aws_vpc_security_group_egress_rule"];

export interface TerraformGroups {
  readonly groups: readonly SecurityGroup[];
  readonly notes: readonly string[];
}

/** Reads the groups of a state. */
export function readTerraformState(name: string, json: unknown): TerraformGroups {
  const state = stateSchema.safeParse(json);
  if (!state.success) {
    const cure = "give terraform.tfstate, or what `terraform state pull` prints; not a plan";
    throw inputError("terraform.state", `${name}: it is no Terraform state of version 4`, cure);
  }
  const groups = new Map<string, StateGroup>();
  const wires: Wire[] = [];
  for (const { mode, type, module, name: label, instances } of state.data.resources) {
    if (mode !== "managed") continue;
    for (const { attributes, index_key: key } of instances) {
      const index = key === undefined ? "" : `[${JSON.stringify(key)}]`;
      const at = `${name}: ${module === undefined ? "" : `${module}.`}${type}.${label}${index}`;
      if (GROUPS.includes(type)) {
        const group = read(groupSchema, attributes, at);
        groups.set(group.id, group);
        wires.push(...inlineWires(group, at));
      } else if (type === "aws_security_group_rule") {
        wires.push(...ruleWires(read(ruleSchema, attributes, at), at));
      } else if (SINGLES.includes(type)) {
        wires.push(singleWire(read(singleSchema, attributes, at), type.includes("egress"), at));
      }
    }
  }
  return assemble(groups, wires);
}

function read<T>(schema: z.ZodType<T>, attributes: unknown, at: string): T {
  const read = schema.safeParse(attributes);
  if (read.success) return read.data;
  const [what] = read.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  throw inputError(
    "terraform.attributes",
    `${at}: ${what}`,
    "refresh the state with a current provider",
  );
}

/** One rule with one peer, and where it stands. */
interface Wire {
  readonly groupId: string;
  readonly fields: RuleFields;
  readonly description: string | undefined;
  readonly at: string;
}

type Peers = Partial<RuleFields>;

function inlineWires(group: StateGroup, at: string): Wire[] {
  const side = (direction: Direction, list: readonly InlineRule[]) =>
    list.flatMap(inline =>
      wiresOf(
        { groupId: group.id, direction, at },
        inline,
        inline.security_groups.map(groupFields),
      ),
    );
  return [...side("ingress", group.ingress), ...side("egress", group.egress)];
}

function ruleWires(rule: StandaloneRule, at: string): Wire[] {
  const { security_group_id: groupId, type: direction, source_security_group_id: source } = rule;
  // With `self` a provider may give the group's own id as the source too.
  const sources = source && !rule.self ? [groupFields(source)] : [];
  return wiresOf({ groupId, direction, at }, rule, sources);
}

function wiresOf(
  { groupId, direction, at }: { groupId: string; direction: Direction; at: string },
  inline: Omit<InlineRule, "security_groups">,
  sources: readonly Peers[],
): Wire[] {
  const peers: Peers[] = [
    ...inline.cidr_blocks.map(cidrIpv4 => ({ cidrIpv4 })),
    ...inline.ipv6_cidr_blocks.map(cidrIpv6 => ({ cidrIpv6 })),
    ...inline.prefix_list_ids.map(prefixListId => ({ prefixListId })),
    ...sources,
    ...(inline.self ? [{ groupId }] : []),
  ];
  const base = { direction, protocol: inline.protocol, ...ports(inline) };
  const description = inline.description || undefined;
  return peers.map(peer => ({ groupId, fields: { ...base, ...peer }, description, at }));
}

function singleWire(single: SingleRule, isEgress: boolean, at: string): Wire {
  const { referenced_security_group_id: reference } = single;
  return {
    groupId: single.security_group_id,
    fields: {
      direction: isEgress ? "egress" : "ingress",
      protocol: single.ip_protocol,
      ...ports(single),
      cidrIpv4: single.cidr_ipv4 || undefined,
      cidrIpv6: single.cidr_ipv6 || undefined,
      prefixListId: single.prefix_list_id || undefined,
      ...(reference ? groupFields(reference) : {}),
    },
    description: single.description || undefined,
    at,
  };
}

const ports = ({
  from_port,
  to_port,
}: {
  from_port?: number | null | undefined;
  to_port?: number | null | undefined;
}) => ({
  fromPort: from_port ?? undefined,
  toPort: to_port ?? undefined,
});

// A group of another account is written `222233334444/sg-…`.
function groupFields(reference: string): Peers {
  const [groupId, groupOwner] = reference.split("/").reverse();
  return { groupId, groupOwner };
}

function assemble(
  groups: ReadonlyMap<string, StateGroup>,
  wires: readonly Wire[],
): TerraformGroups {
  const rulesOf = new Map<string, Map<string, LiveRule>>();
  for (const { groupId, fields, description, at } of wires) {
    const rule = ruleFrom(fields, groups.get(groupId)?.owner_id ?? undefined);
    if (!rule) throw inputError("terraform.rule", `${at}: its rule cannot be read`);
    const known = rulesOf.get(groupId) ?? new Map<string, LiveRule>();
    rulesOf.set(groupId, known);
    known.set(formatRule(rule), { rule, ...(description === undefined ? {} : { description }) });
  }
  const unknown = [...rulesOf.keys()].filter(id => !groups.has(id));
  return {
    groups: [...groups.values()].map(group => ({
      id: group.id,
      owner: group.owner_id ?? "",
      name: group.name,
      tags: group.tags_all ?? group.tags ?? {},
      ...(group.vpc_id ? { vpcId: group.vpc_id } : {}),
      rules: [...(rulesOf.get(group.id)?.values() ?? [])],
    })),
    notes:
      unknown.length > 0 ? [`groups of which the state has rules only: ${unknown.join(", ")}`] : [],
  };
}
