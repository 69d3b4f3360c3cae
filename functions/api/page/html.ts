// How a page of the API is made: text from outside escaped once, here; no script, no picture, nothing
// from elsewhere, and headers that say so. What a page says is its own file's.
import { createHash } from "node:crypto";
import { plainText } from "../../../matrix/plain-text.ts";
import { STYLE } from "./style.ts";

/** Markup that is safe to put into a page; only `html` and `page` make it. */
export interface Markup {
  readonly markup: string;
}

type Part = Markup | string | readonly Markup[];

/** Makes markup of a template; whatever is put in is escaped unless it is markup itself. */
export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  const markup = texts.map((text, index) => `${text}${written(parts[index] ?? "")}`).join("");
  return { markup };
}

function written(part: Part): string {
  if (typeof part === "string") return escapeHtml(part);
  return "markup" in part ? part.markup : part.map(({ markup }) => markup).join("");
}

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/**
 * Writes text so that HTML shows it and takes it for nothing else; hidden characters are spelled out.
 *
 * @example escapeHtml('<a href="x">') // "&lt;a href=&quot;x&quot;&gt;"
 */
export function escapeHtml(text: string): string {
  return plainText(text, 2_000).replace(/[&<>"']/g, character => ESCAPES[character] ?? "");
}

/** Writes a whole page. */
export function page(title: string, body: Markup): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)} · Portward</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${body.markup}
</main>
</body>
</html>
`;
}

const STYLE_HASH = createHash("sha256").update(STYLE).digest("base64");

/**
 * The headers of every page. The referrer policy is not `no-referrer`: with it a browser sends
 * `Origin: null` with the page's own form (https://fetch.spec.whatwg.org/#append-a-request-origin-header),
 * and the page links to nothing else.
 */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": [
    "default-src 'none'",
    `style-src 'sha256-${STYLE_HASH}'`,
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; "),
  "cache-control": "no-store",
  "referrer-policy": "same-origin",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "x-robots-tag": "noindex, nofollow",
};
