// Security groups out of files: the answers of describe-security-groups and describe-security-
// group-rules, bare, in an array or as they were printed. Nothing unreadable is left out silently.

import type * as z from "zod";
import { fieldsOfPermission, ruleFieldsOf } from "../functions/aws/ip-permission.ts";
import { InputError, inputError, type Problem, quoted } from "../matrix/errors.ts";
import type { LiveGroup, LiveRule, SecurityGroup } from "../matrix/group.ts";
import { type Direction, type RuleFields, ruleFrom } from "../matrix/rules/rule.ts";
import {
  groupSchema,
  ruleSchema,
  type WireGroup,
  type WirePermission,
  type WireRule,
} from "./described-schema.ts";

/** What some files describe. */
export interface Described {
  /** Groups whose rules are described, in the order of the files. */
  readonly groups: readonly SecurityGroup[];
  /** Every group whose name, tags and VPC are known. */
  readonly known: readonly LiveGroup[];
  /** Ids of groups of which only rules are known. */
  readonly nameless: readonly string[];
}

interface File {
  readonly name: string;
  readonly json: unknown;
}

interface Place {
  readonly file: string;
  readonly path: string;
}

type Found =
  | { readonly kind: "group"; readonly group: WireGroup; readonly place: Place }
  | { readonly kind: "rule"; readonly rule: WireRule; readonly place: Place };

/** Reads described groups; the groups of `others` only say who is who. */
export function readDescribed(files: readonly File[], others: readonly File[] = []): Described {
  const problems: Problem[] = [];
  const found = files.flatMap(file => readFile(file, problems));
  const named = others
    .flatMap(file => readFile(file, problems))
    .filter(one => one.kind === "group");
  const own = found.filter(one => one.kind === "group");
  noteTwice(own, problems);
  const known = new Map([...named, ...own].map(({ group }) => [group.GroupId, group]));
  const rules = rulesByGroup(found, problems);
  for (const { group, place } of own) {
    if (!rules.has(group.GroupId)) rules.set(group.GroupId, rulesOfGroup(group, place, problems));
  }
  if (problems.length > 0) throw new InputError(problems);
  const groups = [...rules].map(([id, { owner, rules: its }]) => {
    const wire = known.get(id);
    const live = wire ? liveGroup(wire) : { id, owner, name: "", tags: {} };
    return { ...live, rules: its };
  });
  const nameless = groups.flatMap(({ id }) => (known.has(id) ? [] : [id]));
  return { groups, known: [...known.values()].map(liveGroup), nameless };
}

/** Finds the groups and rules of one file, whatever they are wrapped in. */
function readFile({ name: file, json }: File, problems: Problem[]): Found[] {
  const items = Array.isArray(json)
    ? json.flatMap(one => unwrapped(one) ?? [one])
    : unwrapped(json);
  if (!items) throw notDescribed(file);
  return items.flatMap((item, index) =>
    readItem(item, { file, path: items.length === 1 ? "" : `[${index}]` }, problems),
  );
}

function unwrapped(json: unknown): unknown[] | undefined {
  if (typeof json !== "object" || json === null) return undefined;
  const { SecurityGroups, SecurityGroupRules } = json as Record<string, unknown>;
  if (Array.isArray(SecurityGroups)) return SecurityGroups;
  if (Array.isArray(SecurityGroupRules)) return SecurityGroupRules;
  return "GroupId" in json ? [json] : undefined;
}

function notDescribed(file: string): InputError {
  const message = `${file}: it is no answer of describe-security-groups`;
  const cure =
    "aws ec2 describe-security-groups --group-ids sg-… prints one, describe-security-group-rules too";
  return inputError("described.form", message, cure);
}

function readItem(item: unknown, place: Place, problems: Problem[]): Found[] {
  const isRule = typeof item === "object" && item !== null && "IsEgress" in item;
  if (isRule) {
    const rule = checked(ruleSchema, item, place, problems);
    return rule ? [{ kind: "rule", rule, place }] : [];
  }
  const group = checked(groupSchema, item, place, problems);
  return group ? [{ kind: "group", group, place }] : [];
}

function checked<T>(
  schema: z.ZodType<T>,
  item: unknown,
  place: Place,
  problems: Problem[],
): T | undefined {
  const { data, error } = schema.safeParse(item);
  for (const issue of error?.issues ?? []) {
    const inner = issue.path.map(key => (typeof key === "number" ? `[${key}]` : `.${String(key)}`));
    const path = `${place.path}${inner.join("")}`.replace(/^\./, "");
    problems.push(problemAt({ ...place, path }, issue.message));
  }
  return data;
}

