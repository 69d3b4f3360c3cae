// The API described as OpenAPI 3.1, out of its routes and the schemas its handlers check.
// https://spec.openapis.org/oas/v3.1.0
import * as z from "zod";
import manifest from "../../package.json" with { type: "json" };
import { type Route, routes } from "../wiring/routes.ts";
import {
  type Answer,
  type Contract,
  contracts,
  type RouteName,
  type SchemaName,
  schemas,
} from "./schemas/contracts.ts";

const AUTHORITIES = [
  "portward/reader sees everything there is to see.",
  "portward/requester asks for exceptions and takes his own back.",
  "portward/approver decides on the exceptions of others, if the matrix names him too.",
  "portward/operator plans and applies matrices, starts audits, pauses.",
].join(" ");

/** Describes the API; the same text every time. */
export function describeApi() {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const { method, path } = route;
    paths[path] = { ...paths[path], [method.toLowerCase()]: operationOf(route) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Portward",
      version: manifest.version,
      description: manifest.description,
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    security: [],
    paths,
    components: {
      schemas: publishedSchemas(),
      securitySchemes: {
        iam: {
          type: "apiKey",
          in: "header",
          name: "Authorization",
          description: "AWS Signature Version 4 for the service execute-api.",
        },
        jwt: {
          ...{ type: "http", scheme: "bearer", bearerFormat: "JWT" },
          description: `Scopes, none of which implies another. ${AUTHORITIES}`,
        },
      },
    },
  };
}

function operationOf(route: Route) {
  const contract = contracts[`${route.method} ${route.path}` as RouteName];
  const { authority, summary } = route;
  return {
    summary,
    operationId: operationId(route),
    security: authority === "public" ? [{}] : [{ iam: [] }, { jwt: [`portward/${authority}`] }],
    parameters: [...pathParameters(route), ...writeParameters(route), ...queryParameters(contract)],
    ...bodyOf(contract),
    responses: Object.fromEntries([
      ...contract.answers.map(answer => [String(answer.status), responseOf(answer)]),
      ["default", problemResponse],
    ]),
  };
}

/**
 * Names an operation by its route.
 *
 * @example operationId({ method: "POST", path: "/exceptions/{id}/approve" }) // "postExceptionsIdApprove"
 */
function operationId({ method, path }: Pick<Route, "method" | "path">): string {
  const words = path.split(/[^a-z]+/).filter(Boolean);
  const tail = words.map(word => `${word[0]?.toUpperCase()}${word.slice(1)}`).join("");
  return `${method.toLowerCase()}${tail}`;
}

const pathParameters = ({ path }: Route) =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));

const writeParameters = ({ method, authority }: Route) =>
  method === "GET" || authority === "public"
    ? []
    : [
        {
          name: "Idempotency-Key",
          in: "header",
          description: "Chosen by the caller: a repeat within a day is answered as the first was.",
          schema: { type: "string", minLength: 1, maxLength: 128 },
        },
      ];

function queryParameters({ query }: Contract) {
  if (!query) return [];
  const { properties = {} } = z.toJSONSchema(query, { io: "input" });
  return Object.entries(properties).map(([name, schema]) => ({ name, in: "query", schema }));
}

function bodyOf({ body, form }: Contract) {
  if (body !== undefined) {
    // Without a body it is taken for an empty object; whether that will do is the schema's to say.
    const required = !schemas[body].safeParse({}).success;
    return { requestBody: { required, content: { "application/json": { schema: ref(body) } } } };
  }
  if (form === undefined) return {};
  return { requestBody: { required: false, content: { [form]: { schema: { type: "string" } } } } };
}

function responseOf({ what, schema, media, location }: Answer) {
  const content =
    schema === undefined
      ? media && { [media]: { schema: { type: "string" } } }
      : { "application/json": { schema: ref(schema) } };
  const headers = location && {
    Location: { description: "Where it is found.", schema: { type: "string" } },
  };
  return { description: what, ...(content && { content }), ...(headers && { headers }) };
}

const problemResponse = {
  description: "What went wrong.",
  content: { "application/problem+json": { schema: ref("Problem") } },
};

function ref(name: SchemaName) {
  return { $ref: `#/components/schemas/${name}` };
}

/** The named schemas as JSON Schema: bodies as they may come, answers as they are. */
function publishedSchemas() {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(schemas)) registry.add(schema, { id });
  const made = z.toJSONSchema(registry, { uri: id => `#/components/schemas/${id}`, io: "input" });
  return Object.fromEntries(
    Object.entries(made.schemas).map(([name, { $schema: _, $id: __, ...schema }]) => [
      name,
      schema,
    ]),
  );
}
