// The seeded identities as people of a matrix, so that in the local account somebody can ask for an
// exception and somebody else approve it.
import type { MatrixDocument } from "../matrix/document.ts";
import { accessKeyOf, callerOf } from "./identities.ts";

/** Who may approve in the local account. */
export const approvers = ["alice", "bob"] as const;

/** The mail address of a seeded identity. */
export const addressOf = (name: string): string => `${name}@example.com`;

/** Adds alice, bob and the tester to a matrix; the first two approve. */
export function withLocalPeople(
  document: MatrixDocument,
  { accountId, region }: { accountId: string; region: string },
): MatrixDocument {
  const arnOf = (name: "alice" | "bob" | "tester") =>
    callerOf(accessKeyOf(name), accountId, region).arn;
  const signs = (name: (typeof approvers)[number]) => [
    `sso:${arnOf(name).split("/").slice(1).join("/")}`,
    `mail:${addressOf(name)}`,
  ];
  const people = {
    alice: signs("alice"),
    bob: signs("bob"),
    tester: [arnOf("tester"), `mail:${addressOf("tester")}`],
  };
  const all = [...new Set([...document.exceptions.approvers, ...approvers])];
  return {
    ...document,
    people: { ...document.people, ...people },
    exceptions: { ...document.exceptions, approvers: all },
  };
}
