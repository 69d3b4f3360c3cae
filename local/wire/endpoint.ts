// The one HTTP endpoint: reads a request, finds the service of its credential scope, answers.
// Loopback only; it logs each call and plays the faults that were ordered. It knows no service.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Caller } from "../ec2/ec2.ts";
import { AwsError, asAwsError } from "./aws-error.ts";
import { type Call, createCallLog, wireTime } from "./call-log.ts";
import { createFaults, type Fate, type Fault, statusOfCode } from "./faults.ts";
import { jsonError } from "./json.ts";
import { ec2Error } from "./query.ts";
import {
  type Answer,
  headersOf,
  isLoopbackHost,
  parseScope,
  readBody,
  type Scope,
  type ServiceRequest,
} from "./request.ts";
import type { Service } from "./service.ts";

/** What the endpoint needs to know of the account. */
export interface EndpointOptions {
  /** Throws an AwsError for credentials that are none, or no longer. */
  callerOf(credentials: Credentials): Caller;
  region: string;
  /** The services by the name in the credential scope; filled after the URL is known. */
  services: Map<string, Service>;
}

/** As much of a request as is looked at before its body. */
export interface Head extends Pick<IncomingMessage, "headers" | "method" | "url"> {
  readonly socket: { readonly remoteAddress?: string | undefined };
}

/** What a request says who sends it. */
export interface Credentials {
  accessKeyId: string;
  /** Of a session; undefined where the request carries none. */
  token: string | undefined;
  service: string;
}

/** The service that answers requests nobody signed. */
export const unsigned = "execute-api";

/** How long a client that was refused may go on sending before it is cut off, in ms. */
const lastWords = 1000;

export type Endpoint = ReturnType<typeof createEndpoint>;

/** Makes the endpoint; it serves once `listen` has resolved to its URL. */
export function createEndpoint(options: EndpointOptions) {
  const { log, add } = createCallLog();
  const { faults, take, ask, wait } = createFaults();

  async function answerCall(service: Service, request: ServiceRequest, call: Call) {
    const { path, body } = request;
    const fate: Fate = take(request.service, call.action) ?? ask({ ...call, path, body });
    await wait(request.service, call.action);
    const fault = fate && "code" in fate ? fate : undefined;
    if (fault && !fault.after) return failed(service, fault);
    const asked = fate && "body" in fate ? { ...request, body: fate.body } : request;
    const answer = await attempt(service, () => service.handle(asked));
    return fault ? failed(service, fault) : answer;
  }

  const serviceOf = ({ headers }: Head): Service | undefined =>
    options.services.get(parseScope(headers.authorization)?.service ?? unsigned);

  async function answerTo(head: Head, read: () => Promise<Buffer>): Promise<Answer | "cut"> {
    const scope = parseScope(head.headers.authorization);
    const service = serviceOf(head);
    if (!isLoopbackHost(head.headers.host)) {
      throw new AwsError("AccessDenied", "Only a loopback Host is served here.", 403);
    }
    if (!service) throw noService(scope?.service);
    const request = requestOf(head, scope?.service ?? unsigned, await read(), {
      caller: options.callerOf(credentialsOf(head, scope)),
      region: scope?.region ?? options.region,
    });
    const call = startCall(service, request);
    add(call);
    const answer = await answerCall(service, request, call);
    call.endedAt = wireTime();
    if (answer !== "cut") call.status = answer.status;
    return answer;
  }

  async function serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const answer = await answerTo(message, () => readBody(message));
      if (answer === "cut") response.destroy();
      else send(response, answer);
    } catch (thrown) {
      refuse(message, response, serviceOf(message), asAwsError(thrown));
    }
  }

  const server = createServer((message, response) => {
    void serve(message, response);
  });
  // Longer than any client keeps an idle connection, so that none is closed under a request.
  server.keepAliveTimeout = 120_000;
  return {
    calls: log,
    faults,
    /** Answers a request of this process without a socket. */
    ask: (head: Head, body: Buffer): Promise<Answer | "cut"> =>
      answerTo(head, async () => body).catch(thrown =>
        errorTo(head, serviceOf(head), asAwsError(thrown)),
      ),
    listen: (port: number) => listen(server, port),
    close: () => close(server),
  };
}

function credentialsOf({ headers }: Head, scope: Scope | undefined): Credentials {
  const { accessKeyId = "anonymous", service = unsigned } = scope ?? {};
  const token = headers["x-amz-security-token"];
  return { accessKeyId, token: typeof token === "string" ? token : undefined, service };
}

function startCall(service: Service, request: ServiceRequest): Call {
  return {
    service: request.service,
    action: service.actionOf(request),
    region: request.region,
    caller: request.caller.arn,
    startedAt: wireTime(),
    request: paramsOf(service, request),
  };
}

function paramsOf(service: Service, request: ServiceRequest): unknown {
  try {
    return service.paramsOf?.(request);
  } catch {
    // The log must not refuse what the service will refuse in its own words.
    return undefined;
  }
}

async function attempt(service: Service, work: () => Answer | Promise<Answer>): Promise<Answer> {
  try {
    return await work();
  } catch (thrown) {
    return service.errorAnswer(asAwsError(thrown));
  }
}

function failed(service: Service, fault: Fault): Answer | "cut" {
  if (fault.code === "ConnectionReset") return "cut";
  const message = `${fault.code} was ordered for this call.`;
  return service.errorAnswer(new AwsError(fault.code, message, statusOfCode(fault.code)));
}

function noService(name: string | undefined): AwsError {
  if (name) return new AwsError("UnknownService", `The local account has no service ${name}.`, 404);
  return new AwsError("MissingAuthenticationToken", "The request is not signed.", 403);
}

function requestOf(
  message: Head,
  service: string,
  body: Buffer,
  who: { caller: Caller; region: string },
): ServiceRequest {
  const [path = "/", ...query] = (message.url ?? "/").split("?");
  return {
    ...who,
    service,
    body,
    method: message.method ?? "GET",
    path,
    query: new URLSearchParams(query.join("?")),
    rawQuery: query.join("?"),
    headers: headersOf(message),
    sourceIp: message.socket.remoteAddress ?? "127.0.0.1",
    userAgent: message.headers["user-agent"] ?? "",
  };
}

function refuse(
  message: IncomingMessage,
  response: ServerResponse,
  service: Service | undefined,
  error: AwsError,
): void {
  if (response.headersSent) return;
  // A body that was refused unread would be taken for the connection's next request.
  response.setHeader("connection", "close");
  send(response, errorTo(message, service, error));
  message.resume();
  setTimeout(() => message.destroy(), lastWords).unref();
}

/** Words an error as the service does, or for one that does not exist in the protocol the request looks like. */
function errorTo({ headers }: Head, service: Service | undefined, error: AwsError): Answer {
  if (service) return service.errorAnswer(error);
  const type = headers["content-type"] ?? "";
  return type.startsWith("application/x-www-form-urlencoded")
    ? ec2Error(error)
    : jsonError(error, { version: "1.0" });
}

function send(response: ServerResponse, answer: Answer): void {
  const body = answer.bytes ?? Buffer.from(answer.body);
  // HTTP knows no length for an answer that cannot have a body.
  const length = answer.status === 204 ? {} : { "content-length": body.length };
  response.writeHead(answer.status, {
    "content-type": answer.contentType,
    ...length,
    ...answer.headers,
  });
  response.end(body);
}

function listen(server: Server, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.removeListener("error", reject);
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise(resolve => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
