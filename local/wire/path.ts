// Does a path of a request match a route with `{name}` for a part that varies? Paths are compared as
// they came, percent signs and all, as API Gateway does.

/**
 * Matches a path against a template and gives its varying parts, still encoded.
 * @example
 * matchPath("/schedules/{Name}", "/schedules/a%20b") // { Name: "a%20b" }
 */
export function matchPath(template: string, path: string): Record<string, string> | undefined {
  const wanted = template.split("/");
  const given = path.split("/");
  if (wanted.length !== given.length) return undefined;
  const parts: [string, string][] = [];
  for (const [index, part] of wanted.entries()) {
    const segment = given[index] ?? "";
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    if (name === undefined ? part !== segment : segment === "") return undefined;
    if (name !== undefined) parts.push([name, segment]);
  }
  return Object.fromEntries(parts);
}

/** Decodes a part of a path; what is no percent-encoding stays as it is. */
export function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
