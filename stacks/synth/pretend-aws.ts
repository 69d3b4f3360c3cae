// Answers what AWS would answer about resources nobody creates, as far as the stacks and SST's
// components look at it. What it does not know it refuses, so that nothing is answered by chance.
import type { Inputs, Made, Provider, Registration, Whereabouts } from "./resource.ts";

const DNS_SUFFIX: Readonly<Record<string, string>> = { "aws-cn": "amazonaws.com.cn" };

/** Makes a provider that pretends to be AWS somewhere. */
export function pretendAws(place: Whereabouts): Provider {
  return {
    newResource: registration => made(place, registration),
    call: ({ token, inputs }) => answer(place, token, inputs),
  };
}

/** The end of the domain names of a partition. */
export const dnsSuffixOf = ({ partition }: Whereabouts): string =>
  DNS_SUFFIX[partition] ?? "amazonaws.com";

function made(
  place: Whereabouts,
  { type, name, inputs, id: existing, custom }: Registration,
): Made {
  if (!custom && !type.startsWith("aws:")) return { id: "", state: { ...inputs } };
  // What is read is named by its id; what is made without a name, as the program calls it.
  const physical = existing || String(inputs.name ?? inputs.bucket ?? name);
  const arn = arnOf(place, type, physical);
  const { id = physical, ...more } = specials(place, type, { name, physical, arn, inputs });
  return { id, state: { name: physical, ...inputs, arn, ...more } };
}

const ARN_TAIL: Readonly<Record<string, (name: string) => string>> = {
  Table: name => `table/${name}`,
  Function: name => `function:${name}`,
  Role: name => `role/${name}`,
  Key: name => `key/${name}`,
  EventRule: name => `rule/${name}`,
  LogGroup: name => `log-group:${name}`,
  MetricAlarm: name => `alarm:${name}`,
  ScheduleGroup: name => `schedule-group/${name}`,
  SecurityGroup: name => `security-group/${name}`,
};

const SERVICE: Readonly<Record<string, string>> = { eventRule: "events", logGroup: "logs" };

function arnOf({ partition, region, account }: Whereabouts, type: string, name: string): string {
  const [, module = "", kind = ""] = type.split(":");
  const [service = "", resource = ""] = module.split("/");
  const tail = ARN_TAIL[kind]?.(name) ?? name;
  const place = service === "iam" ? `:${account}` : service === "s3" ? ":" : `${region}:${account}`;
  return `arn:${partition}:${SERVICE[resource] ?? service}:${place}:${tail}`;
}

function specials(
  place: Whereabouts,
  type: string,
  one: { name: string; physical: string; arn: string; inputs: Inputs },
): { id?: string } & Record<string, unknown> {
  const { partition, region, account } = place;
  const zeros = (length: unknown) => Buffer.alloc(Number(length));
  switch (type) {
    case "aws:sqs/queue:Queue": {
      const url = `https://sqs.${region}.${dnsSuffixOf(place)}/${account}/${one.physical}`;
      return { id: url, url };
    }
    case "aws:sns/topic:Topic":
      return { id: one.arn };
    case "aws:lambda/function:Function": {
      const path = "lambda:path/2015-03-31/functions";
      const invokeArn = `arn:${partition}:apigateway:${region}:${path}/${one.arn}/invocations`;
      return { invokeArn, qualifiedArn: `${one.arn}:$LATEST` };
    }
    case "aws:apigatewayv2/api:Api": {
      const id = one.name.toLowerCase();
      const executionArn = `arn:${partition}:execute-api:${region}:${account}:${id}`;
      const apiEndpoint = `https://${id}.execute-api.${region}.${dnsSuffixOf(place)}`;
      return { id, apiEndpoint, executionArn };
    }
    case "aws:ec2/securityGroup:SecurityGroup":
      return { id: `sg-${Buffer.from(one.name).toString("hex").slice(0, 17)}` };
    case "aws:kms/key:Key":
      return { keyId: one.physical };
    case "random:index/randomBytes:RandomBytes":
      return { base64: zeros(one.inputs.length).toString("base64") };
    case "random:index/randomId:RandomId":
      return { hex: zeros(one.inputs.byteLength).toString("hex") };
    default:
      return {};
  }
}

function answer(place: Whereabouts, token: string, inputs: Inputs): Record<string, unknown> {
  const { partition, region, account } = place;
  switch (token) {
    case "aws:index/getRegion:getRegion":
      return { id: region, name: region, region, description: "" };
    case "aws:index/getCallerIdentity:getCallerIdentity":
      return {
        id: account,
        accountId: account,
        arn: `arn:${partition}:sts::${account}:assumed-role/Deployer/somebody`,
        userId: "AROAEXAMPLEDEPLOYER:somebody",
      };
    case "aws:index/getPartition:getPartition":
      return { id: partition, partition, dnsSuffix: dnsSuffixOf(place), reverseDnsPrefix: "" };
    case "aws:ssm/getParametersByPath:getParametersByPath":
      return { ...inputs, id: inputs.path, names: [], values: [], arns: [], types: [] };
    case "aws:iam/getPolicyDocument:getPolicyDocument": {
      // Like the provider: an empty document has no statements.
      const statements = (inputs.statements as PolicyStatement[] | undefined) ?? [];
      const json = JSON.stringify(policyDocument(statements));
      return { ...inputs, statements: statements.length > 0 ? statements : undefined, json };
    }
    default:
      throw new Error(`nobody pretends to know the provider function ${token}`);
  }
}

interface PolicyStatement {
  sid?: string;
  effect?: string;
  actions?: string[];
  resources?: string[];
  principals?: { type: string; identifiers: string[] }[];
  conditions?: { test: string; variable: string; values: string[] }[];
}

function policyDocument(statements: readonly PolicyStatement[]) {
  return {
    Version: "2012-10-17",
    Statement: statements.map(one => ({
      ...(one.sid && { Sid: one.sid }),
      Effect: one.effect ?? "Allow",
      ...(one.principals && {
        Principal: Object.fromEntries(one.principals.map(p => [p.type, p.identifiers])),
      }),
      Action: one.actions,
      Resource: one.resources,
      ...(one.conditions?.length && {
        Condition: Object.fromEntries(
          one.conditions.map(({ test, variable, values }) => [test, { [variable]: values }]),
        ),
      }),
    })),
  };
}
