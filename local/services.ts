// Which services the local account has: the one list of them. A service is a file of
// local/services/ that exports a function returning it; its name is that of the credential scope.

import type { Buckets } from "./buckets.ts";
import type { Bus } from "./bus.ts";
import type { Clock } from "./clock.ts";
import type { Cloud } from "./cloud.ts";
import type { Ec2 } from "./ec2/ec2.ts";
import type { Functions } from "./functions.ts";
import type { Inbox } from "./inbox.ts";
import type { Keys } from "./keys.ts";
import type { QueueStore } from "./queues/queue-store.ts";
import type { Schedules } from "./schedules.ts";
import type { Secrets } from "./secrets.ts";
import { cloudtrailService } from "./services/cloudtrail.ts";
import type { Dynamodb } from "./services/dynamodb.ts";
import { ec2Service } from "./services/ec2.ts";
import { eventsService } from "./services/events.ts";
import { kmsService } from "./services/kms.ts";
import { lambdaService } from "./services/lambda.ts";
import { s3Service } from "./services/s3.ts";
import { schedulerService } from "./services/scheduler.ts";
import { secretsService } from "./services/secrets-manager.ts";
import { snsService } from "./services/sns.ts";
import { sqsService } from "./services/sqs.ts";
import { stsService } from "./services/sts.ts";
import type { Trail } from "./trail.ts";
import type { Service } from "./wire/service.ts";

/** What the services are made of. */
export interface Parts {
  clock: Clock;
  cloud: Cloud;
  ec2: Ec2;
  dynamodb: Dynamodb;
  inbox: Inbox;
  queues: QueueStore;
  bus: Bus;
  functions: Functions;
  schedules: Schedules;
  keys: Keys;
  secrets: Secrets;
  trail: Trail;
  buckets: Buckets;
  urlOfQueue: (name: string) => string;
}

/** Makes every service of the account, by the name in a SigV4 credential scope. */
export function servicesOf(parts: Parts): Record<string, Service> {
  return {
    ec2: ec2Service(parts.ec2),
    dynamodb: parts.dynamodb.service,
    sns: snsService(parts.inbox, parts.queues, parts.clock),
    sqs: sqsService(parts.queues, parts.clock, parts.urlOfQueue),
    sts: stsService(parts.cloud, parts.clock),
    events: eventsService(parts.bus, parts.clock),
    lambda: lambdaService(parts.functions),
    scheduler: schedulerService(parts.schedules, parts.clock),
    kms: kmsService(parts.keys),
    secretsmanager: secretsService(parts.secrets),
    cloudtrail: cloudtrailService(parts.trail),
    s3: s3Service(parts.buckets),
  };
}
