// The SDK's clients copy every answer for a log; ours must not.
import { EC2Client } from "@aws-sdk/client-ec2";
import { expect, it } from "vitest";
import { unlogged } from "../../../functions/aws/unlogged.ts";

const parts = (client: EC2Client) => client.middlewareStack.identify().join();

it("a client loses the part that logs, and no other", () => {
  const all = parts(new EC2Client({ region: "us-east-1" })).split(",");
  const left = parts(unlogged(new EC2Client({ region: "us-east-1" }))).split(",");
  const lost = all.filter(part => !left.includes(part));
  expect(lost).toEqual([expect.stringContaining("loggerMiddleware")]);
});
