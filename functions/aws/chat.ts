// What clicks in chat need of AWS: the secret, and which findings were clicked on.
import type { SecretsManagerClientConfig } from "@aws-sdk/client-secrets-manager";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { Config } from "../wiring/config.ts";
import type { ChatSecret } from "./chat-secret.ts";
import { clickStore } from "./stores/click-store.ts";

export type Chat = ReturnType<typeof chat>;

/** Makes the parts for a configuration. Secrets Manager is loaded when the secret is asked for. */
export function chat(
  options: SecretsManagerClientConfig,
  documents: DynamoDBDocumentClient,
  config: Config,
  clock: () => number,
) {
  let reader: Promise<() => Promise<ChatSecret | undefined>> | undefined;
  return {
    /** Reads the chat secret; undefined where none is configured. */
    async secret(): Promise<ChatSecret | undefined> {
      reader ??= import("./chat-secret.ts").then(({ chatSecret }) =>
        chatSecret(options, config, clock),
      );
      return (await reader)();
    },
    clicks: clickStore(documents, config),
  };
}
