// What a route of the API is handed and what it answers, free of API Gateway's own forms. Reading the
// event and wording problems is index.ts.
import type { Identity } from "../../matrix/exceptions/person.ts";
import type { AwsAccount } from "../aws/account.ts";
import type { Route } from "../wiring/routes.ts";

export interface ApiRequest {
  readonly route: Route;
  /** The `{name}` parts of the path, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  /** By their lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body as its bytes came: what a signature is made over. */
  readonly rawBody: Buffer;
  /** The body as JSON, where the route takes JSON. */
  readonly body: unknown;
  /** Who calls; undefined on public routes. */
  readonly caller: Identity | undefined;
  readonly sourceIp: string;
  readonly requestId: string;
}

export interface ApiAnswer {
  readonly status: number;
  /** Answered as JSON. */
  readonly body?: unknown;
  /** Answered as a page. */
  readonly html?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Answers one route. What it refuses it answers as a problem; what it throws becomes one. */
export type ApiHandler = (request: ApiRequest, aws: AwsAccount) => Promise<ApiAnswer>;
