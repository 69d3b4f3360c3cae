// The secret that holds what chat needs, as JSON. It is read again after five minutes at most, so that
// a secret that is rotated needs no deploy. What its fields mean is for those who use them.
import {
  GetSecretValueCommand,
  SecretsManagerClient,
  type SecretsManagerClientConfig,
} from "@aws-sdk/client-secrets-manager";
import type { Config } from "../wiring/config.ts";

export type ChatSecret = Readonly<Record<string, unknown>>;

const KEPT_MS = 5 * 60_000;

/** Makes the function that reads the secret; undefined where none is configured. */
export function chatSecret(
  options: SecretsManagerClientConfig,
  { chatSecret: SecretId }: Pick<Config, "chatSecret">,
  clock: () => number,
) {
  const secrets = new SecretsManagerClient(options);
  let kept: { readonly secret: ChatSecret; readonly at: number } | undefined;

  return async (): Promise<ChatSecret | undefined> => {
    if (SecretId === undefined) return undefined;
    const now = clock();
    if (kept && now - kept.at < KEPT_MS && now >= kept.at) return kept.secret;
    const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId }));
    kept = { secret: fieldsOf(SecretString), at: now };
    return kept.secret;
  };
}

function fieldsOf(text: string | undefined): ChatSecret {
  let fields: unknown;
  try {
    fields = JSON.parse(text ?? "");
  } catch {
    // The parser's own words may quote the secret.
    throw new Error("the chat secret is not JSON");
  }
  if (typeof fields !== "object" || fields === null) {
    throw new Error("the chat secret is no JSON object");
  }
  return { ...fields };
}
