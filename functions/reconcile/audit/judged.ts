// A judged group as findings of an audit, before anything is done about it.

import type { Severity } from "../../../matrix/alert/outcome.ts";
import type { AuditFinding, AuditKind } from "../../../matrix/audit/report.ts";
import { because } from "../../../matrix/because.ts";
import { networksOf, reachOf } from "../../../matrix/exposure.ts";
import type { SecurityGroup } from "../../../matrix/group.ts";
import { formatCidr } from "../../../matrix/rules/cidr.ts";
import { formatRule } from "../../../matrix/rules/rule.ts";
import type { Verdict } from "../../../matrix/verdict.ts";
import type { AuditContext } from "./context.ts";
import { auditId } from "./state.ts";
import type { Judged } from "./view.ts";

/** Makes a finding about a group. */
export function groupFinding(
  scope: string,
  group: Pick<SecurityGroup, "id" | "name">,
  given: {
    kind: AuditKind;
    severity: Severity;
    rule: string;
    because: string;
    parts?: readonly string[];
  } & Partial<AuditFinding>,
): AuditFinding {
  const { kind, rule } = given;
  const id = auditId(scope, { kind, group: group.id, rule });
  return { ...given, id, group: group.id, groupName: group.name };
}

/** The drift of a judged group: rules nothing permits, required ones that are missing, lists. */
export function driftFindings(scope: string, { group, policy, judgement }: Judged): AuditFinding[] {
  if (!policy || !judgement) return [];
  const { parts } = policy.selection;
  const rules = judgement.verdicts.filter(isDrift).map(verdict => {
    const rule = formatRule(verdict.kind === "missing" ? verdict.line.rule : verdict.live.rule);
    return groupFinding(scope, group, {
      ...{ kind: verdict.kind, severity: severityOf(verdict, rule), rule, parts },
      because: because(verdict, policy),
    });
  });
  const lists = judgement.lists.map(({ list, extra }) => {
    const blocks = extra.map(formatCidr).join(", ");
    return groupFinding(scope, group, {
      ...{ kind: "drift", severity: "high", rule: `${list.id} holds ${blocks}`, parts },
      because: `the matrix does not let ${list.id} hold ${blocks}`,
    });
  });
  return [...rules, ...lists];
}

type Drifted = Extract<Verdict, { kind: "drift" | "missing" }>;
const isDrift = (verdict: Verdict): verdict is Drifted =>
  verdict.kind === "drift" || verdict.kind === "missing";

function severityOf(verdict: Drifted, rule: string): Severity {
  if (verdict.kind === "missing") return "medium";
  if (verdict.breaks.length > 0) return "critical";
  return / (?:0\.0\.0\.0|::)\/0$/.test(rule) ? "high" : "medium";
}

/** What is to be said of a group beside its drift: who it is, and who it is not. */
export function selectionFindings(
  context: AuditContext,
  judged: Judged,
  worn: number,
): AuditFinding[] {
  const { scope } = context;
  const { group, policy } = judged;
  if (!policy) return [unmanaged(context, group, worn)];
  const { candidate, newlyMatched, strayed, parts } = policy.selection;
  const say = (rule: string, why: string) =>
    groupFinding(scope, group, {
      kind: "candidate",
      severity: "medium",
      rule,
      parts,
      because: why,
    });
  return [
    ...newlyMatched.map(entry =>
      say(
        entry,
        candidate
          ? `it has come to match ${entry}: judged by it, but nothing is opened for it until an apply pins it`
          : `it has come to match ${entry} too, which no apply has pinned: that permits it nothing`,
      ),
    ),
    ...strayed.map(entry =>
      say(entry, `it keeps the part ${entry} although its name or tags no longer match`),
    ),
  ];
}

// What opens to the world stands out; the group EC2 gives to whatever names none, most of all.
function unmanaged(
  { scope, view }: AuditContext,
  group: SecurityGroup,
  worn: number,
): AuditFinding {
  const networks = networksOf(view.policy?.document ?? { networks: {} }).slice(0, 1);
  const rules = group.rules.map(({ rule }) => rule);
  const [world] = reachOf(rules, networks, view.lists);
  const all = world?.whole ?? [];
  const some = world?.part ?? [];
  const opens = [
    ...(all.length > 0 ? [`it opens ${all.join(", ")} to the world`] : []),
    ...(some.length > 0 ? [`it opens ${some.join(", ")} to a part of the world`] : []),
  ];
  const carried = worn === 0 ? "no interface wears it" : `worn by ${worn}`;
  const what = group.name === "default" ? "the default group of its VPC" : "no entry selects it";
  const isOpen = opens.length > 0 && worn > 0;
  return groupFinding(scope, group, {
    kind: "unmanaged",
    severity: isOpen ? "high" : opens.length > 0 ? "medium" : "low",
    rule: "",
    because: [what, carried, ...opens].join("; "),
  });
}
