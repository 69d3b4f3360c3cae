// What the link in an approver's mail shows and does. Looking changes nothing, however often and
// whoever looks. Deciding is one act: the exception's own conditional write takes it, and then the
// link is used up; so a refusal, or a call that fails, uses up nothing.
import { type Refused, refused, takeStep } from "../../matrix/exceptions/exception-life.ts";
import type { Finding } from "../../matrix/finding.ts";
import type { ApprovalClaim } from "../aws/approval-token.ts";
import { errorText } from "../aws/error-codes.ts";
import { askHashOf, type KeptException } from "../aws/stores/exception-item.ts";
import { iso } from "./draft.ts";
import { actOnException } from "./exceptions.ts";
import { type Law, lawNow } from "./law.ts";

export type Decision = "approve" | "reject";

/** What a link is about. */
export interface Asked {
  readonly claim: ApprovalClaim;
  readonly kept: KeptException;
  readonly law: Law;
  readonly account: string;
  readonly region: string;
  readonly finding?: Finding;
}

/** Why a link decides nothing; `asked` is there where it is known what it is about. */
export type NoLink = Refused & { readonly asked?: Asked };

/** What became of a link. */
export type LinkAnswer =
  | { readonly kind: "open"; readonly asked: Asked }
  | { readonly kind: "decided"; readonly decision: Decision; readonly asked: Asked }
  | NoLink;

type Needs = Parameters<typeof actOnException>[0];

/** Looks at what a link would decide. */
export async function lookAtLink(deps: Needs, token: string): Promise<LinkAnswer> {
  const found = await followLink(deps, token);
  if ("code" in found) return found;
  const { claim, kept, law } = found;
  const taken = takeStep(kept, {
    ...{ action: "approve", by: identityOf(claim), now: deps.clock(), directory: law.directory },
    ...{ hash: claim.hash, actualHash: askHashOf(kept) },
  });
  return taken.kind === "refused" ? { ...taken, asked: found } : { kind: "open", asked: found };
}

/** Decides by a link, once. */
export async function decideByLink(
  deps: Needs,
  token: string,
  decision: Decision,
): Promise<LinkAnswer> {
  const looked = await lookAtLink(deps, token);
  if (looked.kind !== "open") return looked;
  const { claim } = looked.asked;
  const by = identityOf(claim);
  const answer = await actOnException(deps, claim.exception, decision, by, { hash: claim.hash });
  if (answer.kind === "refused") {
    const kept = (await deps.exceptions.get(claim.exception)) ?? looked.asked.kept;
    return { ...answer, asked: { ...looked.asked, kept } };
  }
  try {
    await deps.approvals.nonces.use(claim.nonce, decision);
  } catch (error) {
    // It is decided all the same, and its state refuses the link from now on.
    const what = { id: claim.exception, error: errorText(error) };
    deps.log.error("a link could not be marked as used", what);
  }
  return { kind: "decided", decision, asked: { ...looked.asked, kept: answer.exception } };
}

const identityOf = ({ approver }: ApprovalClaim) => ({ kind: "mail", address: approver }) as const;

async function followLink(deps: Needs, token: string): Promise<Asked | NoLink> {
  const read = await (await deps.approvals.tokens()).read(token);
  if (read.kind === "invalid") return refused("no-link", "there is no such link");
  const { claim } = read;
  const [used, kept, law] = await Promise.all([
    deps.approvals.nonces.find(claim.nonce),
    deps.exceptions.get(claim.exception),
    lawNow(deps),
  ]);
  if ("kind" in law) return law;
  if (!kept) return refused("unknown", `there is no exception ${claim.exception}`);
  const finding = kept.finding === undefined ? undefined : await deps.findings.get(kept.finding);
  const { account, region } = deps.config;
  const asked = { claim, kept, law, account, region, ...(finding && { finding }) };
  if (used) {
    const because = `it was used at ${used.at} to ${used.decision} the exception`;
    return { ...refused("used", because), asked };
  }
  if (read.kind === "expired") {
    return { ...refused("expired", `it was good until ${iso(claim.expiry)}`), asked };
  }
  return asked;
}
