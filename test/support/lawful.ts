// The example matrix in force, with the local account's people, in a scope that nothing else was written
// in; and what people are told of, for tests of what somebody asks for or decides.
import type { AwsAccount } from "../../functions/aws/account.ts";
import { activate } from "../../functions/reconcile/activate.ts";
import type { InboxMessage } from "../../local/inbox.ts";
import { approvers, withLocalPeople } from "../../local/people.ts";
import type { MatrixDocument } from "../../matrix/document.ts";
import { parseMatrix } from "../../matrix/file/parse.ts";
import type { Pieces } from "./pieces.ts";
import { studioIn } from "./stage.ts";

/** Changes the matrix before it is put in force. */
export type Amendment = (document: MatrixDocument) => MatrixDocument;

/** Puts the example in force; alice and bob approve, the tester asks. */
export async function lawful(pieces: Pieces, amend?: Amendment): Promise<AwsAccount> {
  const aws = pieces.fresh();
  await amended(aws, pieces, amend);
  return aws;
}

/** Puts the example in force again, with other words. */
export async function amended(
  aws: AwsAccount,
  { account }: Pick<Pieces, "account">,
  amend: Amendment = document => document,
): Promise<void> {
  const example = parseMatrix([{ name: "matrix.yaml", text: studioIn("enforce") }]);
  const local = withLocalPeople(example, account);
  const own = { ...local, exceptions: { ...local.exceptions, approvers: [...approvers] } };
  const { refused } = await activate(aws, amend(own), { by: "test", note: "" });
  if (refused !== undefined) throw new Error(refused);
}

/** The messages that a task has published. */
export async function published(
  { account }: Pick<Pieces, "account">,
  task: () => Promise<unknown>,
): Promise<readonly InboxMessage[]> {
  const before = account.inbox.messages().length;
  await task();
  return account.inbox.messages().slice(before);
}

/** The words that the subjects of messages begin with. */
export const wordsOf = (messages: readonly InboxMessage[]): string[] =>
  messages.map(({ subject = "" }) => /^[A-Z ]+(?= )/.exec(subject)?.[0] ?? subject);
