// How large a text is where it is sent, and how much of a list fits. SNS takes 256 KB for all forms of
// a message together, and in that each form is a JSON string within a JSON object.

/** The most that the mail text and the form for the notifier may take; those for chat take a tenth. */
export const ROOM = { text: 100_000, detail: 100_000 } as const;

const encoder = new TextEncoder();

/** The bytes of a text. */
export const bytesOf = (text: string): number => encoder.encode(text).length;

/** The bytes of a text as a JSON string. */
export const sentBytes = (text: string): number => bytesOf(JSON.stringify(text));

/** As many of the texts, from the first one on, as so many bytes hold when they are sent. */
export function fitting(texts: readonly string[], bytes: number): string[] {
  let left = bytes;
  const isTooLong = (text: string): boolean => {
    left -= sentBytes(text) + 2;
    return left < 0;
  };
  const end = texts.findIndex(isTooLong);
  return end < 0 ? [...texts] : texts.slice(0, end);
}
