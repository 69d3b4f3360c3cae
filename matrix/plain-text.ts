// Text from outside (names, reasons, user agents) as one harmless line: what a terminal, a log or
// an alert may show. It does not quote for HTML, CSV or Slack; whoever prints there does.

/** What is spelled out: controls, line ends, bidi marks and other invisible format characters. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/**
 * Makes text one line of at most `max` characters, hidden characters spelled out as `\u{202e}`.
 *
 * @example plainText("ssh\nrm -rf") // "ssh\\u{a}rm -rf"
 */
export function plainText(text: string, max = 256): string {
  let line = "";
  // A character is written as at least one, so what lies beyond 2 * max units cannot be shown.
  for (const character of text.slice(0, 2 * max + 2)) {
    const shown = HIDDEN.test(character) ? spelled(character) : character;
    if (line.length + shown.length > max) return shortened(line, max);
    line += shown;
  }
  return line;
}

function spelled(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

/** Drops whole characters and escapes from the end until the ellipsis fits. */
function shortened(line: string, max: number): string {
  if (max < 1) return "";
  const cut = line.length < max ? line : line.replace(/(?:\\u\{[0-9a-f]+\}|.)$/su, "");
  return `${cut}…`;
}
