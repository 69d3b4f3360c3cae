// What an exception would come to on live groups before anybody approves it: which groups it touches,
// and why the matrix in force refuses it there. Who asks and for how long is exception-life.ts.
import { compileException, type Exception } from "../exception.ts";
import { forbidText } from "../flows/flow.ts";
import { selectParts } from "../flows/selection.ts";
import type { LiveGroup } from "../group.ts";
import { groupPolicy, type Policy } from "../policy.ts";
import { type Refused, refused } from "./exception-life.ts";

/** The pinned groups on which a flow becomes a rule, in the order of their ids. */
export function groupsOfFlow(flow: NonNullable<Exception["flow"]>, policy: Policy): LiveGroup[] {
  const named = [...flow.from, ...flow.to].flatMap(spec =>
    spec.kind === "entry" ? [spec.name] : [],
  );
  const pinned = [...new Set(named)].flatMap(name => policy.pins.groups[name] ?? []);
  const distinct = new Map(pinned.map(pin => [pin.id, { ...pin, tags: {} }]));
  return [...distinct.values()]
    .filter(group => permitsOn(probeOf(flow, group.id), policy, group) > 0)
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

const probeOf = (flow: NonNullable<Exception["flow"]>, groupId: string): Exception => ({
  ...{ id: "", state: "approved", start: 0, end: 1, groups: [groupId], open: false, flow },
});

function permitsOn(exception: Exception, policy: Policy, group: LiveGroup): number {
  const { document, pins } = policy;
  const { parts } = selectParts(document, pins, group);
  // Where a group stands decides on what is required, and not on how much is permitted.
  const site = { ipv6: true };
  return compileException(exception, group.id, parts, { document, pins, site }).permits.length;
}

/** Why the matrix refuses an exception on these groups; undefined when it does not. */
export function scopeRefusal(
  exception: Pick<Exception, "open" | "flow" | "rule" | "groups">,
  policy: Policy,
  groups: readonly LiveGroup[],
): Refused | undefined {
  if (groups.length === 0) {
    return refused("empty", "no group of the matrix gets a rule by it, so it opens nothing");
  }
  const tried = { ...exception, id: "", state: "approved", start: 0, end: 1 };
  for (const group of groups) {
    const reason = refusalOn(tried, policy, group);
    if (reason) return reason;
  }
  return undefined;
}

function refusalOn(exception: Exception, policy: Policy, group: LiveGroup): Refused | undefined {
  const compiled = groupPolicy(policy, group, { ipv6: true, exceptions: [exception], now: 0 });
  if (!compiled) return refused("unmanaged", `no entry of the matrix governs ${group.id}`);
  const broken = compiled.conflicts.find(({ grant }) => grant.kind === "exception");
  if (broken) {
    return refused("forbidden", `it overlaps the forbid "${forbidText(broken.forbid)}"`);
  }
  if (permitsOn(exception, policy, group) === 0) {
    return refused("empty", `it permits nothing on ${group.id}`);
  }
  if (!exception.open) return undefined;
  if (compiled.selection.candidate) {
    return refused("candidate", `nothing is opened on ${group.id}: no apply has pinned it yet`);
  }
  if (compiled.mode === "enforce") return undefined;
  return refused(
    "not-enforced",
    `${group.id} is in mode ${compiled.mode}, in which nothing is opened: ` +
      "ask without opening, and open it yourself while it lasts",
  );
}
