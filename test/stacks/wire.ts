// Two views of what a function may do, in one form: `action` and what it is on. One is read off the calls
// it made at the wire, the other off its grants.
import type { Call } from "../../local/wire/call-log.ts";
import type { Grant } from "../../stacks/permissions.ts";

/** The calls as the actions IAM would have been asked about. */
export function asked(calls: readonly Call[]): Set<string> {
  return new Set(
    calls.flatMap(call => targetsOf(call).map(on => `${call.service}:${actionOf(call)}${on}`)),
  );
}

// IAM knows no action of its own for messages that are sent together.
const actionOf = ({ action }: Call): string =>
  action === "SendMessageBatch" ? "SendMessage" : action;

function targetsOf({ service, request }: Call): string[] {
  const of = (name: string) => String((request as Record<string, unknown>)[name] ?? "");
  switch (service) {
    case "dynamodb": {
      const tables = (request as { RequestItems?: object }).RequestItems;
      if (tables) return Object.keys(tables).map(table => ` ${last(table)}`);
      const index = of("IndexName");
      return [` ${last(of("TableName"))}${index === "" ? "" : `/${index}`}`];
    }
    case "sqs":
      return [` ${of("QueueUrl").split("/portward-").at(-1)}`];
    case "sns":
      return [` ${last(of("TopicArn"))}`];
    default:
      return [""];
  }
}

const last = (name: string): string => name.replace(/^.*portward-/, "");

/** The grants in the same form, for a stage whose things are called `portward-STAGE-…`. */
export function may(grants: readonly Grant[], stage: string): Set<string> {
  return new Set(
    grants.flatMap(({ actions, on }) =>
      actions.flatMap(action =>
        on.map(arn => {
          const [service = ""] = action.split(":");
          if (!["dynamodb", "sqs", "sns"].includes(service)) return action;
          const thing = arn.slice(arn.indexOf(`portward-${stage}-`) + `portward-${stage}-`.length);
          return `${action} ${thing.replace("/index/", "/")}`;
        }),
      ),
    ),
  );
}
