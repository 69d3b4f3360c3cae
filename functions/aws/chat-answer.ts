// Answers a click in chat at the address that came with it. The body of the HTTP answer to a click on
// a block is ignored: https://docs.slack.dev/interactivity/handling-user-interaction

/** Where Slack takes answers, unless the chat secret says otherwise. */
export const ANSWERS_AT = "https://hooks.slack.com";

/** A message for the one who clicked alone, beside the message he clicked on. */
export interface ChatAnswer {
  readonly response_type: "ephemeral";
  readonly replace_original: false;
  readonly text: string;
}

const WAIT_MS = 1_500;

/** Tells whether an address that came with a click is one of the origin's. */
export function isAnswerable(url: string, origin: string): boolean {
  return URL.canParse(url) && new URL(url).origin === origin && new URL(url).username === "";
}

/** Posts an answer; throws unless it was taken. It follows nobody to another address. */
export async function answerChat(url: string, answer: ChatAnswer): Promise<void> {
  const { status } = await fetch(url, {
    method: "POST",
    redirect: "error",
    signal: AbortSignal.timeout(WAIT_MS),
    headers: { "content-type": "application/json; charset=utf-8" },
    body: JSON.stringify(answer),
  });
  if (status !== 200) throw new Error(`chat refused an answer with status ${status}`);
}
