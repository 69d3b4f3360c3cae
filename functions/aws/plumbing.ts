// What Portward hangs on in the account: the rule that hands it events, the trail they come from, its
// dead letters. It only looks; what is wrong is audit/plumbing.ts.
import {
  CloudTrailClient,
  DescribeTrailsCommand,
  GetEventSelectorsCommand,
  GetTrailStatusCommand,
  type Trail,
} from "@aws-sdk/client-cloudtrail";
import {
  EventBridgeClient,
  type EventBridgeClientConfig,
  ListRulesCommand,
  ListTargetsByRuleCommand,
  type Rule,
} from "@aws-sdk/client-eventbridge";
import { SQSClient } from "@aws-sdk/client-sqs";
import type { Config } from "../wiring/config.ts";
import { queueDepth } from "./queue-depth.ts";

export interface EventRule {
  readonly name: string;
  readonly isEnabled: boolean;
  /** As JSON text. */
  readonly pattern: string;
  /** The names of its targets. */
  readonly targets: readonly string[];
}

export interface LoggingTrail {
  readonly name: string;
  readonly isLogging: boolean;
  /** Whether it logs calls that change something. */
  readonly logsWrites: boolean;
}

export type Plumbing = ReturnType<typeof plumbing>;

/** The plumbing of one deployment. */
export function plumbing(options: EventBridgeClientConfig, config: Config) {
  const clients = clientsOf(options);

  return {
    /** The rules of the bus that have a pattern. */
    async rules(): Promise<EventRule[]> {
      const found: Rule[] = [];
      let NextToken: string | undefined;
      do {
        const input = { EventBusName: config.eventBus, ...(NextToken && { NextToken }) };
        const page = await clients.events().send(new ListRulesCommand(input));
        found.push(...(page.Rules ?? []).filter(({ EventPattern }) => EventPattern));
        NextToken = page.NextToken;
      } while (NextToken);
      return Promise.all(found.map(rule => withTargets(clients.events(), config, rule)));
    },

    /** The trails that log in this region. */
    async trails(): Promise<LoggingTrail[]> {
      const { trailList = [] } = await clients.trail().send(new DescribeTrailsCommand({}));
      return Promise.all(trailList.map(trail => withStatus(clients.trail(), trail)));
    },

    /** Counts the messages that nobody could work on. */
    deadLetters: (): Promise<number> => queueDepth(clients.queues(), config.deadLetterQueueUrl),
  };
}

/** Made when first asked for: a run that closes something has no use for them. */
function clientsOf(options: EventBridgeClientConfig) {
  const lazy = <T>(make: () => T) => {
    let made: T | undefined;
    return () => {
      made ??= make();
      return made;
    };
  };
  return {
    events: lazy(() => new EventBridgeClient(options)),
    trail: lazy(() => new CloudTrailClient(options as object)),
    queues: lazy(() => new SQSClient(options as object)),
  };
}

async function withTargets(
  events: EventBridgeClient,
  { eventBus: EventBusName }: Config,
  { Name = "", State, EventPattern = "" }: Rule,
): Promise<EventRule> {
  const { Targets = [] } = await events.send(
    new ListTargetsByRuleCommand({ Rule: Name, EventBusName }),
  );
  const targets = Targets.map(({ Arn = "" }) => Arn.split(":").at(-1) ?? "");
  return { name: Name, isEnabled: State !== "DISABLED", pattern: EventPattern, targets };
}

async function withStatus(client: CloudTrailClient, trail: Trail): Promise<LoggingTrail> {
  const { Name: name = "", TrailARN = name } = trail;
  const [status, selectors] = await Promise.all([
    client.send(new GetTrailStatusCommand({ Name: TrailARN })),
    client.send(new GetEventSelectorsCommand({ TrailName: TrailARN })),
  ]);
  const plain = (selectors.EventSelectors ?? []).some(
    ({ ReadWriteType, IncludeManagementEvents }) =>
      IncludeManagementEvents !== false && ReadWriteType !== "ReadOnly",
  );
  const advanced = (selectors.AdvancedEventSelectors ?? []).some(({ FieldSelectors = [] }) => {
    const says = (field: string) => FieldSelectors.find(({ Field }) => Field === field)?.Equals;
    return says("eventCategory")?.includes("Management") && !says("readOnly")?.includes("true");
  });
  return { name, isLogging: status.IsLogging === true, logsWrites: plain || advanced };
}
