// For the tests of single pieces of reconciling: Portward's clients on a clock that stands still, with what
// is published and what is logged heard here instead of where it would go.
import type { AwsAccount } from "../../functions/aws/account.ts";
import type { Alert } from "../../matrix/alert/alert.ts";

export interface Heard {
  readonly deps: AwsAccount;
  /** Milliseconds since the epoch; a test moves it, and so does whoever waits. */
  now: number;
  readonly alerts: Alert[];
  /** The subjects of the alerts, without where. */
  titles(): string[];
  /** The lines of the log: level, message and fields. */
  readonly lines: string[];
  /** How many of the next alerts cannot be published. */
  failing: number;
}

/** Listens to an account. */
export function hear(aws: AwsAccount): Heard {
  const note = (level: string) => (message: unknown, fields: unknown) => {
    heard.lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
  };
  const heard: Heard = {
    now: Date.parse("2026-11-21T12:00:00.000Z"),
    alerts: [],
    lines: [],
    failing: 0,
    titles: () => heard.alerts.map(({ subject }) => subject.split(",")[0] ?? ""),
    deps: {
      ...aws,
      log: { info: note("info"), warn: note("warn"), error: note("error") } as AwsAccount["log"],
      clock: () => heard.now,
      async sleep(ms) {
        heard.now += ms;
      },
      async publish(alert) {
        heard.failing -= 1;
        if (heard.failing >= 0) throw new Error("not published");
        heard.alerts.push(alert);
      },
    },
  };
  return heard;
}
