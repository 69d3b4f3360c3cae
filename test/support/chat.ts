// Keeps a chat secret in the local account, or replaces it.
import {
  CreateSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import type { Account } from "../../local/account.ts";
import { accessKeyOf, secretOf } from "../../local/identities.ts";

export async function keepChatSecret(account: Account, name: string, secret: object) {
  const accessKeyId = accessKeyOf("root");
  const secrets = new SecretsManagerClient({
    endpoint: account.url,
    region: account.region,
    credentials: { accessKeyId, secretAccessKey: secretOf(accessKeyId) },
  });
  const SecretString = JSON.stringify(secret);
  try {
    await secrets.send(new CreateSecretCommand({ Name: name, SecretString }));
  } catch (thrown) {
    if ((thrown as Error).name !== "ResourceExistsException") throw thrown;
    await secrets.send(new PutSecretValueCommand({ SecretId: name, SecretString }));
  }
  secrets.destroy();
}
