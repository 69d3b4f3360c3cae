// How a page of the API is made: no script, no picture, nothing from elsewhere, and headers that say
// so. What a page says is its own file's.
import { createHash } from "node:crypto";
import { html, type Markup } from "../../../matrix/markup.ts";
import { STYLE } from "./style.ts";

/** Writes a whole page. */
export function page(title: string, body: Markup): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow">
<meta name="color-scheme" content="light dark">
<title>${title} · Portward</title>
<style>${{ markup: STYLE }}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`.markup;
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
