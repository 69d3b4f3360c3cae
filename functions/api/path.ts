// Which paths there are, and what is said about one that there is not.
import { type Route, routes } from "../wiring/routes.ts";
import { problem } from "./problem.ts";
import type { ApiAnswer } from "./route.ts";
import type { RouteName } from "./schemas/contracts.ts";

export const nameOf = ({ method, path }: Route): RouteName => `${method} ${path}` as RouteName;

/**
 * Tells whether a path says the same to everybody on its way: nothing encoded, no empty part, no dots,
 * no slash at its end. Ids and tokens need no other letters than these.
 */
export const isPlainPath = (path: string): boolean =>
  /^(?:\/(?!\.\.?(?:\/|$))[A-Za-z0-9._~-]{1,2048})+$/.test(path);

/** Says that there is no such route, or not for this method. */
export function routeProblem(method: string, path: string): ApiAnswer {
  const methods = isPlainPath(path)
    ? routes.filter(route => isAt(route, path)).map(route => route.method)
    : [];
  // A route that is listed and that nobody answers is as good as none.
  if (methods.length === 0 || methods.some(one => one === method)) {
    return problem(
      404,
      "no-route",
      "there is nothing at this path: GET /openapi.json lists what is",
    );
  }
  const allow = methods.join(", ");
  return problem(405, "method", `this path takes ${allow}`, { headers: { allow } });
}

const isAt = (route: Route, path: string): boolean => {
  const [wanted, given] = [route.path.split("/"), path.split("/")];
  return (
    wanted.length === given.length &&
    wanted.every((part, index) => part.startsWith("{") || part === given[index])
  );
};
