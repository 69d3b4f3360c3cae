// Every other route of the API over signed HTTP: what it shows, what it starts, and who may call it.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { routes } from "../../functions/wiring/routes.ts";
import { type ApiStage, type Call, hand, JSON_TYPE, startApi } from "../support/api.ts";
import { signedFetch } from "../support/signed.ts";
import { studioIn } from "../support/stage.ts";

let stage: ApiStage;
let alice: Call;
beforeAll(async () => {
  stage = await startApi();
  alice = stage.ask("alice");
});
afterAll(() => stage.stop());

const announced = (id: string) =>
  stage.account.bus.events().filter(({ detail }) => (detail as { id?: string }).id === id);

describe("what the API shows", () => {
  it("is that it answers, and its own description", async () => {
    expect(await alice("GET", "/health")).toMatchObject({ status: 200, body: { status: "ok" } });
    const { body } = await alice("GET", "/openapi.json");
    expect(Object.keys(body.paths)).toContain("/exceptions/{id}/approve");
  });

  it("is what is in force", async () => {
    const { body } = await alice("GET", "/status");
    expect(body).toMatchObject({
      ...{ account: "111122223333", stage: "local", queued: 0, deadLetters: 0 },
      matrix: { name: "funai-studio", mode: "enforce", version: 1 },
    });
  });

  it("is the matrix in force, and every version that was", async () => {
    const { body } = await alice("GET", "/matrix");
    expect(body).toMatchObject({
      ...{ version: 1, parent: 0, note: "first", by: "test", active: true },
      document: { matrix: "funai-studio", mode: "enforce" },
    });
    expect(await alice("GET", "/matrix?version=1")).toMatchObject({ status: 200, body });
    const none = await alice("GET", "/matrix?version=7");
    expect(none).toMatchObject({ status: 404, body: { type: "urn:portward:problem:no-version" } });
  });

  it("is a finding, by its id or as one of a list", async () => {
    const { deploy, api } = stage.groups;
    await stage.open(deploy, "ingress tcp 22 from 0.0.0.0/0", "ingress tcp 23 from 0.0.0.0/0");
    await stage.open(api, "ingress tcp 25 from 0.0.0.0/0");
    await stage.idle();
    const { body } = await alice("GET", `/findings?group=${deploy}`);
    expect(body.items.map(({ rule }: { rule: string }) => rule).sort()).toEqual([
      ...["ingress tcp 22 from 0.0.0.0/0", "ingress tcp 23 from 0.0.0.0/0"],
    ]);
    const [{ id }] = body.items;
    expect((await alice("GET", `/findings/${id}`)).body).toEqual(body.items[0]);
  });

  it.each([
    ["outcome=closed", 3],
    ["outcome=restored", 0],
    ["state=over", 3],
    ["state=open", 0],
    ["since=2999-01-01T00:00Z", 0],
    ["since=2020-01-01T00:00Z", 3],
  ])("is the findings of %s", async (query, count) => {
    expect((await alice("GET", `/findings?${query}`)).body.items).toHaveLength(count);
  });

  it("is every finding once, page by page, over days", async () => {
    const { deploy } = stage.groups;
    for (let day = 0; day < 13; day += 6) {
      await stage.later(6 * 86_400);
      const rules = [1, 2].map(n => `ingress tcp ${9_000 + day * 10 + n} from 0.0.0.0/0`);
      await stage.open(deploy, ...rules);
      await stage.idle();
    }
    const all = (await alice("GET", "/findings?limit=100")).body.items;
    expect(all).toHaveLength(9);
    const seen: unknown[] = [];
    let next: string | undefined;
    for (let page = 0; page < 9; page++) {
      const { body } = await alice("GET", `/findings?limit=2${next ? `&cursor=${next}` : ""}`);
      seen.push(...body.items);
      next = body.next;
      if (next === undefined) break;
    }
    expect(seen).toEqual(all);
  });
});

