import {
  CloudTrailClient,
  DescribeTrailsCommand,
  GetEventSelectorsCommand,
  GetTrailStatusCommand,
  StartLoggingCommand,
  StopLoggingCommand,
} from "@aws-sdk/client-cloudtrail";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Account, startAccount } from "../../local/account.ts";
import { clientConfig, errorName } from "./client-config.ts";

let account: Account;
let cloudtrail: CloudTrailClient;
beforeAll(async () => {
  account = await startAccount();
  cloudtrail = new CloudTrailClient(clientConfig(account));
});
afterAll(() => account.stop());

const trails = async (...trailNameList: string[]) =>
  (await cloudtrail.send(new DescribeTrailsCommand({ trailNameList }))).trailList ?? [];
const status = (Name = account.trail.arn) => cloudtrail.send(new GetTrailStatusCommand({ Name }));

describe("the trail", () => {
  it("is there from the start: multi-region, logging, write events of management", async () => {
    const [trail, ...more] = await trails();
    expect(more).toEqual([]);
    expect(trail).toMatchObject({ HomeRegion: "ap-southeast-1", IsMultiRegionTrail: true });
    expect(await status(trail?.Name)).toMatchObject({ IsLogging: true });
    const { EventSelectors } = await cloudtrail.send(
      new GetEventSelectorsCommand({ TrailName: trail?.TrailARN }),
    );
    expect(EventSelectors).toMatchObject([
      { ReadWriteType: "WriteOnly", IncludeManagementEvents: true },
    ]);
  });

  it("is found by its name and its ARN only", async () => {
    const { name, arn } = account.trail;
    const found = [await trails(name), await trails(arn), await trails("other")];
    expect(found.map(one => one.length)).toEqual([1, 1, 0]);
    expect(await errorName(status("other"))).toBe("TrailNotFoundException");
  });

  it("says when it was stopped and started, by the account's clock", async () => {
    account.clock.advance(3_600_000);
    await cloudtrail.send(new StopLoggingCommand({ Name: account.trail.name }));
    const stopped = await status();
    expect(stopped.IsLogging).toBe(false);
    expect(stopped.StopLoggingTime?.getTime()).toBeGreaterThan(Date.now() + 3_500_000);
    await cloudtrail.send(new StartLoggingCommand({ Name: account.trail.name }));
    expect((await status()).IsLogging).toBe(true);
    account.trail.stop();
    expect((await status()).IsLogging).toBe(false);
  });

  it("is gone once it is removed", async () => {
    account.trail.remove();
    expect(await trails()).toEqual([]);
    expect(await errorName(status())).toBe("TrailNotFoundException");
    account.trail.start();
    expect(await trails()).toHaveLength(1);
  });
});
