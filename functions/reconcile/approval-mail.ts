// Somebody asks for an exception: each approver who could approve it gets a mail with a link of his
// own. Whoever asked, or made the rule that was closed, gets none.
import type { Alert } from "../../matrix/alert/alert.ts";
import { approvalMail } from "../../matrix/alert/approval-mail.ts";
import { type ExceptionRecord, takeStep } from "../../matrix/exceptions/exception-life.ts";
import type { Directory } from "../../matrix/exceptions/person.ts";
import { errorText } from "../aws/error-codes.ts";
import { askHashOf } from "../aws/stores/exception-item.ts";
import type { Deps } from "./deps.ts";
import { iso } from "./draft.ts";
import { lawNow } from "./law.ts";

const MAIL = "mail:";

type Needs = Pick<Deps, "config" | "clock" | "policy" | "approvals">;

/**
 * Mails the approvers; `notice` is what everybody is told of the request. It throws where one could
 * not be mailed: doing it again mails the others twice, which is better than never.
 */
export async function mailApprovers(
  deps: Needs,
  asked: ExceptionRecord,
  notice: Pick<Alert, "subject" | "text">,
): Promise<void> {
  if (!deps.config.approvals || deps.config.apiUrl === undefined) return;
  const law = await lawNow(deps);
  if ("kind" in law) return;
  const missed: string[] = [];
  const mails = addressees(asked, law.directory, deps.clock()).map(async ([name, address]) => {
    try {
      await mailOne(deps, asked, { name, address, notice });
    } catch (error) {
      missed.push(`${name}: ${errorText(error)}`);
    }
  });
  await Promise.all(mails);
  if (missed.length === 0) return;
  throw new Error(`not every approver of ${asked.id} could be mailed: ${missed.join("; ")}`);
}

/** Who could approve by a link, each with the address that it goes to. */
function addressees(asked: ExceptionRecord, directory: Directory, now: number): [string, string][] {
  const bound = { hash: asked.askHash, actualHash: askHashOf(asked) };
  const mayApprove = (address: string): boolean => {
    const by = { kind: "mail", address } as const;
    return takeStep(asked, { action: "approve", by, now, directory, ...bound }).kind === "moved";
  };
  return Object.entries(directory.people).flatMap(([name, texts]) => {
    const addresses = texts
      .filter(text => text.startsWith(MAIL))
      .map(text => text.slice(MAIL.length));
    const address = addresses.find(mayApprove);
    return address === undefined ? [] : [[name, address] as [string, string]];
  });
}

async function mailOne(
  { config, approvals }: Needs,
  { id, askHash }: ExceptionRecord,
  {
    name,
    address,
    notice,
  }: { name: string; address: string; notice: Pick<Alert, "subject" | "text"> },
): Promise<void> {
  const tokens = await approvals.tokens();
  const { token, expiry } = await tokens.make({ exception: id, hash: askHash, approver: address });
  const link = `${config.apiUrl}/approvals/${token}`;
  await approvals.mail(approvalMail(notice, { to: name, link, until: iso(expiry) }));
}
