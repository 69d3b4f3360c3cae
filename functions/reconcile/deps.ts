// What a run needs from the world, handed in by the composition root: no globals, no clock of its
// own, so that the same code runs in Lambda, in the local account and under injected faults.
import type { Logger } from "@aws-lambda-powertools/logger";
import type { Alert } from "../../matrix/alert/alert.ts";
import type { Plan } from "../../matrix/plan.ts";
import type { Approvals } from "../aws/approvals.ts";
import type { Chat } from "../aws/chat.ts";
import type { Interfaces } from "../aws/interfaces.ts";
import type { Plumbing } from "../aws/plumbing.ts";
import type { PrefixLists } from "../aws/prefix-lists.ts";
import type { RegionReader } from "../aws/region-reader.ts";
import type { Regions } from "../aws/regions.ts";
import type { ReportBucket } from "../aws/report-bucket.ts";
import type { RetryQueue } from "../aws/retry-queue.ts";
import type { Schedules } from "../aws/schedules.ts";
import type { SecurityGroups } from "../aws/security-groups.ts";
import type { AlertStore } from "../aws/stores/alert-store.ts";
import type { BrakeStore } from "../aws/stores/brake-store.ts";
import type { DeliveryStore } from "../aws/stores/delivery-store.ts";
import type { ExceptionStore } from "../aws/stores/exception-store.ts";
import type { ExposureStore } from "../aws/stores/exposure-store.ts";
import type { FindingStore } from "../aws/stores/finding-store.ts";
import type { IntentStore } from "../aws/stores/intent-store.ts";
import type { JobStore } from "../aws/stores/job-store.ts";
import type { LastEventStore } from "../aws/stores/last-event.ts";
import type { PauseStore } from "../aws/stores/pause-store.ts";
import type { PolicyStore } from "../aws/stores/policy-store.ts";
import type { Config } from "../wiring/config.ts";

/** What a run on one group needs, and so the function behind the queue of events. */
export interface RunDeps {
  readonly config: Config;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** Resolves after the time, or as soon as the signal aborts. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly newId: () => string;
  readonly log: Pick<Logger, "info" | "warn" | "error">;
  readonly groups: SecurityGroups;
  readonly lists: PrefixLists;
  readonly interfaces: Interfaces;
  readonly alerts: AlertStore;
  readonly policy: PolicyStore;
  readonly intents: IntentStore;
  readonly findings: FindingStore;
  readonly lastEvent: LastEventStore;
  readonly publish: (alert: Alert) => Promise<void>;
  /** Of what people are told later, machines are told at once. */
  readonly tellMachines: (alert: Alert) => Promise<void>;
  readonly queue: RetryQueue;
  /** Leaves of a plan what a run may do, where it is to do no more than somebody has accepted. */
  readonly accepted?: (groupId: string, plan: Plan) => Plan;
}

/** What audits, sweeps, exceptions and the API need besides. */
export interface Deps extends RunDeps {
  readonly region: RegionReader;
  readonly deliveries: DeliveryStore;
  readonly pauses: PauseStore;
  readonly exceptions: ExceptionStore;
  readonly exposures: ExposureStore;
  readonly approvals: Approvals;
  readonly chat: Chat;
  readonly jobs: JobStore;
  readonly schedules: Schedules;
  readonly brake: BrakeStore;
  readonly plumbing: Plumbing;
  readonly regions: Regions;
  readonly reports: ReportBucket;
}
