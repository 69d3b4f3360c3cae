// Who calls, by what API Gateway checked, and whether he may call this route. IAM is authorised for
// each route by API Gateway itself; a JWT needs the scope of the route's authority, and no scope
// stands for another. Nobody is let through without having been checked.
import { type Refused, refused } from "../../matrix/exceptions/exception-life.ts";
import { type Identity, identityOf } from "../../matrix/exceptions/person.ts";
import type { Route } from "../wiring/routes.ts";
import type { ApiRequest } from "./route.ts";

/** Finds out who calls a route: undefined on public ones, which carry their own proof. */
export function callerOf(route: Route, authorizer: unknown): Identity | Refused | undefined {
  if (route.authority === "public") return undefined;
  const { iam, jwt } = Object(authorizer) as { iam?: unknown; jwt?: unknown };
  if (iam !== undefined && iam !== null) return iamCaller(iam);
  if (jwt !== undefined && jwt !== null) return jwtCaller(route, jwt);
  return refused("no-caller", "nobody has checked who calls: sign the request, or bring a token");
}

function iamCaller(iam: unknown): Identity | Refused {
  const { userArn } = Object(iam) as { userArn?: unknown };
  if (!isText(userArn)) return refused("no-caller", "the signature names nobody");
  return identityOf(userArn);
}

function jwtCaller({ authority }: Route, jwt: unknown): Identity | Refused {
  const { claims, scopes } = Object(jwt) as { claims?: unknown; scopes?: unknown };
  const { iss, sub, scope, scp } = Object(claims) as Record<string, unknown>;
  // An issuer has no fragment (OpenID Connect Core 2); with one, two people could be named alike.
  if (!isText(iss) || !isText(sub) || iss.includes("#")) {
    return refused("no-caller", "the token names nobody: it needs an issuer and a subject");
  }
  const needed = `portward/${authority}`;
  const granted = [scopes, scope, scp].flatMap(wordsOf);
  if (!granted.includes(needed)) return refused("no-authority", `the token lacks ${needed}`);
  return { kind: "jwt", issuer: iss, subject: sub };
}

const isText = (value: unknown): value is string => typeof value === "string" && value !== "";

// API Gateway hands lists over as lists, or as "[a b]".
function wordsOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.filter(isText);
  return typeof value === "string" ? value.replace(/^\[|\]$/g, "").split(/[\s,]+/) : [];
}

/** The caller of a route that has one. */
export function callerIn({ caller }: Pick<ApiRequest, "caller">): Identity {
  if (!caller) throw new Error("the route was reached without a caller");
  return caller;
}
