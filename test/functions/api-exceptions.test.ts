// Exceptions over signed HTTP on the local account, on a clock the test moves: reverted, asked for,
// approved by another, opened, closed; and what is refused on the way.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ApiStage, type Call, startApi } from "../support/api.ts";

const RULE = "ingress tcp 7002 from 10.1.2.3/32";

let stage: ApiStage;
let tester: Call;
let alice: Call;
let bob: Call;
beforeAll(async () => {
  stage = await startApi();
  [tester, alice, bob] = [stage.ask("tester"), stage.ask("alice"), stage.ask("bob")];
});
afterAll(() => stage.stop());

const wish = (more: object = {}) => ({
  ...{ rule: RULE, group: stage.groups.deploy, minutes: "1h", reason: "release" },
  ...more,
});

async function asked(
  call: Call = tester,
  more: object = {},
): Promise<{ id: string; hash: string }> {
  const { status, body } = await call("POST", "/exceptions", wish(more));
  if (status !== 201) throw new Error(`${status} ${JSON.stringify(body)}`);
  return { id: body.id, hash: body.askHash };
}

/** Lets minutes pass and the sweep run at the end of them. */
async function pass(minutes: number): Promise<void> {
  await stage.later(minutes * 60);
  await stage.sweep();
}

/** Takes back whatever the tester has open, so that the next test has all slots. */
async function tidy(): Promise<void> {
  const { body } = await tester("GET", "/exceptions?limit=100");
  for (const { id, state } of body.items) {
    if (/requested|approved|active/.test(state)) await tester("POST", `/exceptions/${id}/withdraw`);
  }
  await pass(1);
}

describe("what was reverted", () => {
  it("is asked for, approved by another, opened, and closed at the end", async () => {
    const { deploy } = stage.groups;
    const before = await stage.rules(deploy);
    await stage.open(deploy, RULE);
    await stage.idle();
    expect(await stage.rules(deploy)).toEqual(before);
    const listed = await tester("GET", `/findings?group=${deploy}&limit=1`);
    const { id: finding } = listed.body.items[0];
    const undo = { minutes: 60, reason: "release" };
    const request = await tester("POST", `/findings/${finding}/undo`, undo);
    expect(request).toMatchObject({
      status: 201,
      body: { rule: RULE, state: "requested", finding },
    });
    const { id, askHash: hash } = request.body;
    expect(request.headers.get("location")).toBe(`/exceptions/${id}`);

    const self = await alice("POST", `/exceptions/${(await asked(alice)).id}/approve`, { hash });
    expect(self).toMatchObject({ status: 403, body: { type: "urn:portward:problem:own-request" } });
    const approve = await bob("POST", `/exceptions/${id}/approve`, { hash, note: "go" });
    expect(approve).toMatchObject({ status: 200, body: { id, state: "approved" } });
    await pass(1);
    expect(await stage.rules(deploy)).toContain(RULE);
    await pass(60);
    expect(await stage.rules(deploy)).toEqual(before);
    const shown = await tester("GET", `/exceptions/${id}`);
    expect(shown.body.history.map(({ action }: { action: string }) => action)).toEqual([
      ...["request", "approve", "start", "end"],
    ]);
    await tidy();
  });

  it("cannot be approved by whoever made the rule", async () => {
    const { deploy } = stage.groups;
    const { IpPermissions, GroupId } = {
      GroupId: deploy,
      IpPermissions: [
        { IpProtocol: "tcp", FromPort: 7003, ToPort: 7003, IpRanges: [{ CidrIp: "10.1.2.4/32" }] },
      ],
    };
    const { AuthorizeSecurityGroupIngressCommand } = await import("@aws-sdk/client-ec2");
    await stage
      .as("bob")
      .send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions }));
    await stage.idle();
    const { body } = await tester("GET", `/findings?group=${deploy}&limit=1`);
    const undo = await tester("POST", `/findings/${body.items[0].id}/undo`, {
      minutes: 5,
      reason: "x",
    });
    const { id, askHash: hash } = undo.body;
    const own = await bob("POST", `/exceptions/${id}/approve`, { hash });
    expect(own).toMatchObject({ status: 403, body: { type: "urn:portward:problem:own-rule" } });
    expect(await alice("POST", `/exceptions/${id}/approve`, { hash })).toMatchObject({
      status: 200,
    });
    await tidy();
  });
});