describe("what another function does", () => {
  it("is stored, announced and shown under its address", async () => {
    const { status, body, headers } = await alice("POST", "/audits");
    expect({ status, state: body.state }).toEqual({ status: 202, state: "requested" });
    expect(announced(body.id)).toMatchObject([{ detail: { id: body.id, kind: "audit" } }]);
    const where = headers.get("location") ?? "";
    expect(await alice("GET", where)).toMatchObject({ status: 200, body: { id: body.id } });
    await stage.account.idle();
    expect((await alice("GET", where)).body).toMatchObject({
      ...{ state: "done", result: { groups: expect.any(Number), findings: expect.any(Array) } },
    });
    expect((await alice("GET", `/matrix/plans/${body.id}`)).status).toBe(404);
  });

  it.each([
    ["text", { text: studioIn("revoke") }],
    ["a document", { document: { matrix: "m", groups: { api: { name: "funai-api" } } } }],
    ["files", { files: [{ name: "a.yaml", text: studioIn("revoke") }] }],
  ])("takes a matrix as %s", async (_, body) => {
    const { status, headers } = await alice("POST", "/matrix/plan", body);
    expect(status).toBe(202);
    await stage.account.idle();
    expect((await alice("GET", headers.get("location") ?? "")).body).toMatchObject({
      ...{ kind: "plan", state: "done", result: { id: expect.stringMatching(/^p-/) } },
    });
  });

  it("takes a matrix that was planned on the version in force, and no other", async () => {
    const body = { text: studioIn("revoke"), planId: "p-feci5krfm5sp", version: 1, note: "calmer" };
    const taken = await alice("PUT", "/matrix", body);
    expect(taken).toMatchObject({ status: 202, body: { kind: "apply", state: "requested" } });
    const moved = await alice("PUT", "/matrix", { ...body, version: 3 });
    expect(moved).toMatchObject({ status: 409, body: { type: "urn:portward:problem:moved" } });
  });

  it("is given no matrix that is none: every problem is named with its place", async () => {
    const text =
      "matrix: m\ngroups: { api: { name: api } }\nflows:\n  - { from: x, to: api, ports: 80/443 }\n";
    const { status, body } = await alice("POST", "/matrix/plan", { text });
    expect({ status, count: body.problems.length }).toEqual({ status: 400, count: 2 });
    expect(body.problems[0].message).toMatch(/^matrix\.yaml:4:\d+: /);
  });

  it.each([[{}], [{ text: "matrix: m", files: [{ name: "a", text: "matrix: m" }] }]])(
    "takes exactly one form of a matrix, not %j",
    async body => {
      const { status } = await alice("POST", "/matrix/plan", body);
      expect(status).toBe(400);
    },
  );
});

describe("a pause", () => {
  it("is started, shown, told and ended", async () => {
    const wish = { action: "pause", minutes: "2h", reason: "migration" };
    expect(await alice("POST", "/pauses", wish)).toMatchObject({
      ...{ status: 201, body: { kind: "pause", reason: "migration" } },
    });
    expect((await alice("GET", "/status")).body.pauses).toMatchObject([{ reason: "migration" }]);
    expect(stage.alerts().at(-1)?.subject).toMatch(/^PAUSED/);
    const resume = { action: "resume" };
    expect(await alice("POST", "/pauses", resume)).toMatchObject({ status: 200 });
    expect(await alice("POST", "/pauses", resume)).toMatchObject({ status: 409 });
  });

  it("of more than a day is refused", async () => {
    const wish = { action: "pause", minutes: "25h", reason: "holiday" };
    const type = "urn:portward:problem:too-long";
    expect(await alice("POST", "/pauses", wish)).toMatchObject({ status: 400, body: { type } });
  });
});

describe("who may call", () => {
  const owned = routes.filter(({ authority }) => authority !== "public");
  const pathOf = (path: string) => path.replace(/\{\w+\}/g, "x-1");
  const token = (scopes: string[]) => ({
    jwt: { claims: { iss: "https://id.example.com", sub: "u1" }, scopes },
  });
  const wantsBody = (method: string) => (method === "GET" ? {} : { body: {} });

  it.each(owned)("$method $path refuses whoever nobody has checked", async ({ method, path }) => {
    for (const authorizer of [undefined, {}, { iam: {} }, { lambda: { ok: true } }, { jwt: {} }]) {
      const wish = { method, path: pathOf(path), authorizer, ...wantsBody(method) };
      const { status, body } = await hand(stage.aws, wish);
      expect({ status, type: body.type }).toEqual({
        ...{ status: 403, type: "urn:portward:problem:no-caller" },
      });
    }
  });

  it.each(owned)("$method $path needs its own scope, and no other will do", async route => {
    const { method, path, authority } = route;
    const all = ["reader", "requester", "approver", "operator"];
    const others = all.filter(one => one !== authority).map(one => `portward/${one}`);
    const ask = (scopes: string[]) =>
      hand(stage.aws, {
        method,
        path: pathOf(path),
        authorizer: token(scopes),
        ...wantsBody(method),
      });
    expect((await ask([...others, authority, "portward/"])).status).toBe(403);
    expect((await ask([`portward/${authority}`])).status).not.toBe(403);
  });

  it.each(owned)("$method $path is closed to an identity without a right", async route => {
    const { method, path, authority } = route;
    const ask = signedFetch(stage.account, "AKIASTRANGER");
    const body = method === "GET" ? {} : { headers: JSON_TYPE, body: "{}" };
    const { status } = await ask(pathOf(path), { method, ...body });
    if (authority === "reader") expect(status).not.toBe(403);
    else expect(status).toBe(403);
  });

  it("a role session is nobody: it may read, and ask for nothing", async () => {
    const userArn = "arn:aws:sts::111122223333:assumed-role/deployer/wang";
    const authorizer = { iam: { userArn } };
    expect((await hand(stage.aws, { path: "/status", authorizer })).status).toBe(200);
    const body = {
      rule: "ingress tcp 22 from 10.1.2.3/32",
      group: stage.groups.deploy,
      minutes: 5,
      reason: "x",
    };
    const asked = await hand(stage.aws, { method: "POST", path: "/exceptions", body, authorizer });
    expect(asked).toMatchObject({ status: 403, body: { type: "urn:portward:problem:nobody" } });
  });
});
