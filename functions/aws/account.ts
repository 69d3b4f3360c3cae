// The clients of one account and region, made once and handed out by what they are for. Everything
// that calls AWS is reached from here.
import type { Config } from "../wiring/config.ts";
import { approvals } from "./approvals.ts";
import { chat } from "./chat.ts";
import { connection, type Surroundings } from "./connection.ts";
import { eventSender } from "./events.ts";
import { plumbing } from "./plumbing.ts";
import { regionReader } from "./region-reader.ts";
import { regions } from "./regions.ts";
import { reportBucket } from "./report-bucket.ts";
import { runParts } from "./run-account.ts";
import { schedules } from "./schedules.ts";
import { answerStore } from "./stores/answer-store.ts";
import { brakeStore } from "./stores/brake-store.ts";
import { deliveryStore } from "./stores/delivery-store.ts";
import { exceptionStore } from "./stores/exception-store.ts";
import { exposureStore } from "./stores/exposure-store.ts";
import { jobStore } from "./stores/job-store.ts";
import { pauseStore } from "./stores/pause-store.ts";

export type AwsAccount = ReturnType<typeof connect>;

/** Makes the clients for a configuration. */
export function connect(config: Config, surroundings: Surroundings = {}) {
  const shared = connection(config, surroundings);
  const { options, clock, log, ec2, documents, bus } = shared;
  const send = surroundings.announce ?? eventSender(bus, config);
  return {
    ...runParts(shared),
    region: regionReader(ec2),
    deliveries: deliveryStore(documents, config),
    pauses: pauseStore(documents, config),
    exceptions: exceptionStore(documents, config, clock),
    exposures: exposureStore(documents, config),
    approvals: approvals(options, documents, config, clock),
    chat: chat(options, documents, config, clock),
    brake: brakeStore(documents, config),
    plumbing: plumbing(options, config),
    regions: regions(options, documents, config),
    answers: answerStore(documents, config, clock),
    jobs: jobStore(documents, config, { clock, log, send }),
    schedules: schedules(options, config.schedules),
    reports: reportBucket(ec2.config, config.reportBucketUrl),
  };
}
