// The link in an approver's mail: GET shows what it would decide, as often as it is asked, also by a
// scanner of links; POST decides. Every outcome is a page.
import { plainText } from "../../matrix/plain-text.ts";
import { errorText, isThrottled } from "../aws/error-codes.ts";
import {
  type Decision,
  decideByLink,
  type LinkAnswer,
  lookAtLink,
} from "../reconcile/approval-link.ts";
import { askingPage, decidedPage, outcomePage } from "./page/approval-page.ts";
import { PAGE_HEADERS } from "./page/html.ts";
import type { ApiAnswer, ApiHandler, ApiRequest } from "./route.ts";

/** Larger than any decision, smaller than any trouble. */
const LONGEST_FORM = 256;

/** Shows what a link would approve. */
export const showApproval: ApiHandler = (request, aws) =>
  answering(request, aws, () => lookAtLink(aws, request.params.token ?? ""));

/** Approves or rejects by a link. */
export const decideApproval: ApiHandler = async (request, aws) => {
  const read = readForm(request, aws.config.apiUrl);
  if (typeof read !== "string") {
    const because = plainText(read.text);
    aws.log.info("a form for an approval was refused", { because, ...whereFrom(request) });
    return htmlAnswer(read.status, outcomePage("This was not understood", read.text));
  }
  return answering(request, aws, () => decideByLink(aws, request.params.token ?? "", read));
};

type Aws = Parameters<ApiHandler>[1];

const whereFrom = ({ sourceIp, requestId }: ApiRequest) => ({ sourceIp, requestId });

async function answering(
  request: ApiRequest,
  aws: Aws,
  work: () => Promise<LinkAnswer>,
): Promise<ApiAnswer> {
  let answer: LinkAnswer;
  try {
    answer = await work();
  } catch (error) {
    return failed(request, aws, error);
  }
  if (answer.kind === "open") return htmlAnswer(200, askingPage(answer.asked));
  if (answer.kind === "decided") {
    return htmlAnswer(200, decidedPage(answer.decision, answer.asked));
  }
  const { code, because, asked } = answer;
  const told = { code, because: plainText(because, 500), ...(asked && { id: asked.kept.id }) };
  aws.log.info("a link to approve was refused", { ...told, ...whereFrom(request) });
  const { status, title, text, isPrivate } = outcomeOf(code, because);
  return htmlAnswer(status, outcomePage(title, text, isPrivate ? undefined : asked));
}

// Nothing is used up by a failure, and whoever follows a link is no program: he gets a page as well.
function failed({ requestId }: ApiRequest, aws: Aws, error: unknown): ApiAnswer {
  const isBusy = isThrottled(error);
  const again = "Your link still works: try again in a minute.";
  if (!isBusy) aws.log.error("a link failed", { requestId, error: errorText(error) });
  const answer = isBusy
    ? htmlAnswer(503, outcomePage("Not now", `Too much is going on. ${again}`))
    : htmlAnswer(500, outcomePage("It failed", `${again} The log has it by ${requestId}.`));
  return { ...answer, headers: { ...answer.headers, "retry-after": "60" } };
}

const htmlAnswer = (status: number, html: string): ApiAnswer => ({
  ...{ status, html },
  headers: PAGE_HEADERS,
});

interface Outcome {
  readonly status: number;
  readonly title: string;
  readonly text: string;
  /** What was asked for is not shown to whoever may not decide on it any more. */
  readonly isPrivate?: boolean;
}

function outcomeOf(code: string, because: string): Outcome {
  const reason = `${because.slice(0, 1).toUpperCase()}${because.slice(1)}.`;
  switch (code) {
    case "no-link":
    case "unknown": {
      const text = "This link leads nowhere. Open it whole, as it stands in your mail.";
      return { status: 404, title: "No such link", text, isPrivate: true };
    }
    case "used":
      return { status: 410, title: "This link was used", text: reason };
    case "expired": {
      const cure = "Decide on the command line or in chat instead.";
      return { status: 410, title: "This link is too old", text: `${reason} ${cure}` };
    }
    case "over":
      return { status: 410, title: "Its window is over", text: "Nothing was opened by it." };
    case "state":
      return { status: 409, title: "Already decided", text: reason };
    case "changed":
      return { status: 409, title: "It is not what you were asked", text: reason };
    case "own-request":
    case "own-rule":
    case "incomparable":
      return { status: 403, title: "Somebody else has to approve it", text: reason };
    case "not-approver":
    case "nobody": {
      const text = "The matrix in force does not name you as an approver any more.";
      return { status: 403, title: "You may not approve it", text, isPrivate: true };
    }
    default:
      return { status: 409, title: "It cannot be approved now", text: reason };
  }
}

/** Reads the decision of the form; what it is instead where it is none. */
function readForm(
  { headers, rawBody }: ApiRequest,
  apiUrl: string | undefined,
): Decision | { status: number; text: string } {
  // Both are there in a browser; what sends neither is no page that tricked one.
  const site = headers["sec-fetch-site"];
  const { origin } = headers;
  const isForeign = origin !== undefined && origin !== originOf(apiUrl);
  if (isForeign || (site !== undefined && site !== "same-origin" && site !== "none")) {
    return { status: 403, text: "It was sent from another page than the one behind your link." };
  }
  const type = headers["content-type"]?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/x-www-form-urlencoded") {
    return { status: 415, text: "Only the form of the page behind your link is taken." };
  }
  if (rawBody.length > LONGEST_FORM) return { status: 413, text: "The form is too large." };
  const decisions = new URLSearchParams(rawBody.toString()).getAll("decision");
  const [decision] = decisions;
  if (decisions.length === 1 && (decision === "approve" || decision === "reject")) return decision;
  return { status: 400, text: "The form says neither to approve nor to reject." };
}

const originOf = (url: string | undefined): string | undefined =>
  url === undefined ? undefined : new URL(url).origin;
