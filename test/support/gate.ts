// A gate before the account that sees each call of one run: it lets a call pass, cuts it before or after
// it took effect, or keeps it waiting. What a crash or another run's speed looks like.
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import type { Account } from "../../local/account.ts";
import { type Carrier, carrierTo, type Fate } from "./carrier.ts";

export interface Gate {
  /** How many calls came since the last reset. */
  count(): number;
  /** Starts counting anew and decides each call by its number, from 0. */
  decide(fate: (call: number) => Fate | Promise<Fate>): void;
}

/** A gate for the calls of this process. */
export interface OwnGate extends Gate {
  readonly requestHandler: Carrier;
}

/** Opens a gate before an account of this process. */
export function gateBefore(account: Pick<Account, "ask">): OwnGate {
  let calls = 0;
  let decide: Parameters<Gate["decide"]>[0] = () => "pass";
  return {
    requestHandler: carrierTo(account, async () => {
      const number = calls;
      calls += 1;
      await turn();
      return decide(number);
    }),
    count: () => calls,
    decide(fate) {
      calls = 0;
      decide = fate;
    },
  };
}

/** A gate that listens. */
export interface ListeningGate extends Gate {
  readonly url: string;
  close(): Promise<void>;
}

/** Opens a gate before an endpoint. */
export async function openGate(target: string): Promise<ListeningGate> {
  let calls = 0;
  let decide: Parameters<Gate["decide"]>[0] = () => "pass";
  const server = createServer((incoming, response) => {
    const number = calls;
    calls += 1;
    void pass(target, incoming, response, decide(number));
  });
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    count: () => calls,
    decide(fate) {
      calls = 0;
      decide = fate;
    },
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function pass(
  target: string,
  incoming: IncomingMessage,
  response: ServerResponse,
  decision: Fate | Promise<Fate>,
): Promise<void> {
  const body: Buffer[] = [];
  for await (const chunk of incoming) body.push(chunk as Buffer);
  const fate = await decision;
  if (fate === "cut") {
    response.destroy();
    return;
  }
  const { method = "POST", url = "/", headers } = incoming;
  const forwarded = request(`${target}${url}`, { method, headers }, answer => {
    if (fate === "cut-after") {
      answer.resume();
      answer.on("end", () => response.destroy());
      return;
    }
    response.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.pipe(response);
  });
  forwarded.on("error", () => response.destroy());
  forwarded.end(Buffer.concat(body));
}
