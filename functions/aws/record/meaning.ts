// What a call means for security groups: which are changed or attached, or why none is. It decides
// by the call's name and the ids it carries; whether to look, and what is there, is for the reader.
import { plainText } from "../../../matrix/plain-text.ts";
import type { Change } from "../../../matrix/trigger.ts";
import { attachmentCalls, taggingCalls } from "../../wiring/triggers.ts";
import type { Call } from "./call.ts";
import { field, text } from "./fields.ts";
import { idsIn } from "./ids.ts";
import { changesFrom } from "./rules.ts";

/** What a call means, before it is joined with the record it came from. */
export type Meaning =
  | { outcome: "reconcile"; because: string; groups?: string[]; prefixLists?: string[] }
  | { outcome: "sweep"; because: string; groups?: string[]; vpcs?: string[]; groupName?: string }
  | { outcome: "report"; because: string; groups: string[] }
  | { outcome: "ignore"; because: string };

const EC2_CALLS: ReadonlyMap<string, (call: Call) => Meaning> = new Map([
  ["AuthorizeSecurityGroupIngress", rulesChanged],
  ["AuthorizeSecurityGroupEgress", rulesChanged],
  ["RevokeSecurityGroupIngress", rulesChanged],
  ["RevokeSecurityGroupEgress", rulesChanged],
  ["ModifySecurityGroupRules", rulesChanged],
  ["CreateSecurityGroup", groupCreated],
  ["DeleteSecurityGroup", groupChanged],
  ["AssociateSecurityGroupVpc", groupChanged],
  ["DisassociateSecurityGroupVpc", groupChanged],
  ["UpdateSecurityGroupRuleDescriptionsIngress", descriptionsChanged],
  ["UpdateSecurityGroupRuleDescriptionsEgress", descriptionsChanged],
  ["CreateVpc", vpcChanged],
  ["CreateDefaultVpc", vpcChanged],
  ["AssociateVpcCidrBlock", vpcChanged],
  ["CreateTags", tagsChanged],
  ["DeleteTags", tagsChanged],
  ["CreateManagedPrefixList", prefixListChanged],
  ["ModifyManagedPrefixList", prefixListChanged],
  ["DeleteManagedPrefixList", prefixListChanged],
  ["RestoreManagedPrefixListVersion", prefixListChanged],
  ["CreateIpamPrefixListResolverTarget", prefixListChanged],
  ["ModifyIpamPrefixListResolverTarget", prefixListChanged],
  ["DeleteIpamPrefixListResolverTarget", prefixListChanged],
]);

const ATTACHMENTS: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries(attachmentCalls).map(([service, calls]) => [service, new Set(calls.map(bare))]),
);

/** Says what a call means, and notes on its trigger the rules and groups it made. */
export function meaningOf(call: Call): Meaning {
  if (call.errorCode !== undefined) return failed(call.errorCode);
  const service = call.service ?? serviceFor(call.event);
  const ec2 = service === "ec2" ? EC2_CALLS.get(call.event) : undefined;
  if (ec2) return ec2(call);
  if (ATTACHMENTS.get(service)?.has(bare(call.event))) return attached(call);
  if (service === "tagging" && taggingCalls.some(name => name === call.event)) {
    return resourcesTagged(call);
  }
  return ignore(`${plainText(call.event, 128)} of ${plainText(service, 64)} changes no group`);
}

/** Lambda writes the API version into the name: UpdateFunctionConfiguration20150331v2. */
function bare(event: string): string {
  return event.replace(/\d{8}(?:v\d+)?$/, "");
}

/** The service of a record that was cut short; of several that share the name, the first. */
function serviceFor(event: string): string {
  if (EC2_CALLS.has(event)) return "ec2";
  const found = [...ATTACHMENTS].find(([, calls]) => calls.has(bare(event)));
  return found?.[0] ?? "an unnamed service";
}

function failed(code: string): Meaning {
  // A dry run that would have succeeded is answered with an error.
  // https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AuthorizeSecurityGroupIngress.html
  if (/\bDryRunOperation$/.test(code)) return ignore(`a dry run (${code}) changes nothing`);
  return ignore(`the call failed with ${code}`);
}