const problemAt = ({ file, path }: Place, message: string): Problem => ({
  code: "described.field",
  file,
  path,
  message: `${path}${path && ": "}${message.replace(/^Invalid input: /, "")}`,
});

function noteTwice(
  found: readonly { group: WireGroup; place: Place }[],
  problems: Problem[],
): void {
  const seen = new Set<string>();
  for (const { group, place } of found) {
    if (seen.has(group.GroupId)) {
      problems.push(problemAt(place, `${group.GroupId} is described twice`));
    }
    seen.add(group.GroupId);
  }
}

interface GroupRules {
  readonly owner: string;
  readonly rules: LiveRule[];
}

function rulesByGroup(found: readonly Found[], problems: Problem[]): Map<string, GroupRules> {
  const groups = new Map<string, GroupRules>();
  for (const one of found) {
    if (one.kind === "group") continue;
    const { rule: wire, place } = one;
    const known = groups.get(wire.GroupId) ?? { owner: wire.GroupOwnerId, rules: [] };
    groups.set(wire.GroupId, known);
    const { SecurityGroupRuleId: ruleId } = wire;
    const rule = toRule(place, problems, wire.GroupOwnerId, ruleFieldsOf(wire));
    if (rule) known.rules.push(withDescription({ rule, ...(ruleId && { ruleId }) }, wire));
  }
  return groups;
}

function rulesOfGroup(group: WireGroup, place: Place, problems: Problem[]): GroupRules {
  const { IpPermissions: ingress, IpPermissionsEgress: egress, OwnerId: owner } = group;
  if (!ingress && !egress) {
    const message =
      "it has neither IpPermissions nor IpPermissionsEgress, so its rules are unknown";
    problems.push(problemAt(place, message));
  }
  const side = (direction: Direction, permissions: readonly WirePermission[], key: string) =>
    permissions.flatMap((permission, index) => {
      const path = `${place.path}${place.path && "."}${key}[${index}]`;
      return rulesOfPermission(permission, direction, owner, { ...place, path }, problems);
    });
  const rules = [
    ...side("ingress", ingress ?? [], "IpPermissions"),
    ...side("egress", egress ?? [], "IpPermissionsEgress"),
  ];
  return { owner, rules };
}

function rulesOfPermission(
  permission: WirePermission,
  direction: Direction,
  owner: string,
  place: Place,
  problems: Problem[],
): LiveRule[] {
  const expanded = fieldsOfPermission(permission, direction);
  if (expanded.length === 0) problems.push(problemAt(place, "it names no peer"));
  return expanded.flatMap(({ fields, description }) => {
    const rule = toRule(place, problems, owner, fields);
    return rule ? [withDescription({ rule }, { Description: description })] : [];
  });
}

function toRule(place: Place, problems: Problem[], owner: string, fields: RuleFields) {
  const { cidrIpv4, cidrIpv6, fromPort = 0, toPort = fromPort } = fields;
  const rule = ruleFrom(fields, owner === "" ? undefined : owner);
  const block = cidrIpv4 ?? cidrIpv6;
  const isIcmp = /^(icmp|1|icmpv6|58)$/i.test(String(fields.protocol));
  // Of ICMP these are a type and a code, which are no range.
  if (rule && fromPort > toPort && !isIcmp) {
    problems.push(problemAt(place, `the ports ${fromPort} to ${toPort} are no range`));
  } else if (!rule && block !== undefined && ruleFrom({ ...fields, ...ANYBODY })) {
    problems.push(problemAt(place, `${quoted(block)} is no CIDR block`));
  } else if (!rule && ruleFrom({ ...fields, protocol: "-1" })) {
    problems.push(problemAt(place, `${quoted(String(fields.protocol))} is no protocol`));
  } else if (!rule) problems.push(problemAt(place, "it is no rule: it names no peer"));
  return rule;
}

const ANYBODY = { cidrIpv4: "0.0.0.0/0", cidrIpv6: undefined };

const withDescription = (live: LiveRule, wire: { Description?: string | undefined }): LiveRule =>
  wire.Description === undefined ? live : { ...live, description: wire.Description };

function liveGroup(wire: WireGroup): LiveGroup {
  return {
    id: wire.GroupId,
    owner: wire.OwnerId,
    name: wire.GroupName,
    tags: Object.fromEntries((wire.Tags ?? []).map(({ Key, Value }) => [Key, Value])),
    ...(wire.VpcId === undefined ? {} : { vpcId: wire.VpcId }),
  };
}
