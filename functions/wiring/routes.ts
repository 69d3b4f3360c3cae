// The routes of the API, as data: read by the handler, by the deployed stack, by the local gateway and
// by the OpenAPI description. Who may call one is its authority; what is not listed is refused.

/**
 * What a caller needs: a right on the route in IAM, or the scope `portward/AUTHORITY` in a JWT. Public
 * routes carry their own proof: Slack's signature, or a token that belongs to one approver.
 */
export type Authority = "public" | "reader" | "requester" | "approver" | "operator";

export interface Route {
  readonly method: "GET" | "POST" | "PUT";
  /** With `{name}` for a part that varies. */
  readonly path: string;
  readonly authority: Authority;
  readonly summary: string;
}

/** Every route there is. */
export const routes = [
  route("GET", "/health", "reader", "Tells that the API answers."),
  route("GET", "/openapi.json", "reader", "Describes this API."),
  route("GET", "/status", "reader", "Shows what is in force and what happened last."),
  route("GET", "/matrix", "reader", "Reads the matrix in force, or an earlier version."),
  route("PUT", "/matrix", "operator", "Makes a matrix the one in force, as its plan said."),
  route("POST", "/matrix/plan", "operator", "Plans what a matrix would change in the account."),
  route("GET", "/matrix/plans/{id}", "reader", "Shows a plan, or what became of applying it."),
  route("GET", "/exceptions", "reader", "Lists exceptions, newest request first."),
  route("GET", "/exceptions/{id}", "reader", "Shows an exception and all that was done to it."),
  route("POST", "/exceptions", "requester", "Asks for an exception."),
  route("POST", "/exceptions/{id}/approve", "approver", "Approves an exception of somebody else."),
  route("POST", "/exceptions/{id}/reject", "approver", "Rejects an exception."),
  route("POST", "/exceptions/{id}/withdraw", "requester", "Ends an exception before its time."),
  route("POST", "/exceptions/{id}/extend", "requester", "Asks for more time."),
  route("GET", "/findings", "reader", "Lists findings, newest first."),
  route("GET", "/findings/{id}", "reader", "Shows a finding."),
  route("POST", "/findings/{id}/undo", "requester", "Asks for what a finding says was closed."),
  route("POST", "/audits", "operator", "Starts a full audit."),
  route("GET", "/audits/{id}", "reader", "Shows how an audit goes, or what it found."),
  route("POST", "/pauses", "operator", "Pauses writing, holds restoring, or resumes."),
  route("POST", "/slack/actions", "public", "Takes a click on a button in Slack."),
  route("GET", "/approvals/{token}", "public", "Shows what a link in a mail would approve."),
  route("POST", "/approvals/{token}", "public", "Approves it, once."),
] as const satisfies readonly Route[];

function route<M extends Route["method"], P extends string, A extends Authority>(
  method: M,
  path: P,
  authority: A,
  summary: string,
) {
  return { method, path, authority, summary };
}
