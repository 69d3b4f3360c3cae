// Exceptions as a store has them, for the tests of single pieces: asked for and answered without the
// matrix having a say.
import type { AwsAccount } from "../../functions/aws/account.ts";
import type { KeptException } from "../../functions/aws/stores/exception-item.ts";
import type { Move } from "../../functions/aws/stores/exception-store.ts";
import type { Ask } from "../../matrix/exceptions/exception-life.ts";
import type { Identity } from "../../matrix/exceptions/person.ts";

export const MINUTE = 60_000;

/** Somebody of the account, by the name of his user. */
export const user = (name: string): Identity => ({
  kind: "user",
  account: "111122223333",
  arn: `arn:aws:iam::111122223333:user/${name}`,
});

type Store = Pick<AwsAccount, "exceptions" | "clock">;

/** Asks as the tester, for an hour from now unless told. */
export async function asked(aws: Store, given: Partial<Ask> = {}): Promise<KeptException> {
  const start = given.start ?? aws.clock();
  const kept = await aws.exceptions.create({
    ask: {
      ...{ start, end: start + 60 * MINUTE, groups: ["sg-0e000000000000001"], open: true },
      ...{ rule: "ingress tcp 7002 from 10.1.2.3/32", reason: "release", ...given },
    },
    ...{ requester: user("tester"), personKey: "tester", perRequester: 100 },
  });
  if ("code" in kept) throw new Error(kept.because);
  return kept;
}

/** Takes a step. */
export async function stepped(aws: Store, kept: KeptException, step: Move): Promise<KeptException> {
  const moved = await aws.exceptions.move(kept, step);
  if (!moved) throw new Error(`${kept.id} is not as it was`);
  return moved;
}

/** Asks as the tester and approves as alice. */
export async function approved(aws: Store, given: Partial<Ask> = {}): Promise<KeptException> {
  const kept = await asked(aws, given);
  return stepped(aws, kept, { action: "approve", to: "approved", by: user("alice") });
}

/** Withdraws as the tester. */
export const withdrawn = (aws: Store, kept: KeptException): Promise<KeptException> =>
  stepped(aws, kept, { action: "withdraw", to: "withdrawn", by: user("tester") });
