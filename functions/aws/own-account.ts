// The account a Lambda function runs in, connected to once per cold start.
import { readConfig } from "../wiring/config.ts";
import { type AwsAccount, connect } from "./account.ts";

let own: AwsAccount | undefined;

/** Connects by the environment; the same account ever after. */
export function ownAccount(): AwsAccount {
  own ??= connect(readConfig(process.env));
  return own;
}
