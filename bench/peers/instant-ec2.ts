// An EC2 that answers at once: the fleet's answers are rendered before, so that what is measured is who
// asks. Pages as EC2 does where MaxResults is given, and everything in one answer where it is not.
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { FleetGroup } from "./fleet.ts";

export interface Ec2Server {
  readonly url: string;
  /** The calls since it was last asked. */
  calls(): number;
  close(): Promise<void>;
}

/** Serves the groups of a fleet. */
export async function serveFleet(fleet: readonly FleetGroup[]): Promise<Ec2Server> {
  const groups = fleet.map(groupXml);
  const pages = new Map<string, string>();
  let calls = 0;
  const groupPage = (form: URLSearchParams): string => {
    const from = Number(form.get("NextToken") ?? 0);
    const to = from + Number(form.get("MaxResults") ?? groups.length);
    const key = `${from} ${to}`;
    const known =
      pages.get(key) ?? pageXml(groups.slice(from, to), to < groups.length ? to : undefined);
    pages.set(key, known);
    return known;
  };
  const server = createServer(async (request, response) => {
    const form = new URLSearchParams(await bodyOf(request));
    calls += 1;
    const action = form.get("Action") ?? "";
    const body = action === "DescribeSecurityGroups" ? groupPage(form) : emptyXml(action);
    response.writeHead(200, { "content-type": "text/xml;charset=UTF-8" });
    response.end(body);
  });
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls() {
      const count = calls;
      calls = 0;
      return count;
    },
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** The id the server gives a group of a fleet. */
export const fleetId = (index: number): string => `sg-${index.toString(16).padStart(17, "0")}`;

function groupXml({ name, role, rules }: FleetGroup, index: number): string {
  const permissions = rules.map(
    ({ port, cidr }) =>
      `<item><ipProtocol>tcp</ipProtocol><fromPort>${port}</fromPort><toPort>${port}</toPort>` +
      `<groups/><ipRanges><item><cidrIp>${cidr}</cidrIp></item></ipRanges><ipv6Ranges/>` +
      "<prefixListIds/></item>",
  );
  return (
    `<item><ownerId>123456789012</ownerId><groupId>${fleetId(index)}</groupId>` +
    `<groupName>${name}</groupName><groupDescription>fleet</groupDescription>` +
    `<vpcId>vpc-0000000a</vpcId><ipPermissions>${permissions.join("")}</ipPermissions>` +
    `<ipPermissionsEgress/><tagSet><item><key>role</key><value>${role}</value></item></tagSet></item>`
  );
}

const pageXml = (groups: readonly string[], next: number | undefined): string =>
  `<DescribeSecurityGroupsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">` +
  `<requestId>bench</requestId><securityGroupInfo>${groups.join("")}</securityGroupInfo>` +
  `${next === undefined ? "" : `<nextToken>${next}</nextToken>`}</DescribeSecurityGroupsResponse>`;

const emptyXml = (action: string): string =>
  `<${action}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">` +
  `<requestId>bench</requestId></${action}Response>`;
