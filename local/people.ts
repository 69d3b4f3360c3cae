// The seeded identities as people of a matrix, so that in the local account somebody can ask for an
// exception and somebody else approve it.
import type { MatrixDocument } from "../matrix/document.ts";
import { accessKeyOf, callerOf } from "./identities.ts";

/** Adds alice, bob and the tester to a matrix; the first two approve. */
export function withLocalPeople(
  document: MatrixDocument,
  { accountId, region }: { accountId: string; region: string },
): MatrixDocument {
  const arnOf = (name: "alice" | "bob" | "tester") =>
    callerOf(accessKeyOf(name), accountId, region).arn;
  const session = (name: "alice" | "bob") => `sso:${arnOf(name).split("/").slice(1).join("/")}`;
  const people = { alice: [session("alice")], bob: [session("bob")], tester: [arnOf("tester")] };
  const approvers = [...new Set([...document.exceptions.approvers, "alice", "bob"])];
  return {
    ...document,
    people: { ...document.people, ...people },
    exceptions: { ...document.exceptions, approvers },
  };
}