describe("an approval", () => {
  it("is bound to what was shown", async () => {
    const { id, hash } = await asked();
    const other = `${hash.slice(1)}${hash[0] === "0" ? "1" : "0"}`;
    const changed = await alice("POST", `/exceptions/${id}/approve`, { hash: other });
    expect(changed).toMatchObject({ status: 409, body: { type: "urn:portward:problem:changed" } });
    const blind = await alice("POST", `/exceptions/${id}/approve`, {});
    expect(blind).toMatchObject({ status: 400, body: { problems: [{ path: "hash" }] } });
    expect((await tester("GET", `/exceptions/${id}`)).body.state).toBe("requested");
    await tidy();
  });

  it("is one of two that come at once", async () => {
    const { id, hash } = await asked();
    const both = await Promise.all(
      [alice, bob].map(call => call("POST", `/exceptions/${id}/approve`, { hash })),
    );
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
    await tidy();
  });

  it.each(["reject", "withdraw"] as const)("is too late after %s", async step => {
    const { id, hash } = await asked();
    const by = step === "reject" ? alice : tester;
    const done = await by("POST", `/exceptions/${id}/${step}`, { note: "no" });
    expect(done).toMatchObject({
      status: 200,
      body: { state: `${step}${step === "reject" ? "ed" : "n"}` },
    });
    const late = await bob("POST", `/exceptions/${id}/approve`, { hash });
    expect(late).toMatchObject({ status: 409, body: { type: "urn:portward:problem:state" } });
  });

  it("lets its requester ask for more time, which is a new one", async () => {
    const { id, hash } = await asked();
    await alice("POST", `/exceptions/${id}/approve`, { hash });
    const more = await tester("POST", `/exceptions/${id}/extend`, { minutes: 30, reason: "late" });
    expect(more).toMatchObject({ status: 201, body: { state: "requested", extends: id } });
    await tidy();
  });
});

describe("a request", () => {
  it("is a flow in the words of the matrix", async () => {
    const words = {
      from: "10.1.2.3",
      to: "deploy",
      ports: "tcp 7002",
      minutes: 120,
      reason: "x",
    };
    const { status, body } = await tester("POST", "/exceptions", words);
    expect({ status, groups: body.groups }).toEqual({ status: 201, groups: [stage.groups.deploy] });
    expect(body.end - body.start).toBe(120 * 60_000);
    await tidy();
  });

  it("names every word that is wrong, with its cure", async () => {
    const words = { from: "nobody", to: "deploi", ports: "80/443", minutes: 60, reason: "x" };
    const { status, body } = await tester("POST", "/exceptions", words);
    expect(status).toBe(400);
    expect(body.problems).toHaveLength(3);
    expect(body.problems.every(({ cure }: { cure?: string }) => cure)).toBe(true);
  });

  it.each([
    ["too long", { minutes: "9h" }, 400, "too-long"],
    ["over when it is asked for", { start: "2020-01-01T00:00Z" }, 409, "over"],
    [
      "for the world where a forbid stands",
      { rule: "ingress tcp 22 from 0.0.0.0/0" },
      403,
      "forbidden",
    ],
    ["for a group that is not there", { group: "sg-00000000" }, 400, "group-unknown"],
    ["alone where nobody may", { breakGlass: true, minutes: 5 }, 403, "no-break-glass"],
  ])("%s is refused with its reason", async (_, more, status, code) => {
    const refusal = await tester("POST", "/exceptions", wish(more));
    const type = `urn:portward:problem:${code}`;
    expect(refusal).toMatchObject({ status, body: { type } });
  });

  it.each([
    [{ minutes: 0 }, "minutes"],
    [{ minutes: "2 hours" }, "minutes"],
    [{ minutes: 1.5 }, "minutes"],
    [{ reason: "" }, "reason"],
    [{ reason: "x".repeat(501) }, "reason"],
    [{ start: "tomorrow" }, "start"],
    [{ open: "yes" }, "open"],
    [{ group: "web" }, "group"],
  ])("with %j names what is wrong", async (more, path) => {
    const { status, body } = await tester("POST", "/exceptions", wish(more));
    expect({ status, paths: body.problems.map((p: { path: string }) => p.path) }).toEqual({
      ...{ status: 400, paths: [path] },
    });
  });

  it("beyond what one person may have is refused with 429", async () => {
    const many = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        tester("POST", "/exceptions", wish({ reason: `${index}` })),
      ),
    );
    const statuses = many.map(({ status }) => status).sort();
    expect(statuses).toEqual([201, 201, 201, 201, 201, 429, 429, 429]);
    await tidy();
  });
});

describe("a list", () => {
  it("has every exception once, newest first, page by page", async () => {
    const { body } = await tester("GET", "/exceptions?limit=100");
    const all = body.items.map(({ id }: { id: string }) => id);
    expect(all.length).toBeGreaterThan(6);
    expect(all.toSorted().toReversed()).toEqual(all);
    const seen: string[] = [];
    let query = "?limit=4";
    for (let page = 0; page < all.length; page++) {
      const { body: some } = await tester("GET", `/exceptions${query}`);
      expect(some.items.length).toBeLessThanOrEqual(4);
      seen.push(...some.items.map(({ id }: { id: string }) => id));
      if (!some.next) break;
      query = `?limit=4&cursor=${some.next}`;
    }
    expect(seen).toEqual(all);
  });

  it("is of one state where that is asked for", async () => {
    const { body } = await tester("GET", "/exceptions?state=rejected");
    expect(body.items.map(({ state }: { state: string }) => state)).toEqual(["rejected"]);
  });
});
