// A receiver of chat messages on this machine: records every byte, and answers as it is told to.
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Milliseconds until it answers. */
  readonly after?: number;
}

export interface Receiver {
  url(path: string): string;
  received(path: string): readonly Received[];
  /** What is answered on a path from now on; 200 `ok` unless told. */
  reply(path: string, reply: Reply): void;
  stop(): Promise<void>;
}

/** Starts a receiver. */
export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  const replies = new Map<string, Reply>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method = "", url: path = "", headers } = request;
      received.push({ method, path, headers, body: Buffer.concat(chunks).toString("utf8") });
      const { status = 200, headers: extra = {}, body = "ok", after = 0 } = replies.get(path) ?? {};
      setTimeout(() => response.writeHead(status, extra).end(body), after);
    });
  });
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: path => `http://127.0.0.1:${port}${path}`,
    received: path => received.filter(one => one.path === path),
    reply: (path, reply) => void replies.set(path, reply),
    async stop() {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}
