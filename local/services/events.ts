// EventBridge on the wire: PutEvents onto the bus, and rules and targets as data. One bus, the
// default one; a target gets the whole event, so inputs and transformers are refused.
import { randomUUID } from "node:crypto";
import type { Bus, StoredRule } from "../bus.ts";
import type { Clock } from "../clock.ts";
import { AwsError } from "../wire/aws-error.ts";
import {
  type JsonObject,
  objectList,
  optionalText,
  requiredText,
  textList,
} from "../wire/input.ts";
import { type JsonAction, jsonService } from "../wire/json.ts";
import type { ServiceRequest } from "../wire/request.ts";
import type { Service } from "../wire/service.ts";

const maxEntries = 10;
const maxBytes = 256 * 1024;

/** EventBridge over a bus. */
export function eventsService(bus: Bus, clock: Clock): Service {
  const putEvents: JsonAction = (input, request) => {
    const entries = objectList(input, "Entries");
    if (entries.length === 0 || entries.length > maxEntries) {
      throw invalid(`Entries holds ${entries.length} of 1 to ${maxEntries} entries.`);
    }
    if (request.body.length > maxBytes) {
      throw invalid("Total size of the entries in the request is over the limit.");
    }
    const results = entries.map(entry => putEntry(bus, clock, entry, request));
    const failed = results.filter(result => "ErrorCode" in result);
    return { FailedEntryCount: failed.length, Entries: results };
  };

  return jsonService(
    { version: "1.1" },
    {
      PutEvents: putEvents,
      PutRule: (input, request) => putRule(bus, input, request),
      DescribeRule: (input, request) => described(ruleOf(bus, input, request), request),
      DeleteRule(input, request) {
        const rule = bus.find(requiredText(input, "Name"), request.region);
        if (rule?.targets.length) throw invalid("Rule can't be deleted since it has targets.");
        if (rule) bus.remove(rule.name, rule.region);
        return undefined;
      },
      EnableRule: (input, request) => setState(bus, input, request, "ENABLED"),
      DisableRule: (input, request) => setState(bus, input, request, "DISABLED"),
      ListRules(input, request) {
        const prefix = optionalText(input, "NamePrefix") ?? "";
        const rules = bus
          .list()
          .filter(rule => rule.region === request.region && rule.name.startsWith(prefix));
        return { Rules: rules.map(rule => described(rule, request)) };
      },
      PutTargets: (input, request) => putTargets(bus, input, request),
      RemoveTargets(input, request) {
        const rule = ruleOf(bus, input, request, "Rule");
        const ids = textList(input, "Ids");
        const targets = rule.targets.filter(target => !ids.includes(target.id));
        bus.store({ ...rule, targets });
        return { FailedEntryCount: 0, FailedEntries: [] };
      },
      ListTargetsByRule(input, request) {
        const { targets } = ruleOf(bus, input, request, "Rule");
        return { Targets: targets.map(({ id, arn }) => ({ Id: id, Arn: arn })) };
      },
    },
  );
}

function putEntry(bus: Bus, clock: Clock, entry: JsonObject, request: ServiceRequest) {
  const source = optionalText(entry, "Source") ?? "";
  const detailType = optionalText(entry, "DetailType") ?? "";
  const detail = optionalText(entry, "Detail");
  const problem = problemOf(source, detailType, detail);
  if (problem) return { ErrorCode: problem[0], ErrorMessage: problem[1] };
  checkBus(entry);
  const id = randomUUID();
  bus.publish({
    version: "0",
    id,
    "detail-type": detailType,
    source,
    account: request.caller.account,
    time: timeOf(entry, clock),
    region: request.region,
    resources: textList(entry, "Resources"),
    detail: JSON.parse(detail ?? "{}"),
  });
  return { EventId: id };
}

// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsResultEntry.html
function problemOf(
  source: string,
  detailType: string,
  detail: string | undefined,
): [code: string, message: string] | undefined {
  const missing = (name: string): [string, string] => [
    "InvalidArgument",
    `Parameter ${name} is not valid. Reason: ${name} is a required argument.`,
  ];
  if (!source) return missing("Source");
  if (!detailType) return missing("DetailType");
  if (detail === undefined) return missing("Detail");
  if (/^aws\./i.test(source)) {
    return ["NotAuthorizedForSourceException", "Not authorized for the source."];
  }
  return isJsonObject(detail) ? undefined : ["MalformedDetail", "Detail is malformed."];
}

function isJsonObject(text: string): boolean {
  try {
    const value = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

/** The entry's time at EventBridge's resolution, a second; the wire has seconds since 1970. */
function timeOf(entry: JsonObject, clock: Clock): string {
  const seconds = typeof entry.Time === "number" ? entry.Time : clock.now() / 1000;
  const time = new Date(Math.trunc(seconds) * 1000);
  if (Number.isNaN(time.getTime())) throw invalid(`Time ${seconds} is not a time.`);
  return time.toISOString().replace(".000Z", "Z");
}

function putRule(bus: Bus, input: JsonObject, request: ServiceRequest) {
  const name = requiredText(input, "Name");
  if (!/^[.\-_A-Za-z0-9]{1,64}$/.test(name)) throw invalid(`${name} is not a rule name.`);
  checkBus(input);
  const pattern = optionalText(input, "EventPattern");
  const schedule = optionalText(input, "ScheduleExpression");
  const description = optionalText(input, "Description");
  if (!pattern && !schedule) {
    throw invalid("Parameter(s) EventPattern or ScheduleExpression must be specified.");
  }
  const rule: StoredRule = {
    name,
    region: request.region,
    state: optionalText(input, "State") ?? "ENABLED",
    targets: bus.find(name, request.region)?.targets ?? [],
    ...(pattern && { pattern }),
    ...(schedule && { schedule }),
    ...(description && { description }),
  };
  try {
    bus.store(rule);
  } catch (cause) {
    const reason = `Event pattern is not valid. Reason: ${(cause as Error).message}`;
    throw new AwsError("InvalidEventPatternException", reason, 400, { cause });
  }
  return { RuleArn: arnOf(rule, request) };
}

function putTargets(bus: Bus, input: JsonObject, request: ServiceRequest) {
  const rule = ruleOf(bus, input, request, "Rule");
  const added = objectList(input, "Targets").map(target => {
    for (const unheeded of ["Input", "InputPath", "InputTransformer"]) {
      if (target[unheeded] != null) throw invalid(`The local account has no target ${unheeded}.`);
    }
    return { id: requiredText(target, "Id"), arn: requiredText(target, "Arn") };
  });
  const kept = rule.targets.filter(target => !added.some(one => one.id === target.id));
  bus.store({ ...rule, targets: [...kept, ...added] });
  return { FailedEntryCount: 0, FailedEntries: [] };
}

function setState(bus: Bus, input: JsonObject, request: ServiceRequest, state: string): undefined {
  bus.store({ ...ruleOf(bus, input, request), state });
}

function ruleOf(bus: Bus, input: JsonObject, request: ServiceRequest, field = "Name"): StoredRule {
  checkBus(input);
  const name = requiredText(input, field);
  const rule = bus.find(name, request.region);
  if (rule) return rule;
  const message = `Rule ${name} does not exist on EventBus default.`;
  throw new AwsError("ResourceNotFoundException", message);
}

function described(rule: StoredRule, request: ServiceRequest) {
  return {
    Name: rule.name,
    Arn: arnOf(rule, request),
    State: rule.state,
    EventBusName: "default",
    Description: rule.description,
    EventPattern: rule.pattern,
    ScheduleExpression: rule.schedule,
  };
}

function arnOf(rule: StoredRule, request: ServiceRequest): string {
  return `arn:aws:events:${rule.region}:${request.caller.account}:rule/${rule.name}`;
}

function checkBus(input: JsonObject): void {
  const bus = optionalText(input, "EventBusName") ?? "default";
  if (bus === "default" || /:event-bus\/default$/.test(bus)) return;
  throw new AwsError("ResourceNotFoundException", `Event bus ${bus} does not exist.`);
}

function invalid(message: string): AwsError {
  return new AwsError("ValidationException", message);
}
