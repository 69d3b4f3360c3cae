// A page as lines to read and compare: each block element on its own, what stands within a line kept.

import type { PageInput } from "../../matrix/audit/page/page.ts";
import { pageText } from "../../matrix/audit/page/page.ts";

const BLOCKS =
  "section|h[1-3]|ul|li|p|table|caption|thead|tbody|tr|th|td|div|details|svg|g|rect|text|header|nav|form|label|input";

/** The lines of some HTML. */
export const linesOf = (markup: string): string =>
  markup
    .replace(new RegExp(`<(?=(?:${BLOCKS})\\b)`, "g"), "\n<")
    .split("\n")
    .filter(line => line.trim() !== "")
    .join("\n");

/** Makes the page without its style and script. */
export const pageOf = (input: PageInput): string => pageText(input, () => "a hash");

/** The lines of one section of a page, without its heading. */
export function sectionOf(input: PageInput, id: string): string {
  const [, section = ""] = pageOf(input).split(`<section id="${id}"`);
  const [inner = ""] = section.split("</section>");
  return linesOf(inner.replace(/^.*?<\/h2>/s, ""));
}
