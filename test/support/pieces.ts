// For the tests of single pieces of reconciling: the five servers, and Portward's clients and stores in a
// scope that nothing was written in yet. Nothing moves but what a test moves.
import { Logger } from "@aws-lambda-powertools/logger";
import { afterAll, afterEach, beforeAll } from "vitest";
import { type AwsAccount, connect } from "../../functions/aws/account.ts";
import { accessKeyOf, secretOf } from "../../local/identities.ts";
import { carrierTo } from "./carrier.ts";
import { type Deployed, startDeployed } from "./deployed.ts";

export interface Pieces extends Deployed {
  /** Portward with nothing stored, and nobody waiting: a wait lets the account's clock go on. */
  fresh(): AwsAccount;
  /** Where it is, as a group or a list is planted, or an event tells. */
  place(): { account: string; region: string };
}

/** The pieces of a test file: an account from its first test to its last, which no test breaks for another. */
export function ownPieces(): Pieces {
  // It is there before any test asks it for something.
  const pieces = {} as Pieces;
  beforeAll(async () => {
    Object.assign(pieces, await startPieces());
  });
  afterEach(() => {
    pieces.account.faults.clear();
    pieces.account.ec2.lagReads(0);
  });
  afterAll(() => pieces.stop());
  return pieces;
}

/** Starts an account without a matrix, whose events nobody hears of. */
async function startPieces(): Promise<Pieces> {
  const deployed = await startDeployed({ matrix: null });
  const { account, deployment } = deployed;
  deployment.stop();
  account.bus.deliver({ drop: () => true });
  const accessKeyId = accessKeyOf("portward");
  let scopes = 0;
  return {
    ...deployed,
    place: () => ({ account: account.accountId, region: account.region }),
    fresh() {
      scopes += 1;
      return connect(
        { ...deployment.config, scope: `${deployment.config.scope}/${scopes}` },
        {
          endpoint: account.url,
          credentials: { accessKeyId, secretAccessKey: secretOf(accessKeyId) },
          requestHandler: carrierTo(account),
          clock: account.clock.now,
          log: new Logger({ logLevel: "SILENT" }),
          maxAttempts: 1,
          sleep: async ms => account.clock.advance(ms),
        },
      );
    },
  };
}
