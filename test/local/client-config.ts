// How a test's SDK client reaches an account as somebody. Clients made with it do not retry, so
// that a test sees the error the account gave.
import type { Account } from "../../local/account.ts";
import { accessKeyOf, type KeyName, secretOf } from "../../local/identities.ts";

/** The configuration of an SDK client that talks to the account as one of its identities. */
export function clientConfig(account: Account, keyName: KeyName = "tester") {
  return configForKey(account, accessKeyOf(keyName));
}

/** The same for an access key the account has never heard of. */
export function configForKey(account: Account, accessKeyId: string) {
  return {
    endpoint: account.url,
    region: account.region,
    maxAttempts: 1,
    credentials: { accessKeyId, secretAccessKey: secretOf(accessKeyId) },
  };
}

/** The name of the error a promise is rejected with, or `none`. */
export async function errorName(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return "none";
  } catch (thrown) {
    return (thrown as Error).name;
  }
}
