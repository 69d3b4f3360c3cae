// The secret that holds what chat needs, as JSON. What its fields mean is for those who use them.
import type { SecretsManagerClientConfig } from "@aws-sdk/client-secrets-manager";
import type { Config } from "../wiring/config.ts";
import { secretText } from "./secret-text.ts";

export type ChatSecret = Readonly<Record<string, unknown>>;

/** Makes the function that reads the secret; undefined where none is configured. */
export function chatSecret(
  options: SecretsManagerClientConfig,
  { chatSecret: name }: Pick<Config, "chatSecret">,
  clock: () => number,
) {
  const read = name === undefined ? undefined : secretText(options, name, clock);
  // The same object as long as the text is the same.
  let kept: { readonly text: string | undefined; readonly secret: ChatSecret } | undefined;

  return async (): Promise<ChatSecret | undefined> => {
    if (!read) return undefined;
    const text = await read();
    if (!kept || kept.text !== text) kept = { text, secret: fieldsOf(text) };
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
