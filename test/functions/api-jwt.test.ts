// The API behind a JWT authorizer instead of IAM: a person is issuer and subject, and what he may do is
// the scopes of his token.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { api } from "../../functions/api/index.ts";
import { routes } from "../../functions/wiring/routes.ts";
import type { MatrixDocument } from "../../matrix/document.ts";
import { applyDocument } from "../support/acting.ts";
import { open } from "../support/deployed.ts";
import { type Stage, startStage, studioIn } from "../support/stage.ts";
import { type TokenIssuer, tokenIssuer } from "../support/token.ts";

const ISSUER = "https://login.example.com";
const RULE = "ingress tcp 7002 from 10.1.2.3/32";

let stage: Stage;
let issuer: TokenIssuer;

const withPeople = (document: MatrixDocument): MatrixDocument => ({
  ...document,
  people: { li: [`jwt:${ISSUER}#li`], wang: [`jwt:${ISSUER}#wang`] },
  exceptions: { ...document.exceptions, approvers: ["wang", "li"] },
});

beforeAll(async () => {
  stage = await startStage(null);
  await applyDocument(stage, studioIn("enforce"), withPeople);
  issuer = tokenIssuer(ISSUER);
  const handler = api(() => stage.aws);
  stage.account.api.serve((event, context) => handler(event, context), {
    routes,
    jwt: issuer.authorizer,
  });
});
afterAll(() => stage.stop());

/** Asks as a subject with these authorities. */
async function ask(sub: string, scopes: string, path: string, body?: unknown) {
  const exp = Math.floor(stage.aws.clock() / 1_000) + 600;
  const scope = scopes.replace(/\w+/g, "portward/$&");
  const token = issuer.sign({ iss: ISSUER, aud: "portward", sub, exp, scope });
  const response = await fetch(stage.account.url + path, {
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
  });
  const answer = (await response.json()) as { id: string; askHash: string; type: string };
  return { status: response.status, body: answer };
}

describe("a person with a token", () => {
  it("asks, may not answer himself, and another answers", async () => {
    const wish = { rule: RULE, group: stage.groups.deploy, minutes: 60, reason: "release" };
    const asked = await ask("li", "requester approver", "/exceptions", wish);
    expect(asked).toMatchObject({
      status: 201,
      body: { requester: { kind: "jwt", subject: "li" } },
    });
    const approve = `/exceptions/${asked.body.id}/approve`;
    const said = { hash: asked.body.askHash };
    expect((await ask("li", "approver", approve, said)).body.type).toMatch(/:own-request$/);
    expect(await ask("wang", "approver", approve, said)).toMatchObject({
      ...{ status: 200, body: { state: "approved" } },
    });
    await stage.later(3);
    expect(await stage.rules(stage.groups.deploy)).toContain(RULE);
  });

  it("whom the matrix names nowhere is somebody, and no approver", async () => {
    const wish = { rule: RULE, group: stage.groups.deploy, minutes: 30, reason: "release" };
    const asked = await ask("li", "requester", "/exceptions", wish);
    const approve = `/exceptions/${asked.body.id}/approve`;
    const answer = await ask("stranger", "approver", approve, { hash: asked.body.askHash });
    expect(answer).toMatchObject({
      status: 403,
      body: { type: expect.stringMatching(/:not-approver$/) },
    });
  });

  it.each([
    ["reader", "/exceptions", undefined, 200],
    ["requester", "/exceptions", undefined, 403],
    ["reader approver operator", "/exceptions", {}, 403],
    ["reader requester approver", "/audits", {}, 403],
    ["operator", "/audits", {}, 202],
    ["", "/status", undefined, 403],
  ])("with the scopes %j asks for %s: %s", async (scopes, path, body, status) => {
    expect((await ask("li", scopes, path, body)).status).toBe(status);
  });

  it("that is signed by nobody known, or over, is turned away", async () => {
    const other = tokenIssuer(ISSUER);
    const now = Math.floor(stage.aws.clock() / 1_000);
    const claims = { iss: ISSUER, aud: "portward", sub: "li", scope: "portward/reader" };
    const tokens = [
      other.sign({ ...claims, exp: now + 600 }),
      issuer.sign({ ...claims, exp: now - 1 }),
    ];
    for (const token of tokens) {
      const headers = { authorization: `Bearer ${token}` };
      expect((await fetch(`${stage.account.url}/status`, { headers })).status).toBe(401);
    }
  });
});

it("what was closed is asked for by a person with a token as well", async () => {
  await open(stage.as("tester"), stage.groups.deploy, ["ingress tcp 7002 from 10.9.9.9/32"]);
  await stage.idle();
  const [finding] = await stage.findings(stage.groups.deploy);
  const wish = { minutes: 30, reason: "needed" };
  const asked = await ask("li", "requester", `/findings/${finding?.id}/undo`, wish);
  expect(asked).toMatchObject({ status: 201, body: { rule: finding?.rule } });
});
