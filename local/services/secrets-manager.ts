// Secrets Manager on the wire: create, put and get a text. Binary secrets, older versions, stages
// but AWSCURRENT, rotation and deletion are refused or not there.
// https://docs.aws.amazon.com/secretsmanager/latest/apireference/
import type { Secret, Secrets } from "../secrets.ts";
import { AwsError } from "../wire/aws-error.ts";
import { type JsonObject, optionalText } from "../wire/input.ts";
import { jsonService } from "../wire/json.ts";
import type { Service } from "../wire/service.ts";

const current = "AWSCURRENT";
const maxBytes = 65_536;

/** Secrets Manager over the account's secrets. */
export function secretsService(secrets: Secrets): Service {
  return jsonService(
    { version: "1.1" },
    {
      CreateSecret: input => create(secrets, input),
      PutSecretValue: input => put(secrets, input),
      GetSecretValue(input) {
        const secret = secretOf(secrets, input);
        const stage = optionalText(input, "VersionStage") ?? current;
        const versionId = optionalText(input, "VersionId") ?? secret.versionId;
        if (stage !== current || secret.value === undefined) {
          throw missing(`secret value for staging label: ${stage}`);
        }
        if (versionId !== secret.versionId)
          throw missing(`secret value for VersionId: ${versionId}`);
        return {
          ...summary(secret),
          SecretString: secret.value,
          VersionStages: [current],
          CreatedDate: secret.at / 1000,
        };
      },
    },
  );
}

function create(secrets: Secrets, input: JsonObject): object {
  const name = optionalText(input, "Name") ?? "";
  if (!/^[\w/+=.@-]{1,512}$/.test(name)) {
    const allowed = "alphanumeric characters, or any of the following: -/_+=.@!";
    throw invalid(`Invalid name. Must be a valid name containing ${allowed}`);
  }
  const value = textOf(input);
  const token = optionalText(input, "ClientRequestToken");
  const known = secrets.find(name);
  if (!known) return summary(secrets.put(name, value, token));
  if (!isRetry(known, value, token)) {
    throw exists(`The operation failed because the secret ${name} already exists.`);
  }
  return summary(known);
}

function put(secrets: Secrets, input: JsonObject): object {
  const known = secretOf(secrets, input);
  const value = textOf(input);
  const token = optionalText(input, "ClientRequestToken");
  if (value === undefined) throw invalid("You must provide SecretString.");
  if (token !== undefined && token === known.versionId && value !== known.value) {
    throw exists("A resource with the ID you requested already exists.");
  }
  const secret = isRetry(known, value, token) ? known : secrets.put(known.name, value, token);
  return { ...summary(secret), VersionStages: [current] };
}

function isRetry(known: Secret, value: string | undefined, token: string | undefined): boolean {
  return token !== undefined && token === known.versionId && value === known.value;
}

function textOf(input: JsonObject): string | undefined {
  if (input.SecretBinary != null) throw invalid("The local account has no binary secrets.");
  const value = optionalText(input, "SecretString");
  if (value === "") throw invalid("SecretString must not be empty.");
  if (value !== undefined && Buffer.byteLength(value) > maxBytes) {
    throw invalid(`SecretString is above ${maxBytes} bytes.`);
  }
  return value;
}

function secretOf(secrets: Secrets, input: JsonObject): Secret {
  const secret = secrets.find(optionalText(input, "SecretId") ?? "");
  if (!secret) throw missing("secret.");
  return secret;
}

function summary(secret: Secret) {
  return { ARN: secret.arn, Name: secret.name, VersionId: secret.versionId };
}

function missing(what: string): AwsError {
  const told = `Secrets Manager can't find the specified ${what}`;
  return new AwsError("ResourceNotFoundException", told);
}

function exists(message: string): AwsError {
  return new AwsError("ResourceExistsException", message);
}

function invalid(message: string): AwsError {
  return new AwsError("InvalidParameterException", message);
}
