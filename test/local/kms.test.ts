import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateAliasCommand,
  CreateKeyCommand,
  DescribeKeyCommand,
  GenerateMacCommand,
  KMSClient,
  ListAliasesCommand,
  VerifyMacCommand,
} from "@aws-sdk/client-kms";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Account, startAccount } from "../../local/account.ts";
import { clientConfig, errorName } from "./client-config.ts";

let account: Account;
let kms: KMSClient;
let KeyId = "";
let KeyArn = "";
beforeAll(async () => {
  account = await startAccount();
  kms = new KMSClient(clientConfig(account));
  ({ KeyId, Arn: KeyArn } = await newKey());
});
afterAll(() => account.stop());

const hmac = { KeySpec: "HMAC_256", KeyUsage: "GENERATE_VERIFY_MAC" } as const;
const MacAlgorithm = "HMAC_SHA_256" as const;
const bytes = (text: string) => new TextEncoder().encode(text);

async function newKey(Description = "") {
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({ ...hmac, Description }));
  return { KeyId: KeyMetadata?.KeyId ?? "", Arn: KeyMetadata?.Arn ?? "" };
}

async function macOf(text: string, key = KeyId, client = kms): Promise<Uint8Array> {
  const command = new GenerateMacCommand({ KeyId: key, Message: bytes(text), MacAlgorithm });
  return (await client.send(command)).Mac ?? new Uint8Array();
}

const verify = (text: string, Mac: Uint8Array, key = KeyId, client = kms) =>
  client.send(new VerifyMacCommand({ KeyId: key, Message: bytes(text), Mac, MacAlgorithm }));

describe("a MAC", () => {
  it("is 32 bytes, the same each time, and valid", async () => {
    const mac = await macOf("exception e1 放");
    expect(mac).toHaveLength(32);
    expect(await macOf("exception e1 放")).toEqual(mac);
    expect(await verify("exception e1 放", mac)).toMatchObject({
      MacValid: true,
      KeyId: KeyArn,
      MacAlgorithm,
    });
  });

  it("is invalid for another message, under another key, cut off, or changed", async () => {
    const mac = await macOf("text");
    const changed = mac.map((byte, index) => (index === 31 ? byte ^ 1 : byte));
    const other = await newKey();
    const tries = [
      verify("texts", mac),
      verify("text", mac, other.KeyId),
      verify("text", mac.slice(0, 31)),
      verify("text", changed),
    ];
    const names = await Promise.all(tries.map(errorName));
    expect(new Set(names)).toEqual(new Set(["KMSInvalidMacException"]));
  });

  it("is made of up to 4,096 bytes", async () => {
    expect(await macOf("x".repeat(4096))).toHaveLength(32);
    expect(await errorName(macOf("x".repeat(4097)))).toBe("ValidationException");
    expect(await errorName(macOf(""))).toBe("ValidationException");
  });

  it("is made with the one algorithm of its key", async () => {
    const command = { KeyId, Message: bytes("x"), MacAlgorithm: "HMAC_SHA_512" } as const;
    expect(await errorName(kms.send(new GenerateMacCommand(command)))).toBe(
      "InvalidKeyUsageException",
    );
  });
});

describe("a key", () => {
  it("goes by its id, its ARN, its alias and its alias's ARN", async () => {
    const AliasName = "alias/portward-links";
    await kms.send(new CreateAliasCommand({ AliasName, TargetKeyId: KeyId }));
    const AliasArn = `arn:aws:kms:ap-southeast-1:111122223333:${AliasName}`;
    const mac = await macOf("text");
    for (const name of [KeyId, KeyArn, AliasName, AliasArn]) {
      expect((await verify("text", mac, name)).KeyId).toBe(KeyArn);
    }
    const { Aliases } = await kms.send(new ListAliasesCommand({ KeyId }));
    expect(Aliases).toMatchObject([{ AliasName, AliasArn, TargetKeyId: KeyId }]);
    const again = new CreateAliasCommand({ AliasName, TargetKeyId: KeyId });
    expect(await errorName(kms.send(again))).toBe("AlreadyExistsException");
  });

  it("is described as an HMAC key", async () => {
    const made = await newKey("links");
    const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: made.KeyId }));
    expect(KeyMetadata).toMatchObject({
      ...hmac,
      Arn: made.Arn,
      Description: "links",
      Enabled: true,
      KeyState: "Enabled",
      MacAlgorithms: [MacAlgorithm],
    });
  });

  it.each([
    ["an id", "0b6b2c1e-0000-4000-8000-000000000000"],
    ["an alias", "alias/nobody"],
    ["the ARN of another account", "arn:aws:kms:ap-southeast-1:999900001111:key/x"],
  ])("that does not exist is not found by %s", async (_title, key) => {
    expect(await errorName(macOf("text", key))).toBe("NotFoundException");
    expect(await errorName(kms.send(new DescribeKeyCommand({ KeyId: key })))).toBe(
      "NotFoundException",
    );
  });

  it("of another kind is refused", async () => {
    expect(await errorName(kms.send(new CreateKeyCommand({})))).toBe(
      "UnsupportedOperationException",
    );
  });

  it("is kept over a restart, alias and all", async () => {
    const stateDir = mkdtempSync(join(tmpdir(), "portward-keys-"));
    try {
      const before = await startAccount({ stateDir });
      before.keys.addAlias("alias/kept", before.keys.create().id);
      const mac = await macOf("text", "alias/kept", new KMSClient(clientConfig(before)));
      await before.stop();
      const after = await startAccount({ stateDir });
      const client = new KMSClient(clientConfig(after));
      expect((await verify("text", mac, "alias/kept", client)).MacValid).toBe(true);
      await after.stop();
    } finally {
      rmSync(stateDir, { recursive: true, force: true });
    }
  });
});
