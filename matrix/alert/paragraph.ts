// Text set in columns for a mail or a terminal: wrapped lines with a label before them, times and
// durations. What is written there is the caller's; it makes nothing harmless, see plain-text.ts.

/** The columns a line of an alert has at most. */
export const COLUMNS = 78;

const LABEL = 10;

/**
 * Sets text beside a label, wrapped at 78 columns; a word that fits no line is broken.
 *
 * @example labelled("Why", "nothing permits it") // ["Why       nothing permits it"]
 */
export function labelled(label: string, text: string): string[] {
  return wrap(text, COLUMNS - LABEL).map(
    (line, index) => (index === 0 ? label : "").padEnd(LABEL) + line,
  );
}

/** Breaks text into lines of at most so many columns. */
export function wrap(text: string, columns = COLUMNS): string[] {
  const lines: string[] = [];
  let line = "";
  let width = 0;
  for (const word of text.split(" ").flatMap(one => pieces(one, columns))) {
    const own = widthOf(word);
    if (line === "" || width + 1 + own > columns) {
      if (line !== "") lines.push(line);
      line = word;
      width = own;
    } else {
      line += ` ${word}`;
      width += 1 + own;
    }
  }
  return [...lines, line];
}

function pieces(word: string, columns: number): string[] {
  const found: string[] = [];
  let piece = "";
  let width = 0;
  for (const character of word) {
    const own = widthOf(character);
    if (width + own > columns) {
      found.push(piece);
      piece = "";
      width = 0;
    }
    piece += character;
    width += own;
  }
  return [...found, piece];
}

// East Asian letters and pictures take two columns, combining marks none. The blocks are those of
// https://www.unicode.org/reports/tr11/ that are wide throughout, and a little more.
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Extended_Pictographic}|[\u{20000}-\u{3fffd}]/u;
const COMBINING = /\p{M}/u;

/** The columns that text takes. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) {
    if (character <= "\u02ff") width += 1;
    else if (!COMBINING.test(character)) width += WIDE.test(character) ? 2 : 1;
  }
  return width;
}

/**
 * Writes a time for people.
 *
 * @example timeText("2026-11-21T04:09:12.345Z") // "2026-11-21 04:09:12 UTC"
 */
export function timeText(at: string | number): string | undefined {
  const time = new Date(at);
  if (Number.isNaN(time.getTime())) return undefined;
  return `${time.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/**
 * Writes a duration by its two largest units.
 *
 * @example durationText(7_384_000) // "2 h 3 min"
 */
export function durationText(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 1) return "less than a second";
  const sizes = [86_400, 3_600, 60, 1];
  const units = ["d", "h", "min", "s"];
  const first = sizes.findIndex(size => seconds >= size);
  const counts = sizes.map((size, index) =>
    Math.floor((index === 0 ? seconds : seconds % (sizes[index - 1] ?? 1)) / size),
  );
  return [first, first + 1]
    .flatMap(index => (counts[index] ? [`${counts[index]} ${units[index]}`] : []))
    .join(" ");
}
