// The account a Lambda function runs in, connected to once per cold start.
import { type Config, readConfig } from "../wiring/config.ts";

/** Connects by the environment when first asked; the same account ever after. */
export function ownAccount<A>(connect: (config: Config) => A): () => A {
  let own: A | undefined;
  return () => {
    own ??= connect(readConfig(process.env));
    return own;
  };
}
