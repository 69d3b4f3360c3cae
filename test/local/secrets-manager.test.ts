import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Account, startAccount } from "../../local/account.ts";
import { clientConfig, errorName } from "./client-config.ts";

let account: Account;
let client: SecretsManagerClient;
beforeAll(async () => {
  account = await startAccount();
  client = new SecretsManagerClient(clientConfig(account));
});
afterAll(() => account.stop());

const create = (input: object) =>
  client.send(new CreateSecretCommand({ Name: "x", SecretString: "s", ...input }));
const put = (SecretId: string, input: object) =>
  client.send(new PutSecretValueCommand({ SecretId, ...input }));
const get = (SecretId: string, more: object = {}) =>
  client.send(new GetSecretValueCommand({ SecretId, ...more }));

describe("a secret", () => {
  it("has the value it was last given, by name and by ARN", async () => {
    const made = await create({ Name: "portward/slack", SecretString: "first" });
    expect(made.ARN).toMatch(
      /^arn:aws:secretsmanager:ap-southeast-1:111122223333:secret:portward\/slack-\w{6}$/,
    );
    expect((await get("portward/slack")).SecretString).toBe("first");
    const { VersionId } = await put("portward/slack", { SecretString: "second" });
    const names = ["portward/slack", made.ARN ?? "", made.ARN?.slice(0, -7) ?? ""];
    for (const name of names) {
      expect(await get(name)).toMatchObject({
        ARN: made.ARN,
        Name: "portward/slack",
        SecretString: "second",
        VersionId,
        VersionStages: ["AWSCURRENT"],
        CreatedDate: expect.any(Date),
      });
    }
  });

  it("is created once: the same request again is the same secret, another one is refused", async () => {
    const once = { Name: "once", SecretString: "s", ClientRequestToken: "t".repeat(32) };
    const first = await create(once);
    expect((await create(once)).ARN).toBe(first.ARN);
    expect(await errorName(create({ Name: "once", SecretString: "other" }))).toBe(
      "ResourceExistsException",
    );
    expect((await get("once")).SecretString).toBe("s");
  });

  it("does not change its value under one token", async () => {
    await create({ Name: "token" });
    const ClientRequestToken = "u".repeat(32);
    await put("token", { SecretString: "one", ClientRequestToken });
    expect(await errorName(put("token", { SecretString: "one", ClientRequestToken }))).toBe("none");
    expect(await errorName(put("token", { SecretString: "two", ClientRequestToken }))).toBe(
      "ResourceExistsException",
    );
  });

  it("is not found when it is not there, has no value, or not in that version", async () => {
    await create({ Name: "empty", SecretString: undefined });
    const tries = [
      get("nobody"),
      put("nobody", { SecretString: "s" }),
      get("empty"),
      get("token", { VersionStage: "AWSPREVIOUS" }),
      get("token", { VersionId: "v".repeat(32) }),
    ];
    const names = await Promise.all(tries.map(errorName));
    expect(names).toEqual(tries.map(() => "ResourceNotFoundException"));
    await expect(get("nobody")).rejects.toThrow("Secrets Manager can't find the specified secret.");
  });

  it.each([
    ["bytes", { Name: "b", SecretString: undefined, SecretBinary: new Uint8Array([1]) }],
    ["a name with a space", { Name: "a b" }],
    ["more than 64 KB", { Name: "big", SecretString: "x".repeat(65_537) }],
  ])("is refused with %s", async (_title, input) => {
    expect(await errorName(create(input))).toBe("InvalidParameterException");
  });

  it("is kept over a restart", async () => {
    const stateDir = mkdtempSync(join(tmpdir(), "portward-secrets-"));
    try {
      const before = await startAccount({ stateDir });
      before.secrets.put("kept", "value");
      await before.stop();
      const after = await startAccount({ stateDir });
      const there = new SecretsManagerClient(clientConfig(after));
      const { SecretString } = await there.send(new GetSecretValueCommand({ SecretId: "kept" }));
      expect(SecretString).toBe("value");
      await after.stop();
    } finally {
      rmSync(stateDir, { recursive: true, force: true });
    }
  });
});
