// The session of a hub's role in one member: begun when it is first needed, renewed before it ends, and
// used to its end where it cannot be renewed. What is done with it is not known here.
import { AssumeRoleCommand, type STSClient } from "@aws-sdk/client-sts";
import { type Members, memberRole, type Place } from "../wiring/members.ts";

/** What an SDK client signs with. */
export interface SessionCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
}

/** Gives the credentials of a session that still lives. */
export type MemberSession = () => Promise<SessionCredentials>;

/** A role that assumes another one gets an hour: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html */
const SECONDS = 3_600;
const RENEWED_BEFORE = 10 * 60_000;
/** No call is begun with what ends sooner. */
const USED_UNTIL = 60_000;
const TRIED_AGAIN_AFTER = 30_000;

/** Makes the session of a place; it throws what STS says where the role is refused. */
export function memberSession(
  { sts, externalId, clock }: SessionSource,
  members: Members,
  place: Place,
  sessionName: string,
): MemberSession {
  let kept: { readonly credentials: SessionCredentials; readonly endsAt: number } | undefined;
  let under: Promise<void> | undefined;
  let restsUntil = Number.NEGATIVE_INFINITY;

  async function renew(): Promise<void> {
    const asked = new AssumeRoleCommand({
      RoleArn: memberRole(members, place),
      RoleSessionName: sessionName,
      ExternalId: await externalId(),
      DurationSeconds: SECONDS,
    });
    const startedAt = clock();
    const { Credentials } = await sts.send(asked);
    const { AccessKeyId, SecretAccessKey, SessionToken } = Credentials ?? {};
    if (!AccessKeyId || !SecretAccessKey || !SessionToken) throw new Error("STS gives no session");
    kept = {
      credentials: {
        ...{ accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey },
        sessionToken: SessionToken,
        // Over at once, as a client keeps what is not: whether it is over is decided here, by our clock.
        expiration: new Date(0),
      },
      endsAt: startedAt + SECONDS * 1_000,
    };
  }

  return async () => {
    const left = kept ? kept.endsAt - clock() : 0;
    if (left < USED_UNTIL || (left < RENEWED_BEFORE && clock() >= restsUntil)) {
      under ??= renew().finally(() => {
        under = undefined;
      });
      try {
        await under;
      } catch (error) {
        if (left < USED_UNTIL) throw error;
        restsUntil = clock() + TRIED_AGAIN_AFTER;
      }
    }
    if (!kept) throw new Error("there is no session");
    return kept.credentials;
  };
}

/** What sessions are made with. */
export interface SessionSource {
  readonly sts: STSClient;
  readonly externalId: () => Promise<string | undefined>;
  readonly clock: () => number;
}
