// One run of the batch behind a gate, on events that are caught instead of being delivered.
import { setTimeout as wait } from "node:timers/promises";
import { Logger } from "@aws-lambda-powertools/logger";
import { type AwsAccount, connect } from "../../functions/aws/account.ts";
import { runBatch } from "../../functions/reconcile/batch.ts";
import { accessKeyOf, secretOf } from "../../local/identities.ts";
import { type Deployed, startDeployed } from "./deployed.ts";
import { type Gate, gateBefore } from "./gate.ts";

export interface Gated extends Deployed {
  readonly gate: Gate;
  /** The account as the run behind the gate sees it. */
  readonly behind: AwsAccount;
  /** Does something and returns the bodies of the events it made. */
  events(task: () => Promise<unknown>): Promise<string[]>;
  /** Delivers events to a run that calls through the gate, or to one that does not. */
  deliver(bodies: readonly string[], through?: "gate"): Promise<string[]>;
}

/** Deploys with the events caught, the sweep stopped and no real waiting. */
export async function startGated(): Promise<Gated> {
  // Waiting is time that passes in the account, so that what is bounded by time ends; what is waited
  // for beside something else (a signal ends it) takes its real time.
  const sleep = async (ms: number, signal?: AbortSignal): Promise<void> => {
    if (signal) await wait(ms, undefined, { signal }).catch(() => undefined);
    else deployed.account.clock.advance(ms);
  };
  const deployed: Deployed = await startDeployed({ deploy: { sleep } });
  const { account, deployment, aws } = deployed;
  await deployed.idle();
  deployment.stop();
  let caught: string[] = [];
  account.bus.deliver({
    drop: envelope => {
      caught.push(JSON.stringify(envelope));
      return true;
    },
  });
  const gate = gateBefore(account);
  const accessKeyId = accessKeyOf("portward");
  const behind = connect(deployment.config, {
    endpoint: account.url,
    requestHandler: gate.requestHandler,
    credentials: { accessKeyId, secretAccessKey: secretOf(accessKeyId) },
    clock: account.clock.now,
    log: new Logger({ logLevel: "SILENT" }),
    maxAttempts: 1,
    sleep,
  });
  return {
    ...deployed,
    ...{ gate, behind },
    async events(task) {
      caught = [];
      await task();
      return caught;
    },
    deliver: (bodies, through) =>
      runBatch(
        through ? behind : aws,
        bodies.map((body, index) => ({ id: `m${index}`, body, attempt: 0 })),
      ),
  };
}
