// The pages behind the link in an approver's mail: what is asked for with two buttons, and what became
// of it. Everything it shows was written by others, so all of it goes through `html`.
import { durationText, timeText } from "../../../matrix/alert/paragraph.ts";
import { whatOf } from "../../../matrix/exceptions/exception-text.ts";
import { identityText, personName } from "../../../matrix/exceptions/person.ts";
import type { Asked, Decision } from "../../reconcile/approval-link.ts";
import { html, type Markup, page } from "./html.ts";

/** The page that asks. */
export function askingPage(asked: Asked): string {
  const { claim } = asked;
  return page(
    "Approve an exception?",
    html`<p class="brand">Portward · account ${placeOf(asked)}</p>
<h1>Approve this exception?</h1>
<p>Somebody asks for it, and you are one of those who may approve it. Until somebody does, nothing is
open by it.</p>
${factList(asked)}
<form method="post">
<button class="approve" name="decision" value="approve">Approve</button>
<button class="reject" name="decision" value="reject">Reject</button>
</form>
<p class="note">You decide as ${claim.approver}, and that is written down. This link works once,
until ${time(claim.expiry)}.</p>`,
  );
}

/** The page that says what was decided. */
export function decidedPage(decision: Decision, asked: Asked): string {
  const { open, start } = asked.kept;
  const [title, text] =
    decision === "reject"
      ? ["Rejected", "Nothing is open by it, and this link is used up."]
      : [
          "Approved",
          open
            ? `Portward opens it within a minute of ${time(start)}, and closes at the end what only it permitted.`
            : `It may be opened from ${time(start)} on. Portward closes at the end what only it permitted.`,
        ];
  return outcomePage(title, text, asked);
}

/** A page that says what became of a link, and what it was about where that may be shown. */
export function outcomePage(title: string, text: string, asked?: Asked): string {
  const brand = asked ? ` · account ${placeOf(asked)}` : "";
  return page(
    title,
    html`<p class="brand">Portward${brand}</p>
<h1>${title}</h1>
<p>${text}</p>
${asked ? factList(asked) : html``}`,
  );
}

const placeOf = ({ account, region }: Asked): string => `${account} ${region}`;

function factList(asked: Asked): Markup {
  const { kept, finding, claim } = asked;
  const { start, end, open, requester, reason, approver, breakGlass } = kept;
  const facts: (readonly [string, Markup | undefined])[] = [
    ["What", html`<code>${whatOf(kept)}</code>`],
    ["Groups", html`<ul>${kept.groups.map(id => html`<li>${groupText(id, asked)}</li>`)}</ul>`],
    ["From", html`${time(start)}`],
    ["Until", html`${time(end)}, ${durationText(end - start)}`],
    ["Opening", html`${open ? "Portward opens it at the start" : "whoever needs it opens it"}`],
    ["Asked by", html`${whoText(identityText(requester), personOf(asked))}`],
    ["Why", html`${reason}`],
    ["Undoes", finding && html`<code>${finding.rule}</code> ${undoneText(asked)}`],
    ["State", kept.state === "requested" ? undefined : html`${kept.state}`],
    ["Approved by", approver && html`${identityText(approver)}`],
    ["Alone", breakGlass ? html`break-glass: nobody approved it` : undefined],
    ["Exception", html`<code>${claim.exception}</code>`],
  ];
  const rows = facts.flatMap(([label, value]) =>
    value ? [html`<div><dt>${label}</dt><dd>${value}</dd></div>\n`] : [],
  );
  return html`<dl>
${rows}</dl>`;
}

function groupText(id: string, { law }: Asked): string {
  const pinned = Object.entries(law.policy.pins.groups).flatMap(([part, groups]) =>
    groups.filter(group => group.id === id).map(({ name }) => ({ part, name })),
  );
  const parts = pinned.map(({ part }) => part).join(", ");
  const name = pinned[0]?.name ?? "";
  return `${parts === "" ? "no part of the matrix" : parts}: ${name} (${id})`;
}

const personOf = ({ kept, law }: Asked): string | undefined =>
  personName(kept.requester, law.directory);

const whoText = (identity: string, person: string | undefined): string =>
  person === undefined ? identity : `${person} (${identity})`;

function undoneText({ finding }: Asked): string {
  const { actor, closedAt } = finding ?? {};
  const when = timeText(closedAt ?? "");
  const chosen = actor?.nameChosenByCaller ? ", a name the caller chose" : "";
  return [
    when === undefined ? "which is drift" : `which Portward took back at ${when}`,
    ...(actor ? [`opened by ${actor.name}${chosen}`] : []),
    ...(actor?.sourceIp ? [`from ${actor.sourceIp}`] : []),
  ].join(", ");
}

// Windows and links end at a whole minute, or near enough.
const time = (ms: number): string =>
  `${new Date(ms).toISOString().slice(0, 16).replace("T", " ")} UTC`;
