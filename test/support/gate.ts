// A proxy before the account that sees each call of one run: it lets a call pass, cuts it before or
// after it took effect, or keeps it waiting. What a crash or another run's speed looks like.
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** `cut`: it never reached the account. `cut-after`: it took effect, the answer is lost. */
export type Fate = "pass" | "cut" | "cut-after";

export interface Gate {
  readonly url: string;
  /** How many calls came since the last reset. */
  count(): number;
  /** Starts counting anew and decides each call by its number, from 0. */
  decide(fate: (call: number) => Fate | Promise<Fate>): void;
  close(): Promise<void>;
}

/** Opens a gate before an endpoint. */
export async function openGate(target: string): Promise<Gate> {
  let calls = 0;
  let decide: (call: number) => Fate | Promise<Fate> = () => "pass";
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
