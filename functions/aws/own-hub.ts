// The hub a Lambda function belongs to, made once per cold start.
import { readConfig } from "../wiring/config.ts";
import { type Hub, hubOf } from "./hub.ts";

let own: Hub | undefined;

/** Makes the hub of the environment; the same ever after. */
export function ownHub(): Hub {
  own ??= hubOf(readConfig(process.env));
  return own;
}
