// What a second sighting of a drift adds to its finding, as conditional updates that commute: done
// twice, in any order or only in part, they leave what doing each once leaves.
import type { UpdateCommandInput } from "@aws-sdk/lib-dynamodb";
import { isForbidden } from "../../../matrix/alert/outcome.ts";
import type { Finding } from "../../../matrix/finding.ts";
import { names } from "./dynamo.ts";
import {
  bounded,
  expiryOf,
  isFinished,
  type KeptFinding,
  rankOf,
  sightingName,
} from "./finding-item.ts";

export type Change = Omit<UpdateCommandInput, "TableName" | "Key">;

/** An item must not outgrow 400 KB; an audit sees what stays open every hour. */
const SIGHTINGS = 200;

/** The updates that bring a kept finding to what both sightings say; none when it says so already. */
export function findingChanges(kept: KeptFinding, seen: Finding, days: number): Change[] {
  const added = additions(kept, seen);
  return [
    ...(added.length > 0 ? [addition(added)] : []),
    ...(rankOf(seen) > rankOf(kept) ? [betterEnd(kept, seen, days)] : []),
    ...(isTaker(kept, seen) ? [callsOf(seen)] : []),
    ...(isWorse(kept, seen) ? [worse(seen)] : []),
  ];
}

// The same event twice at once: one run took the other for dead, and read its end off the group.
const isTaker = (kept: KeptFinding, seen: Finding): boolean =>
  rankOf(seen) === rankOf(kept) && kept.calls.length === 0 && seen.calls.length > 0;

const callsOf = ({ calls }: Finding): Change => ({
  UpdateExpression: "SET #calls = :calls",
  ConditionExpression: "attribute_exists(#pk) AND attribute_not_exists(#calls[0])",
  ExpressionAttributeNames: names("pk", "calls"),
  ExpressionAttributeValues: { ":calls": bounded(calls) },
});

/** Tells whether what stands has come to break a forbid since it was last seen. */
export function isWorse(kept: KeptFinding, seen: Finding): boolean {
  return isForbidden(seen) && !isForbidden(kept) && !isFinished(kept);
}

/** It is news to whoever was told of it when nothing forbade it. */
const worse = ({ breaks, because, matrixVersion }: Finding): Change => ({
  UpdateExpression:
    "SET #breaks = :breaks, #because = :because, #matrixVersion = :version REMOVE #publishedAt",
  ConditionExpression: "attribute_not_exists(#breaks[0])",
  ExpressionAttributeNames: names("breaks", "because", "matrixVersion", "publishedAt"),
  ExpressionAttributeValues: { ":breaks": breaks, ":because": because, ":version": matrixVersion },
});

/** Where something is added, by its names, and what. */
interface Addition {
  readonly path: Readonly<Record<string, string>>;
  readonly value: unknown;
}

function additions(kept: KeptFinding, { trigger, actor, openedAt }: Finding): Addition[] {
  const name = sightingName(trigger);
  const isKnown = kept.sightings.some(one => sightingName(one) === name);
  const isSighting = !isKnown && kept.sightings.length < SIGHTINGS;
  return [
    ...(isSighting ? [{ path: { ...names("sightings"), "#name": name }, value: trigger }] : []),
    ...(actor && !kept.actor ? [{ path: names("actor"), value: actor }] : []),
    ...(openedAt && !kept.openedAt ? [{ path: names("openedAt"), value: openedAt }] : []),
  ];
}

// What is there by then stays, each part by itself, so that none is lost to a race.
function addition(added: readonly Addition[]): Change {
  const sets = added.map(({ path }, index) => {
    const at = Object.keys(path).join(".");
    return `${at} = if_not_exists(${at}, :v${index})`;
  });
  return {
    UpdateExpression: `SET ${sets.join(", ")}`,
    ConditionExpression: "attribute_exists(#pk)",
    ExpressionAttributeNames: Object.assign(names("pk"), ...added.map(({ path }) => path)),
    ExpressionAttributeValues: Object.fromEntries(
      added.map(({ value }, index) => [`:v${index}`, value]),
    ),
  };
}

/**
 * A better end replaces the worse one; the calls of both stay, in order. Where people were told that
 * it was open they have not been told that it is over.
 */
function betterEnd(kept: KeptFinding, seen: Finding, days: number): Change {
  const { after, owed, outcome, closedAt, mode, matrixVersion } = seen;
  const notes = bounded([...new Set([...seen.notes, ...kept.notes])]);
  const set = { outcome, rank: rankOf(seen), after, owed, notes, mode, matrixVersion };
  const fields = Object.entries({
    ...{ ...set, ...expiryOf(seen, days) },
    ...(closedAt !== undefined && { closedAt }),
  });
  const sets = fields.map(([name]) => `#${name} = :${name}`);
  // What the policy permits was told by whoever changed the policy.
  const isNews = isFinished(seen) && !isFinished(kept) && outcome !== "permitted";
  return {
    UpdateExpression: `SET ${[...sets, "#calls = list_append(#calls, :calls)"].join(", ")}${isNews ? " REMOVE #publishedAt" : ""}`,
    ConditionExpression: "#rank < :rank",
    ExpressionAttributeNames: names(
      "calls",
      ...(isNews ? ["publishedAt"] : []),
      ...fields.map(([name]) => name),
    ),
    ExpressionAttributeValues: {
      ...Object.fromEntries(fields.map(([name, value]) => [`:${name}`, value])),
      ":calls": bounded(seen.calls),
    },
  };
}
