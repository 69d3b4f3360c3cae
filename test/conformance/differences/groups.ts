// Where moto is not to be believed about groups, reading and prefix lists, and what the local
// account does not have.
import { ipv4, type Trial } from "../trial.ts";
import { type Difference, refusal } from "./difference.ts";

async function defaultGroup({ client, vpcId }: Trial) {
  const { SecurityGroups = [] } = await client.describeSecurityGroups({
    Filters: [
      { Name: "vpc-id", Values: [vpcId] },
      { Name: "group-name", Values: ["default"] },
    ],
  });
  return SecurityGroups[0];
}

async function list({ client }: Trial) {
  const { PrefixList } = await client.createManagedPrefixList({
    PrefixListName: "office",
    AddressFamily: "IPv4",
    MaxEntries: 5,
    Entries: [{ Cidr: "192.0.2.0/24" }],
  });
  const PrefixListId = PrefixList?.PrefixListId ?? "";
  const change = (CurrentVersion: number, Cidr: string, name?: string) =>
    client.modifyManagedPrefixList({
      PrefixListId,
      CurrentVersion,
      AddEntries: [{ Cidr }],
      ...(name === undefined ? {} : { PrefixListName: name }),
    });
  return { PrefixListId, change };
}

/** Whether DescribeSecurityGroups finds the group of a trial by one filter. */
async function finds({ client, groupId }: Trial, name: string, value: string): Promise<string> {
  const Filters = [
    { Name: name, Values: [value] },
    { Name: "group-id", Values: [groupId] },
  ];
  const call = client.describeSecurityGroups({ Filters });
  const code = await refusal(call);
  return code === "accepted" ? `finds ${(await call).SecurityGroups?.length ?? 0}` : code;
}

