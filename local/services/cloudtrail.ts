// CloudTrail on the wire: what the account's one trail is, whether it logs, and which events. Nothing
// is written to a bucket, and no events are looked up.
// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/
import type { Trail } from "../trail.ts";
import { AwsError } from "../wire/aws-error.ts";
import { type JsonObject, optionalText, textList } from "../wire/input.ts";
import { jsonService } from "../wire/json.ts";
import type { Service } from "../wire/service.ts";

/** CloudTrail over the account's trail. */
export function cloudtrailService(trail: Trail): Service {
  return jsonService(
    { version: "1.1" },
    {
      DescribeTrails(input) {
        const wanted = textList(input, "trailNameList");
        const isWanted = wanted.length === 0 || wanted.some(one => isName(trail, one));
        return { trailList: trail.state().isThere && isWanted ? [described(trail)] : [] };
      },
      GetTrailStatus(input) {
        check(trail, input, "Name");
        const { isLogging, startedAt, stoppedAt } = trail.state();
        return {
          IsLogging: isLogging,
          StartLoggingTime: startedAt / 1000,
          ...(stoppedAt !== undefined && { StopLoggingTime: stoppedAt / 1000 }),
          TimeLoggingStarted: new Date(startedAt).toISOString(),
          TimeLoggingStopped: stoppedAt === undefined ? "" : new Date(stoppedAt).toISOString(),
        };
      },
      GetEventSelectors(input) {
        check(trail, input, "TrailName");
        const selector = {
          ReadWriteType: "WriteOnly",
          IncludeManagementEvents: true,
          DataResources: [],
          ExcludeManagementEventSources: [],
        };
        return { TrailARN: trail.arn, EventSelectors: [selector] };
      },
      StartLogging(input) {
        check(trail, input, "Name");
        trail.start();
        return undefined;
      },
      StopLogging(input) {
        check(trail, input, "Name");
        trail.stop();
        return undefined;
      },
    },
  );
}

function described({ name, arn }: Trail): object {
  return {
    Name: name,
    TrailARN: arn,
    S3BucketName: `${name}-logs`,
    HomeRegion: arn.split(":")[3],
    IncludeGlobalServiceEvents: true,
    IsMultiRegionTrail: true,
    IsOrganizationTrail: false,
    LogFileValidationEnabled: true,
    HasCustomEventSelectors: true,
    HasInsightSelectors: false,
  };
}

const isName = (trail: Trail, name: string): boolean => [trail.name, trail.arn].includes(name);

function check(trail: Trail, input: JsonObject, field: string): void {
  const name = optionalText(input, field) ?? "";
  if (trail.state().isThere && isName(trail, name)) return;
  throw new AwsError("TrailNotFoundException", `Unknown trail: ${name}`);
}
