// What the parts of a group come to together: permitted is what any permits, required what any
// requires. It holds for every group that plays just these, so it is made once; exceptions are not in it.
import { remembered } from "../remembered.ts";
import { boxHolds, boxOf, sharing } from "../rules/box.ts";
import type { Shape } from "../rules/protocol.ts";
import { covers, type Direction, formatRule, type Rule } from "../rules/rule.ts";
import {
  type Ban,
  type Conflict,
  conflictsOf,
  type Grant,
  isSameGrant,
  type Line,
  type Part,
  type Permit,
} from "./part.ts";

/** What one permit says of a rule that it holds whole. */
export interface Holding {
  readonly by: readonly Grant[];
  /** Where in `required` the lines are that such a rule says. */
  readonly says: readonly number[];
}

/** Parts taken together. */
export interface Union {
  readonly ingress: readonly Permit[];
  readonly egress: readonly Permit[];
  /** The permits of a direction that share a shape's packets: no other says anything of such a rule. */
  readonly near: Readonly<Record<Direction, (shape: Shape) => readonly Permit[]>>;
  readonly required: readonly Line[];
  /** What holds a rule by itself, as most rules are held. */
  readonly heldBy: (rule: Rule) => Holding | undefined;
  readonly bans: readonly Ban[];
  readonly advised: readonly Shape[];
  readonly onDemand: readonly Permit[];
  readonly bounds: Readonly<Record<string, readonly string[]>>;
  readonly conflicts: readonly Conflict[];
}

/** Takes the parts of a group together. */
export function unionOf(parts: readonly Part[]): Union {
  const bans = parts.flatMap(part => part.bans);
  const granted = parts.flatMap(part => part.permits);
  const name = parts.map(part => part.name).join(" + ");
  const clashes = parts.length > 1 ? conflictsOf(name, granted, bans) : [];
  const permits = granted.filter(permit => !isVoid(permit, clashes));
  const ingress = permits.filter(permit => permit.direction === "ingress");
  const egress = permits.filter(permit => permit.direction === "egress");
  const near = { ingress: sharing(ingress), egress: sharing(egress) };
  const lines = parts.flatMap(part => part.lines).filter(isWanted);
  const required = distinctLines(lines.filter(line => !clashes.some(c => isOfFlow(c, line))));
  return {
    ...{ ingress, egress, near, required, bans },
    heldBy: holdings(near, required),
    advised: parts.flatMap(part => part.advised),
    onDemand: parts.flatMap(part => part.onDemand),
    bounds: Object.assign({}, ...parts.map(part => part.bounds)),
    conflicts: [...parts.flatMap(part => part.conflicts), ...clashes],
  };
}

const MOST_RULES = 4096;

// Most rules say one line, and of a thousand lines these are a thousand values for all entries.
const onlyLine = remembered(MOST_RULES, (at: number): readonly number[] => [at]);

/**
 * Makes the search for what holds a rule by itself. The groups of an entry mostly have the same rules, so
 * what was found is kept.
 */
export function holdings(near: Union["near"], required: readonly Line[]): Union["heldBy"] {
  const lines = Map.groupBy(required.keys(), at => {
    const line = required[at];
    return line && holderOf(near, line.rule);
  });
  return remembered(MOST_RULES, (rule: Rule) => {
    const permit = holderOf(near, rule);
    if (!permit) return undefined;
    const said = (lines.get(permit) ?? []).filter(at => {
      const line = required[at];
      return line && covers(rule, line.rule);
    });
    const [at] = said;
    return {
      by: [permit.grant],
      says: at !== undefined && said.length === 1 ? onlyLine(at) : said,
    };
  });
}

/** The first permit that holds a rule by itself. */
function holderOf(near: Union["near"], rule: Rule): Permit | undefined {
  const box = boxOf(rule);
  return near[rule.direction](rule.shape).find(permit => boxHolds(permit, box));
}

/** Tells whether what a permit is granted by meets a forbid. */
export const isVoid = (
  permit: { readonly grant: Grant },
  conflicts: readonly Conflict[],
): boolean => conflicts.some(conflict => isSameGrant(conflict.grant, permit.grant));

const isOfFlow = (conflict: Conflict, line: Line): boolean =>
  conflict.grant.kind === "flow" && conflict.grant.flow === line.flow;

/** Tells whether a line is restored when it is gone. */
export const isWanted = (line: Line): boolean =>
  line.need === "required" || line.need === "advised";

/** Leaves the first of the lines that ask for the same rule. */
export function distinctLines(lines: readonly Line[]): Line[] {
  const byText = new Map<string, Line>();
  for (const line of lines) {
    const text = formatRule(line.rule);
    if (!byText.has(text)) byText.set(text, line);
  }
  return [...byText.values()];
}
