// KMS on the wire: HMAC keys with one algorithm, HMAC_SHA_256, and aliases. It does not encrypt or
// sign. https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateMac.html
import { timingSafeEqual } from "node:crypto";
import { type Key, type Keys, macOf } from "../keys.ts";
import { AwsError } from "../wire/aws-error.ts";
import { breaks, neededText } from "../wire/constraint.ts";
import { type JsonObject, optionalInteger, optionalText } from "../wire/input.ts";
import { jsonService } from "../wire/json.ts";
import type { Service } from "../wire/service.ts";

const spec = "HMAC_256";
const usage = "GENERATE_VERIFY_MAC";
const algorithm = "HMAC_SHA_256";
const maxMessage = 4096;
const pageSize = 50;

/** KMS over the account's keys. */
export function kmsService(keys: Keys): Service {
  return jsonService(
    { version: "1.1" },
    {
      GenerateMac(input) {
        const { key, message } = macInput(keys, input);
        const Mac = macOf(key, message).toString("base64");
        return { Mac, MacAlgorithm: algorithm, KeyId: key.arn };
      },
      VerifyMac(input) {
        const { key, message } = macInput(keys, input);
        const given = blob(input, "Mac");
        const right = macOf(key, message);
        // KMS says no more than that: the exception has no words.
        if (given.length !== right.length || !timingSafeEqual(given, right)) {
          throw new AwsError("KMSInvalidMacException", "");
        }
        return { KeyId: key.arn, MacAlgorithm: algorithm, MacValid: true };
      },
      DescribeKey: (input, { caller }) => ({
        KeyMetadata: described(keyOf(keys, input), caller.account),
      }),
      CreateKey(input, { caller }) {
        const isHmac = input.KeySpec === spec && input.KeyUsage === usage;
        if (!isHmac) {
          const only = `only KeySpec ${spec} with KeyUsage ${usage}`;
          throw new AwsError("UnsupportedOperationException", `The local account has ${only}.`);
        }
        const key = keys.create(optionalText(input, "Description"));
        return { KeyMetadata: described(key, caller.account) };
      },
      CreateAlias(input) {
        const name = neededText(input, "AliasName");
        if (!/^alias\/[\w/-]{1,250}$/.test(name) || name.startsWith("alias/aws/")) {
          throw invalid(`Alias must start with the prefix "alias/" and may not use it for aws.`);
        }
        if (keys.aliases().some(alias => alias.name === name)) {
          const told = `An alias with the name ${keys.arnOf(name)} already exists`;
          throw new AwsError("AlreadyExistsException", told);
        }
        keys.addAlias(name, keyOf(keys, input, "TargetKeyId").id);
        return undefined;
      },
      ListAliases: input => list(keys, input),
    },
  );
}

function macInput(keys: Keys, input: JsonObject): { key: Key; message: Buffer } {
  const message = blob(input, "Message");
  if (message.length < 1 || message.length > maxMessage) {
    throw breaks(`Member must have length between 1 and ${maxMessage}`, "message");
  }
  const key = keyOf(keys, input);
  const wanted = neededText(input, "MacAlgorithm");
  if (wanted !== algorithm) {
    const told = `Algorithm ${wanted} is incompatible with key spec ${spec}.`;
    throw new AwsError("InvalidKeyUsageException", told);
  }
  return { key, message };
}

function list(keys: Keys, input: JsonObject): object {
  const key = optionalText(input, "KeyId") === undefined ? undefined : keyOf(keys, input);
  const found = keys.aliases().filter(alias => key === undefined || alias.keyId === key.id);
  const start = Number(optionalText(input, "Marker") ?? 0);
  if (!Number.isInteger(start)) throw new AwsError("InvalidMarkerException", "Unknown marker.");
  const end = start + (optionalInteger(input, "Limit", 1, 100) ?? pageSize);
  const Aliases = found.slice(start, end).map(({ name, keyId, createdAt }) => ({
    AliasName: name,
    AliasArn: keys.arnOf(name),
    TargetKeyId: keyId,
    CreationDate: createdAt / 1000,
  }));
  const isCut = end < found.length;
  return { Aliases, Truncated: isCut, ...(isCut && { NextMarker: String(end) }) };
}

function described(key: Key, account: string): object {
  return {
    AWSAccountId: account,
    KeyId: key.id,
    Arn: key.arn,
    CreationDate: key.createdAt / 1000,
    Enabled: true,
    Description: key.description,
    KeyUsage: usage,
    KeyState: "Enabled",
    Origin: "AWS_KMS",
    KeyManager: "CUSTOMER",
    CustomerMasterKeySpec: spec,
    KeySpec: spec,
    MacAlgorithms: [algorithm],
    MultiRegion: false,
  };
}

function keyOf(keys: Keys, input: JsonObject, field = "KeyId"): Key {
  const reference = neededText(input, field);
  const key = keys.find(reference);
  if (key) return key;
  const isAlias = /(^|:)alias\//.test(reference);
  const arn = reference.startsWith("arn:")
    ? reference
    : keys.arnOf(isAlias ? reference : `key/${reference}`);
  const told = isAlias ? `Alias ${arn} is not found.` : `Key '${arn}' does not exist`;
  throw new AwsError("NotFoundException", told);
}

/** Reads bytes, which are base64 on the wire. */
function blob(input: JsonObject, name: string): Buffer {
  return Buffer.from(neededText(input, name), "base64");
}

function invalid(message: string): AwsError {
  return new AwsError("ValidationException", message);
}
