// Clients without the part that copies every answer for a log line, whether or not anybody logs: of a page
// of two hundred groups that is as much work as a third of reading it.

/** Takes the logging out of a client. */
export function unlogged<C extends { middlewareStack: { remove(name: string): boolean } }>(
  client: C,
): C {
  client.middlewareStack.remove("loggerMiddleware");
  return client;
}
