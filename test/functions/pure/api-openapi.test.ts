// The published description of the API: valid OpenAPI 3.1, every route in it, the same every time; and
// no refusal of the domain without a status.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Validator } from "@seriousme/openapi-schema-validator";
import { describe, expect, it } from "vitest";
import { describeApi } from "../../../functions/api/openapi.ts";
import { statusOfRefusal } from "../../../functions/api/problem.ts";
import { routes } from "../../../functions/wiring/routes.ts";

const description = JSON.parse(JSON.stringify(describeApi()));

describe("the description of the API", () => {
  it("is valid OpenAPI 3.1", async () => {
    const validator = new Validator();
    expect(await validator.validate(description)).toMatchObject({ valid: true });
    expect(validator.version).toBe("3.1");
  });

  it("is not valid to the same validator once a part of it is broken", async () => {
    const broken = { ...description, paths: { "/status": { get: { responses: 7 } } } };
    expect(await new Validator().validate(broken)).toMatchObject({ valid: false });
  });

  it("has every route and no other", () => {
    const described = Object.entries(description.paths).flatMap(([path, methods]) =>
      Object.keys(methods as object).map(method => `${method.toUpperCase()} ${path}`),
    );
    expect(described.sort()).toEqual(routes.map(({ method, path }) => `${method} ${path}`).sort());
  });

  it.each(routes)("names for $method $path what a caller needs", ({ method, path, authority }) => {
    const { security } = description.paths[path][method.toLowerCase()];
    const needed = [{ iam: [] }, { jwt: [`portward/${authority}`] }];
    expect(security).toEqual(authority === "public" ? [{}] : needed);
  });

  it("is the same text every time", () => {
    expect(JSON.stringify(describeApi())).toBe(JSON.stringify(describeApi()));
  });

  it("refers to no schema that is not there", () => {
    const refs = [
      ...JSON.stringify(description).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g),
    ];
    expect(refs.length).toBeGreaterThan(routes.length);
    const known = Object.keys(description.components.schemas);
    expect(refs.map(([, name]) => name).filter(name => !known.includes(name ?? ""))).toEqual([]);
  });

  it("bounds every text that may be sent", () => {
    const { schemas } = description.components;
    const sent = ["Wish", "UndoWish", "Approval", "Remark", "Extension", "PauseRequest"];
    const unbounded = sent.flatMap(name => unboundedIn(schemas[name], name));
    expect(unbounded).toEqual([]);
    expect(unboundedIn({ type: "string" }, "x")).toEqual(["x"]);
  });
});

function unboundedIn(schema: unknown, path: string): string[] {
  if (typeof schema !== "object" || schema === null) return [];
  const {
    type,
    maxLength,
    pattern,
    enum: words,
    const: word,
    format,
  } = schema as Record<string, unknown>;
  const isBounded = [maxLength, pattern, words, word, format].some(bound => bound !== undefined);
  if (type === "string" && !isBounded) return [path];
  return Object.entries(schema).flatMap(([key, inner]) => unboundedIn(inner, `${path}.${key}`));
}

describe("the refusals of the domain", () => {
  const folders = [
    "matrix/exceptions",
    "functions/reconcile",
    "functions/api",
    "functions/aws/stores",
  ];
  const sources = folders.flatMap(folder =>
    readdirSync(folder)
      .filter(name => name.endsWith(".ts"))
      .map(name => readFileSync(join(folder, name), "utf8")),
  );
  const codes = new Set(
    sources.flatMap(text => [...text.matchAll(/refused\(\s*"([a-z-]+)"/g)].map(([, code]) => code)),
  );

  it("are found in the code", () => {
    expect(codes.size).toBeGreaterThan(20);
  });

  it.each([...codes])("%s has a status", code => {
    expect(statusOfRefusal(code ?? "")).toBeDefined();
  });
});
