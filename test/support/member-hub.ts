// A hub without deployment, for the tests of single pieces: its members' roles, its secret and its queue of
// rounds are there, and nobody works on what it puts on that queue.
import { Logger } from "@aws-lambda-powertools/logger";
import { type Hub, hubOf } from "../../functions/aws/hub.ts";
import { memberRole, type Place } from "../../functions/wiring/members.ts";
import { functionKeyOf, secretOf } from "../../local/identities.ts";
import type { Pieces } from "./pieces.ts";

const ROLE = "arn:aws:iam::ACCOUNT:role/portward-local-REGION-member";
const SECRET = "portward/external-id";
const EXTERNAL_ID = "an-external-id";
const ROUNDS = "portward-rounds";

export interface MemberHub {
  readonly hub: Hub;
  /** Lets the hub take a member's role on, or no longer. */
  trust(place: Place, isTrusted?: boolean): void;
  /** Takes what is on the queue of rounds: each round, and after how many seconds it is due. */
  takeRounds(): { round: unknown; delay: number }[];
  /** Takes every mark off the list of places to be swept. */
  clearMarks(): Promise<void>;
}

/** Makes a hub of the account; its members are these accounts in these regions. */
export function startMemberHub(
  { account, deployment }: Pick<Pieces, "account" | "deployment">,
  { accounts, regions }: { accounts: readonly string[]; regions: readonly string[] },
): MemberHub {
  const accessKeyId = functionKeyOf("hub");
  account.secrets.put(SECRET, EXTERNAL_ID);
  account.queues.create(ROUNDS);
  const roundsQueueUrl = `${account.url}/${account.accountId}/${ROUNDS}`;
  const members = { accounts, regions, role: ROLE, secret: SECRET, roundsQueueUrl };
  const hub = hubOf(
    { ...deployment.config, members },
    {
      endpoint: account.url,
      credentials: { accessKeyId, secretAccessKey: secretOf(accessKeyId) },
      clock: account.clock.now,
      log: new Logger({ logLevel: "SILENT" }),
      maxAttempts: 1,
    },
  );
  const principals = [`arn:aws:iam::${account.accountId}:role/portward-hub-function`];
  const trust = (place: Place, isTrusted = true) =>
    account.cloud.putRole({
      arn: memberRole(members, place),
      trust: { principals: isTrusted ? principals : [], externalId: EXTERNAL_ID },
    });
  for (const place of hub.places) trust(place);
  return {
    ...{ hub, trust },
    takeRounds() {
      const taken = account.queues.messages(ROUNDS).map(({ body, sentAt, visibleAt }) => ({
        round: JSON.parse(body) as unknown,
        delay: (visibleAt - sentAt) / 1_000,
      }));
      account.queues.purge(ROUNDS);
      return taken;
    },
    async clearMarks() {
      const marks = await hub.busy.dirtyGroups();
      await Promise.all(marks.map(({ groupId, at }) => hub.busy.clearDirty(groupId, at)));
    },
  };
}
