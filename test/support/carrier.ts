// Carries the SDK's calls to an account of this process without sockets, which takes a third of the time:
// what goes over it is what goes over the wire. Sockets themselves are for the tests that say so.
import { setImmediate as turn } from "node:timers/promises";
import type { Surroundings } from "../../functions/aws/connection.ts";
import type { Account } from "../../local/account.ts";

/** As much of the SDK's request as is carried. */
interface Carried {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string | string[] | null>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** `cut`: it never reaches the account. `cut-after`: it takes effect, the answer is lost. */
export type Fate = "pass" | "cut" | "cut-after";

/** What an SDK client hands its requests to. */
export type Carrier = NonNullable<Surroundings["requestHandler"]>;

/** Makes one; a call is not on its way before its fate has resolved. */
export function carrierTo(
  { ask }: Pick<Account, "ask">,
  fateOf: () => Promise<Fate> = () => turn("pass"),
): Carrier {
  return {
    async handle(request: Carried) {
      const fate = await fateOf();
      if (fate === "cut") throw cut();
      const answer = await ask(headOf(request), bytesOf(request.body));
      if (answer === "cut" || fate === "cut-after") throw cut();
      const { status: statusCode, contentType, body, bytes, headers } = answer;
      const sent = { "content-type": contentType, ...headers };
      return { response: { statusCode, headers: sent, body: bytes ?? Buffer.from(body) } };
    },
    updateHttpClientConfig() {},
    httpHandlerConfigs: () => ({}),
  } as Carrier;
}

function headOf({ method, path, query, headers }: Carried) {
  const asked = new URLSearchParams(
    Object.entries(query).flatMap(([name, value]) =>
      [value ?? []].flat().map((one): [string, string] => [name, one]),
    ),
  ).toString();
  // Which client calls is in front of the path; Scheduler's own path says what is called.
  const own = path.replace(/^\/\w+(?=\/schedules\/)/, "");
  const lower = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  return {
    ...{ method, url: asked === "" ? own : `${own}?${asked}` },
    headers: Object.fromEntries(lower) as Record<string, string>,
    socket: { remoteAddress: "127.0.0.1" },
  };
}

// The SDK's own arrays warn whoever treats them as anything but bytes.
function bytesOf(body: Carried["body"] = ""): Buffer {
  if (typeof body === "string") return Buffer.from(body);
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}

/** What the SDK makes of a connection that ends before its answer. */
const cut = (): Error =>
  Object.assign(new Error("socket hang up"), { name: "TimeoutError", code: "ECONNRESET" });
