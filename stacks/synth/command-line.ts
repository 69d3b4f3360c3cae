// Stands in for SST's command line: the components ask it, over loopback, to build handlers and for
// the names of what `sst` keeps in an account.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { BuildAnswer, BuildRequest } from "./handlers.ts";

const BOOTSTRAP = {
  asset: "sst-asset",
  state: "sst-state",
  assetEcrRegistryId: "",
  assetEcrUrl: "",
  appsyncHttp: "",
  appsyncRealtime: "",
};

/** Starts to answer, and returns the URL; it holds no process open. */
export async function answerComponents(
  build: (request: BuildRequest) => Promise<BuildAnswer>,
): Promise<string> {
  async function answer(method: string, input: unknown): Promise<unknown> {
    if (method === "Provider.Aws.Bootstrap") return BOOTSTRAP;
    if (method === "Runtime.Build") return build(input as BuildRequest);
    if (method === "Runtime.AddTarget") return true;
    throw new Error(`the components ask for ${method}, which nobody answers here`);
  }
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const { method, params } = JSON.parse(body) as { method: string; params: unknown[] };
    const reply = await answer(method, params[0]).then(
      result => ({ result }),
      (error: unknown) => ({ error: error instanceof Error ? error.message : String(error) }),
    );
    response.setHeader("connection", "close");
    response.end(JSON.stringify(reply));
  });
  await new Promise<void>(listening => {
    server.listen(0, "127.0.0.1", listening);
  });
  server.unref();
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
