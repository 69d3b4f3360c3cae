// The default event bus: CloudTrail records and PutEvents entries become EventBridge envelopes,
// are matched against the rules of their region, and go to the rules' queues and functions. Other
// targets are kept as data and called by nobody.
import { randomUUID } from "node:crypto";
import type { Clock } from "./clock.ts";
import type { CloudTrailRecord } from "./ec2/ec2.ts";
import { checkPattern, matches, type Pattern } from "./pattern.ts";

/** An event as EventBridge delivers it. */
export interface Envelope {
  version: "0";
  id: string;
  "detail-type": string;
  source: string;
  account: string;
  time: string;
  region: string;
  resources: string[];
  detail: unknown;
}

/** A rule: what matches its pattern goes to its targets. */
export interface BusRule {
  name: string;
  pattern: Pattern;
  /** ARNs; those of queues and functions are delivered to. */
  targets: string[];
}

/** A rule as it is stored, with what EventBridge's API says of it. */
export interface StoredRule {
  name: string;
  region: string;
  state: string;
  description?: string;
  schedule?: string;
  /** The pattern as it was given. */
  pattern?: string;
  targets: { id: string; arn: string }[];
}

/** How delivery is disturbed; what is left out is undisturbed. */
export interface Delivery {
  drop?: (envelope: Envelope) => boolean;
  /** How often each event is delivered: 1 unless told. */
  copies?: number;
  delayMs?: number | ((envelope: Envelope) => number);
}

/** What the bus needs of the account. */
export interface BusOptions {
  clock: Clock;
  account: string;
  region: string;
  /** Gives an event to a queue or a function; false when there is no such target. */
  send(targetArn: string, body: string, delayMs: number): boolean;
  onChange?: (change: BusChange) => void;
}

/** One change of the rules, as a line of the journal. */
export type BusChange =
  | { op: "put"; rule: StoredRule }
  | { op: "drop"; name: string; region: string };

/** The account's bus. */
export type Bus = ReturnType<typeof createBus>;

const remembered = 10_000;

/** Makes a bus without rules. */
export function createBus(options: BusOptions) {
  const rules = new Map<string, StoredRule>();
  const patterns = new Map<StoredRule, Pattern>();
  let delivery: Delivery = {};
  let envelopes: Envelope[] = [];

  function apply(change: BusChange): void {
    if (change.op === "put") {
      rules.set(keyOf(change.rule.name, change.rule.region), change.rule);
      if (change.rule.pattern) patterns.set(change.rule, checkPattern(change.rule.pattern));
    } else rules.delete(keyOf(change.name, change.region));
  }

  function change(entry: BusChange): void {
    options.onChange?.(entry);
    apply(entry);
  }

  function store(rule: StoredRule): void {
    if (rule.pattern) checkPattern(rule.pattern);
    change({ op: "put", rule });
  }

  function targetsOf(envelope: Envelope): string[] {
    const hit = [...rules.values()].filter(rule => {
      const pattern = patterns.get(rule);
      const isOn = rule.state !== "DISABLED" && rule.region === envelope.region;
      return isOn && pattern !== undefined && matches(pattern, envelope);
    });
    return hit.flatMap(rule => rule.targets.map(target => target.arn));
  }

  function publish(envelope: Envelope): void {
    if (envelopes.length >= 2 * remembered) envelopes = envelopes.slice(-remembered);
    envelopes.push(envelope);
    if (delivery.drop?.(envelope)) return;
    const { delayMs = 0, copies = 1 } = delivery;
    const wait = typeof delayMs === "function" ? delayMs(envelope) : delayMs;
    const body = JSON.stringify(envelope);
    for (const arn of targetsOf(envelope)) {
      for (let copy = 0; copy < copies; copy++) options.send(arn, body, wait);
    }
  }

  return {
    publish,
    store,
    apply,
    find: (name: string, region = options.region) => rules.get(keyOf(name, region)),
    remove: (name: string, region = options.region) => change({ op: "drop", name, region }),
    list: (): readonly StoredRule[] => [...rules.values()],
    /** Adds or replaces an enabled rule of the home region. */
    putRule(rule: BusRule): void {
      store({
        name: rule.name,
        region: options.region,
        state: "ENABLED",
        pattern: JSON.stringify(rule.pattern),
        targets: rule.targets.map((arn, index) => ({ id: `target-${index + 1}`, arn })),
      });
    },
    /** Publishes a CloudTrail record as EventBridge does. */
    record(record: CloudTrailRecord): void {
      publish({
        version: "0",
        id: randomUUID(),
        "detail-type": "AWS API Call via CloudTrail",
        source: `aws.${record.eventSource.split(".", 1)[0]}`,
        account: record.recipientAccountId,
        time: record.eventTime,
        region: record.awsRegion,
        resources: [],
        detail: record,
      });
    },
    /** Disturbs delivery from now on; `{}` ends it. */
    deliver(disturbance: Delivery): void {
      delivery = disturbance;
    },
    /** The events so far, oldest first, whether delivered or not; the last 10,000 are kept. */
    events: (): readonly Envelope[] => envelopes,
    snapshot: (): StoredRule[] => [...rules.values()],
    restore(saved: StoredRule[]): void {
      for (const rule of saved) apply({ op: "put", rule });
    },
  };
}

function keyOf(name: string, region: string): string {
  return `${region}/${name}`;
}
