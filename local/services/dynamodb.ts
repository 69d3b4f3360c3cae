// DynamoDB: dynalite behind our endpoint, without a port of its own. What dynalite would choke on
// is refused before it sees it. It has no streams, no transactions, no TTL and no backups.
import { EventEmitter, once } from "node:events";
import type { Server } from "node:http";
import dynalite from "dynalite";
import { AwsError } from "../wire/aws-error.ts";
import { jsonError, readInput, targetOf } from "../wire/json.ts";
import type { Answer, ServiceRequest } from "../wire/request.ts";
import type { Service } from "../wire/service.ts";
import { guarded, turnOnGuard } from "./guard.ts";

/** Where and whose the tables are. */
export interface DynamodbOptions {
  account: string;
  region: string;
  /** Where the tables are kept; in memory unless told. */
  path?: string;
}

/** DynamoDB, and how to ask it from inside the process. */
export interface Dynamodb {
  service: Service;
  /** Makes one call without the wire; throws an AwsError if it is refused. */
  call(action: string, input: object): Promise<Record<string, unknown>>;
  close(): Promise<void>;
}

const dialect = { version: "1.0", errorPrefix: "com.amazonaws.dynamodb.v20120810" } as const;
const contentType = "application/x-amz-json-1.0";
const api = "DynamoDB_20120810";

/** Opens the tables. */
export function openDynamodb(options: DynamodbOptions): Dynamodb {
  const server = createDynalite(options);
  const turnOff = turnOnGuard();
  return {
    service: {
      actionOf: targetOf,
      paramsOf: readInput,
      handle(request) {
        checkInput(request);
        const target = request.headers["x-amz-target"] ?? "";
        return ask(server, target, request.body);
      },
      errorAnswer: error => jsonError(error, dialect),
    },
    async call(action, input) {
      const answer = await ask(server, `${api}.${action}`, Buffer.from(JSON.stringify(input)));
      const result = JSON.parse(answer.body);
      if (answer.status === 200) return result;
      const code = String(result.__type).split("#").at(-1) ?? "";
      throw new AwsError(code, result.message ?? result.Message ?? code, answer.status);
    },
    async close() {
      if (options.path) await closeDatabase(server);
      turnOff();
    },
  };
}

/** dynalite reads account and region from the environment, once, and puts them into its ARNs. */
function createDynalite(options: DynamodbOptions): Server {
  const before = { ...process.env };
  process.env.AWS_ACCOUNT_ID = options.account;
  process.env.AWS_REGION = options.region;
  try {
    return dynalite({
      createTableMs: 0,
      deleteTableMs: 0,
      updateTableMs: 0,
      ...(options.path && { path: options.path }),
    });
  } finally {
    for (const name of ["AWS_ACCOUNT_ID", "AWS_REGION"]) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  }
}

/** Refuses what dynalite is known to fall over: odd bodies and names. */
function checkInput(request: ServiceRequest): void {
  const input = readInput(request);
  if (request.body.includes("__proto__")) {
    throw new AwsError("ValidationException", "The local account does not take the name __proto__");
  }
  const name = input.TableName;
  if (name !== undefined && (typeof name !== "string" || !/^[\w.-]{3,255}$/.test(name))) {
    const rule = "3 to 255 letters, digits, _ - and .";
    throw new AwsError("ValidationException", `TableName must be ${rule}`);
  }
}

/** Hands one request to dynalite and waits for its answer, or for what it threw. */
function ask(server: Server, target: string, body: Buffer): Promise<Answer> {
  return new Promise(resolve => {
    const fail = (thrown: unknown) => {
      const text = thrown instanceof Error ? thrown.message : String(thrown);
      resolve(jsonError(new AwsError("InternalServerError", text, 500), dialect));
    };
    guarded(() => {
      const request = requestFor(target);
      server.emit("request", request, responseTo(resolve));
      request.emit("data", body);
      request.emit("end");
    }, fail);
  });
}

/** As much of a request as dynalite looks at; who signed has been settled before. */
function requestFor(target: string): EventEmitter {
  const authorization = "AWS4-HMAC-SHA256 Credential=local, SignedHeaders=host, Signature=none";
  const headers = {
    "content-type": contentType,
    "x-amz-target": target,
    "x-amz-date": "20000101T000000Z",
    authorization,
  };
  return Object.assign(new EventEmitter(), { method: "POST", url: "/", headers });
}

/** As much of a response as dynalite writes to. */
function responseTo(resolve: (answer: Answer) => void) {
  const headers: Record<string, string> = {};
  return {
    statusCode: 200,
    setHeader(name: string, value: unknown) {
      const key = name.toLowerCase();
      if (key === "x-amzn-requestid" || key === "x-amz-crc32") headers[key] = String(value);
    },
    end(body: string) {
      resolve({ status: this.statusCode, contentType, body: body ?? "", headers });
    },
  };
}

/** dynalite closes its database only behind a server that listens. */
async function closeDatabase(server: Server): Promise<void> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  await new Promise<void>((resolve, reject) => {
    server.close(error => (error ? reject(error) : resolve()));
  });
}
