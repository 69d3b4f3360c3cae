// The text of a secret. It is read again after five minutes at most, so that a secret that is rotated
// needs no deploy. What it says is for those who use it.
import {
  GetSecretValueCommand,
  SecretsManagerClient,
  type SecretsManagerClientConfig,
} from "@aws-sdk/client-secrets-manager";

const KEPT_MS = 5 * 60_000;

/** Makes the function that reads a secret by its name. */
export function secretText(
  options: SecretsManagerClientConfig,
  SecretId: string,
  clock: () => number,
) {
  const secrets = new SecretsManagerClient(options);
  let kept: { readonly text: string | undefined; readonly at: number } | undefined;

  return async (): Promise<string | undefined> => {
    const now = clock();
    if (kept && now - kept.at < KEPT_MS && now >= kept.at) return kept.text;
    const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId }));
    kept = { text: SecretString, at: now };
    return kept.text;
  };
}
