// HTML as text that cannot be broken out of: whatever is put into a template is escaped unless it is
// markup itself. The one place of the page where anything is escaped.
import { plainText } from "../../plain-text.ts";

/** Text that is HTML already. */
export interface Markup {
  readonly markup: string;
}

export type Part = Markup | string | number | undefined | readonly Part[];

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

const MOST = 2_000;

/**
 * Makes markup of a template; its values are text, and stand in elements or in quoted attributes.
 *
 * @example html`<p title="${"a\"b"}">${"<b>"}</p>`.markup // '<p title="a&quot;b">&lt;b&gt;</p>'
 */
export function html(pieces: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  let markup = pieces[0] ?? "";
  parts.forEach((part, index) => {
    markup += written(part) + (pieces[index + 1] ?? "");
  });
  return { markup };
}

/** Nothing at all. */
export const nothing: Markup = { markup: "" };

function written(part: Part): string {
  if (part === undefined) return "";
  if (typeof part === "number") return String(part);
  if (typeof part === "string") return escaped(part);
  if ("markup" in part) return part.markup;
  return part.map(written).join("");
}

const escaped = (text: string): string =>
  plainText(text, MOST).replace(/[&<>"']/g, sign => ENTITIES[sign] ?? "");
