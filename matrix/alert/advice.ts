// What an alert tells its reader to do: where what happened is needed after all, and where the one who
// seems to have done it did not. It decides nothing; all text from outside is made plain here.
import type { Finding } from "../finding.ts";
import { plainText } from "../plain-text.ts";
import type { Actor } from "../trigger.ts";
import { exceptionOf } from "./outcome.ts";

/** Says what to do if it is needed, and if it was not who it seems: a paragraph each. */
export function adviceOn(findings: readonly Finding[]): string[] {
  const [first] = findings;
  if (!first) return [];
  return [...ifNeeded(findings, first), ...ifStranger(findings, first)];
}

function ifNeeded(findings: readonly Finding[], first: Finding): string[] {
  const id = findings.length === 1 ? plainText(first.id, 64) : "FINDING";
  const drifts = findings.filter(({ kind }) => kind === "drift");
  const missing = findings.filter(({ kind }) => kind === "missing");
  const opening = missing.map(exceptionOf).find(exception => exception !== undefined);
  const lines = [
    drifts.some(({ closedAt }) => closedAt !== undefined) &&
      `If it is needed: "portward finding undo ${id} --aws" asks for an exception, which ` +
        "somebody else approves and which ends by itself. If it is needed for good, put the flow " +
        "into the matrix and apply it.",
    drifts.some(({ closedAt }) => closedAt === undefined) &&
      "If it is needed, put the flow into the matrix and apply it, or ask for an exception. If " +
        "it is not, remove the rule.",
    opening !== undefined &&
      `To end the exception before its time: "portward exception withdraw ${plainText(opening, 64)}".`,
    missing.some(finding => exceptionOf(finding) === undefined) &&
      `If it was removed on purpose: "portward hold ${plainText(first.group.id, 64)} --aws" ` +
        "suspends restoring; take the flow out of the matrix if it is for good.",
  ];
  return lines.filter(line => line !== false);
}

function ifStranger(findings: readonly Finding[], first: Finding): string[] {
  const actors = new Map(
    findings.flatMap(({ actor }) => (actor ? [[`${actor.arn} ${actor.name}`, actor]] : [])),
  );
  // What an exception opened, and what it let stand, is no stranger's.
  if (actors.size === 0 && findings.every(finding => exceptionOf(finding) !== undefined)) return [];
  if (actors.size === 0) {
    return [
      "To find who it was, look in CloudTrail for calls that changed " +
        `${plainText(first.group.id, 64)} before it was seen.`,
    ];
  }
  return [...actors.values()].slice(0, 3).map(actor => {
    const who = plainText(actor.name);
    return `If it was not ${who}: ${cure(actor)}, and look in CloudTrail for what else it did.`;
  });
}

// Keys that begin with ASIA end with their session and cannot be switched off alone.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html
function cure({ type, accessKeyId, roleArn }: Actor): string {
  if (type === "Root") return "change the root user's password and delete its access keys";
  if (roleArn !== undefined) return `revoke the sessions of ${plainText(roleArn, 512)}`;
  if (accessKeyId?.startsWith("AKIA")) return `deactivate access key ${plainText(accessKeyId, 64)}`;
  return "take the identity's credentials away";
}