/** Differences about groups and reading them. */
export const groupDifferences: readonly Difference[] = [
  {
    behaviour: "the ingress of a VPC's default group",
    aws: "everything from itself",
    known: "recorded",
    local: "from itself",
    moto: "none",
    async ask(trial) {
      const group = await defaultGroup(trial);
      const pairs = (group?.IpPermissions ?? []).flatMap(one => one.UserIdGroupPairs ?? []);
      return pairs.some(pair => pair.GroupId === group?.GroupId) ? "from itself" : "none";
    },
  },
  {
    behaviour: "deleting a VPC's default group",
    aws: "CannotDelete",
    known: "recorded",
    local: "CannotDelete",
    moto: "accepted",
    async ask(trial) {
      const { GroupId } = (await defaultGroup(trial)) ?? {};
      return refusal(trial.client.deleteSecurityGroup({ GroupId }));
    },
  },
  {
    behaviour: "deleting a group that another one refers to",
    aws: "DependencyViolation",
    known: "documented",
    local: "DependencyViolation",
    moto: "accepted",
    async ask({ client, vpcId, groupId, authorize }) {
      const { GroupId = "" } = await client.createSecurityGroup({
        GroupName: `referred-${groupId.slice(3)}`,
        Description: "x",
        VpcId: vpcId,
      });
      await authorize({ ...ipv4("tcp", 22, 22), UserIdGroupPairs: [{ GroupId }] });
      return refusal(client.deleteSecurityGroup({ GroupId }));
    },
  },
  {
    behaviour: "a new group in a VPC that does not exist",
    aws: "InvalidVpcID.NotFound",
    known: "documented",
    local: "InvalidVpcID.NotFound",
    moto: "accepted",
    ask: ({ client, groupId }) =>
      refusal(
        client.createSecurityGroup({
          GroupName: `nowhere-${groupId.slice(3)}`,
          Description: "x",
          VpcId: "vpc-0123456789abcdef1",
        }),
      ),
  },
  {
    behaviour: "a group id that is no id",
    aws: "InvalidGroupId.Malformed",
    known: "documented",
    local: "InvalidGroupId.Malformed",
    moto: "InvalidGroup.NotFound",
    ask: ({ client }) => refusal(client.describeSecurityGroups({ GroupIds: ["sg-web"] })),
  },
  {
    behaviour: "describing rules with MaxResults 5 where there are 9",
    aws: "5, and a token for the rest",
    known: "documented",
    local: "5 and a token",
    moto: "9 and no token",
    async ask({ client, groupId, authorize }) {
      const blocks = Array.from({ length: 8 }, (_, index) => `10.0.${index}.0/24`);
      await authorize(ipv4("tcp", 22, 22, ...blocks));
      const page = await client.describeSecurityGroupRules({
        Filters: [{ Name: "group-id", Values: [groupId] }],
        MaxResults: 5,
      });
      const rest = page.NextToken ? "and a token" : "and no token";
      return `${page.SecurityGroupRules?.length ?? 0} ${rest}`;
    },
  },
  {
    behaviour: "describing rules by a filter that does not exist",
    aws: "refused",
    known: "recorded",
    local: "InvalidParameterValue",
    moto: "HTTP 500",
    ask: ({ client }) =>
      refusal(
        client.describeSecurityGroupRules({ Filters: [{ Name: "is-egress", Values: ["x"] }] }),
      ),
  },
  {
    behaviour: "describing groups by the block of a rule",
    aws: "finds 1",
    known: "documented",
    local: "InvalidParameterValue",
    moto: "finds 1",
    async ask(trial) {
      await trial.authorize(ipv4("tcp", 22, 22, "198.51.100.0/24"));
      return finds(trial, "ip-permission.cidr", "198.51.100.0/24");
    },
  },
  {
    behaviour: "describing groups by the prefix list of a rule",
    aws: "finds 1",
    known: "documented",
    local: "finds 1",
    moto: "HTTP 500",
    async ask(trial) {
      const { PrefixListId } = await list(trial);
      await trial.authorize({ ...ipv4("tcp", 22, 22), PrefixListIds: [{ PrefixListId }] });
      return finds(trial, "ip-permission.prefix-list-id", PrefixListId);
    },
  },
  {
    behaviour: "modifying a prefix list with a version that is not its current one",
    aws: "refused",
    known: "documented",
    local: "PrefixListVersionMismatch",
    moto: "accepted",
    ask: async trial => refusal((await list(trial)).change(7, "203.0.113.0/24")),
  },
  {
    behaviour: "the name of a prefix list modified without one",
    aws: "kept",
    known: "inferred",
    local: "kept",
    moto: "lost",
    async ask(trial) {
      const { PrefixListId, change } = await list(trial);
      await change(1, "203.0.113.0/24");
      const { PrefixLists } = await trial.client.describeManagedPrefixLists({
        PrefixListIds: [PrefixListId],
      });
      return PrefixLists?.[0]?.PrefixListName === "office" ? "kept" : "lost";
    },
  },
  {
    behaviour: "restoring a prefix list's earlier version",
    aws: "accepted",
    known: "documented",
    local: "accepted",
    moto: "HTTP 500",
    async ask(trial) {
      const { PrefixListId, change } = await list(trial);
      await change(1, "203.0.113.0/24", "office");
      return refusal(
        trial.client.restoreManagedPrefixListVersion({
          PrefixListId,
          PreviousVersion: 1,
          CurrentVersion: 2,
        }),
      );
    },
  },
  {
    behaviour: "associating a group with another VPC",
    aws: "accepted",
    known: "documented",
    local: "InvalidAction",
    moto: "HTTP 500",
    async ask({ client, groupId }) {
      const { Vpc } = await client.createVpc({ CidrBlock: "10.2.0.0/16" });
      const VpcId = Vpc?.VpcId ?? "";
      return refusal(client.associateSecurityGroupVpc({ GroupId: groupId, VpcId }));
    },
  },
  {
    behaviour: "deleting a VPC",
    aws: "accepted",
    known: "documented",
    local: "InvalidAction",
    moto: "accepted",
    async ask({ client }) {
      const { Vpc } = await client.createVpc({ CidrBlock: "10.3.0.0/16" });
      return refusal(client.deleteVpc({ VpcId: Vpc?.VpcId ?? "" }));
    },
  },
];
