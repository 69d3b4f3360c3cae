// Which regions of the account hold network interfaces: one page of each enabled region tells. What
// was seen is kept, as nobody wants these calls every hour.
import {
  DescribeNetworkInterfacesCommand,
  DescribeRegionsCommand,
  EC2Client,
  type EC2ClientConfig,
} from "@aws-sdk/client-ec2";
import { type DynamoDBDocumentClient, GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import type { Config } from "../wiring/config.ts";
import { errorText } from "./error-codes.ts";

/** What a look at the regions showed. */
export interface RegionsSeen {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Regions with interfaces. */
  readonly used: readonly string[];
  /** Regions that could not be looked at, with the reason. */
  readonly refused: readonly { readonly region: string; readonly because: string }[];
}

export type Regions = ReturnType<typeof regions>;

/** The regions of an account, seen from the one of a deployment. */
export function regions(
  options: EC2ClientConfig,
  documents: DynamoDBDocumentClient,
  { scope, tables }: Pick<Config, "scope" | "tables">,
) {
  const TableName = tables.ops;
  const Key = { pk: `LAST#${scope}`, sk: "REGIONS" };

  return {
    /** Lists the regions that are enabled for the account. */
    async enabled(): Promise<string[]> {
      const ec2 = new EC2Client(options);
      try {
        const { Regions = [] } = await ec2.send(new DescribeRegionsCommand({}));
        return Regions.flatMap(({ RegionName }) => RegionName ?? []);
      } finally {
        ec2.destroy();
      }
    },

    /** Tells whether a region holds an interface; or why it does not tell. */
    async look(region: string): Promise<{ isUsed: boolean } | { because: string }> {
      const ec2 = new EC2Client({ ...options, region });
      try {
        const page = await ec2.send(new DescribeNetworkInterfacesCommand({ MaxResults: 5 }));
        return { isUsed: (page.NetworkInterfaces ?? []).length > 0 };
      } catch (error) {
        return { because: errorText(error) };
      } finally {
        ec2.destroy();
      }
    },

    /** Reads what the last look showed. */
    async seen(): Promise<RegionsSeen | undefined> {
      const { Item } = await documents.send(new GetCommand({ TableName, Key }));
      return Item?.seen as RegionsSeen | undefined;
    },

    /** Keeps what a look showed. */
    async keep(seen: RegionsSeen): Promise<void> {
      await documents.send(new PutCommand({ TableName, Item: { ...Key, seen } }));
    },
  };
}