function rulesChanged(call: Call): Meaning {
  const meaning = groupChanged(call);
  const { event, request, response, trigger } = call;
  const [groupId, other] = meaning.outcome === "reconcile" ? (meaning.groups ?? []) : [];
  trigger.changes = changesFrom({
    event,
    request,
    response,
    account: trigger.account,
    groupId: other === undefined ? groupId : undefined,
  });
  const said = trigger.changes.map(saying);
  return said.length === 0 ? meaning : { ...meaning, because: `${meaning.because}: ${some(said)}` };
}

function saying({ kind, ruleId, rule, content }: Change): string {
  if (kind === "changed") return `changed ${ruleId ?? "a rule"}${content ? ` to ${content}` : ""}`;
  return `${kind} ${rule ?? ruleId ?? "a rule"}`;
}

function groupCreated(call: Call): Meaning {
  const meaning = groupChanged(call);
  if (meaning.outcome === "reconcile" && meaning.groups) {
    call.trigger.createdGroups = meaning.groups;
  }
  return meaning;
}

/**
 * A call on one group. The peer group of a rule is not the changed one; where nothing else is
 * named it goes along as a hint, and the sweep finds the changed one.
 */
function groupChanged(call: Call): Meaning {
  const { groups, referenced, vpcs } = idsIn(call.request, call.response);
  if (groups.length > 0) {
    return { outcome: "reconcile", because: `${call.event} is about ${some(groups)}`, groups };
  }
  const name = text(field(call.request, "groupName"));
  if (name !== undefined) {
    const groupName = plainText(name);
    const because = `${call.event} names its group only as "${groupName}"`;
    return { outcome: "sweep", because, groups: referenced, vpcs, groupName };
  }
  return { outcome: "sweep", because: unnamed(call, "group"), groups: referenced, vpcs };
}

function unnamed(call: Call, what: string): string {
  if (!call.isOmitted) return `${call.event} names no ${what}`;
  return `the parameters of ${call.event} were omitted, so its ${what} is not known`;
}

function descriptionsChanged(call: Call): Meaning {
  return ignore(`${call.event} changes descriptions, which open nothing`);
}

/** A new VPC has a default group, a new IPv6 block a second family: neither is a group's event. */
function vpcChanged(call: Call): Meaning {
  const { vpcs } = idsIn(call.response, call.request);
  const where = vpcs.length > 0 ? some(vpcs) : "a VPC it does not name";
  return { outcome: "sweep", because: `${call.event} may change every group of ${where}`, vpcs };
}

function tagsChanged(call: Call): Meaning {
  const { request } = call;
  return retagged(call, field(request, "resourcesSet") ?? field(request, "resourceId"));
}

function resourcesTagged(call: Call): Meaning {
  const { request } = call;
  return retagged(call, field(request, "resourceARNList") ?? field(request, "resourceArnList"));
}

function retagged(call: Call, resources: unknown): Meaning {
  const { groups, prefixLists } = idsIn(resources);
  const named = [...groups, ...prefixLists];
  if (named.length > 0) {
    const because = `${call.event} changes the tags of ${some(named)}`;
    return { outcome: "reconcile", because, groups, prefixLists };
  }
  if (resources === undefined && call.isOmitted) {
    return { outcome: "sweep", because: unnamed(call, "resource") };
  }
  return ignore(`${call.event} is about no security group`);
}

function prefixListChanged(call: Call): Meaning {
  const { prefixLists } = idsIn(call.request, call.response);
  if (prefixLists.length === 0) return { outcome: "sweep", because: unnamed(call, "prefix list") };
  const because = `${call.event} is about ${some(prefixLists)}`;
  return { outcome: "reconcile", because, prefixLists };
}

/**
 * A call that attaches groups. The answer to a change repeats what was attached before, so only
 * what creates something is read in its answer too.
 */
function attached(call: Call): Meaning {
  const isChange = /^(?:Modify|Update|Apply|Set)/.test(call.event);
  const found = isChange ? idsIn(call.request) : idsIn(call.request, call.response);
  const groups = [...found.groups, ...found.referenced];
  if (groups.length > 0) {
    return { outcome: "report", because: `${call.event} attaches ${some(groups)}`, groups };
  }
  if (call.isOmitted) return { outcome: "sweep", because: unnamed(call, "group") };
  return ignore(`${call.event} names no security group`);
}

function some(ids: string[]): string {
  const shown = ids.slice(0, 5).join(", ");
  return ids.length > 5 ? `${shown} and ${ids.length - 5} more` : shown;
}

function ignore(because: string): Meaning {
  return { outcome: "ignore", because };
}
