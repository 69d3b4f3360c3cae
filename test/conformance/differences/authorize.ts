// Where moto is not to be believed about authorizing rules.
import { ipv4, ipv6, type Trial } from "../trial.ts";
import { after, type Difference, refusal } from "./difference.ts";

const anywhere = { IpRanges: [{ CidrIp: "0.0.0.0/0" }] };

/** Differences in what authorize stores and refuses. */
export const authorizeDifferences: readonly Difference[] = [
  {
    behaviour: "an IPv4 block with host bits",
    aws: "the host bits are cleared",
    known: "documented",
    local: "tcp 22 22 10.0.0.0/24",
    moto: "tcp 22 22 10.0.0.5/24",
    ask: trial => after(trial, trial.authorize(ipv4("tcp", 22, 22, "10.0.0.5/24"))),
  },
  {
    behaviour: "the same block again, with other host bits",
    aws: "a duplicate",
    known: "documented",
    local: "InvalidPermission.Duplicate, then tcp 22 22 10.0.0.0/24",
    moto: "tcp 22 22 10.0.0.0/24; tcp 22 22 10.0.0.5/24",
    async ask(trial) {
      await trial.authorize(ipv4("tcp", 22, 22, "10.0.0.0/24"));
      return after(trial, trial.authorize(ipv4("tcp", 22, 22, "10.0.0.5/24")));
    },
  },
  {
    behaviour: "an IPv6 block spelled in full",
    aws: "stored in its short form",
    known: "recorded",
    local: "tcp 22 22 2001:db8::/32",
    moto: "tcp 22 22 2001:0DB8:0:0::1/32",
    ask: trial => after(trial, trial.authorize(ipv6("tcp", 22, 22, "2001:0DB8:0:0::1/32"))),
  },
  {
    behaviour: "protocol 58",
    aws: "icmpv6",
    known: "inferred",
    local: "icmpv6 -1 -1 ::/0",
    moto: "58 -1 -1 ::/0",
    ask: trial => after(trial, trial.authorize(ipv6("58", -1, -1, "::/0"))),
  },
  {
    behaviour: "icmpv6 without a type",
    aws: "any type",
    known: "documented",
    local: "icmpv6 -1 -1 ::/0",
    moto: "HTTP 500, then no rules",
    ask: trial =>
      after(trial, trial.authorize({ IpProtocol: "icmpv6", Ipv6Ranges: [{ CidrIpv6: "::/0" }] })),
  },
  {
    behaviour: "protocol 50 without ports",
    aws: "all of the protocol",
    known: "documented",
    local: "50 -1 -1 0.0.0.0/0",
    moto: "HTTP 500, then no rules",
    ask: trial => after(trial, trial.authorize({ IpProtocol: "50", ...anywhere })),
  },
  {
    behaviour: "tcp without ports",
    aws: "refused",
    known: "inferred",
    local: "InvalidParameterValue, then no rules",
    moto: "HTTP 500, then no rules",
    ask: trial => after(trial, trial.authorize({ IpProtocol: "tcp", ...anywhere })),
  },
  {
    behaviour: "ports the wrong way round",
    aws: "refused",
    known: "inferred",
    local: "InvalidParameterValue, then no rules",
    moto: "tcp 443 80 10.0.0.0/8",
    ask: trial => after(trial, trial.authorize(ipv4("tcp", 443, 80, "10.0.0.0/8"))),
  },
  {
    behaviour: "port 70000",
    aws: "refused",
    known: "inferred",
    local: "InvalidParameterValue, then no rules",
    moto: "tcp 70000 70000 10.0.0.0/8",
    ask: trial => after(trial, trial.authorize(ipv4("tcp", 70000, 70000, "10.0.0.0/8"))),
  },
  {
    behaviour: "any ICMP type with one code",
    aws: "refused",
    known: "documented",
    local: "InvalidParameterValue, then no rules",
    moto: "icmp -1 0 10.0.0.0/8",
    ask: trial => after(trial, trial.authorize(ipv4("icmp", -1, 0, "10.0.0.0/8"))),
  },
  {
    behaviour: "an ip permission without a peer",
    aws: "refused",
    known: "recorded",
    local: "InvalidParameterValue, then no rules",
    moto: "no rules",
    ask: trial => after(trial, trial.authorize({ IpProtocol: "tcp", FromPort: 22, ToPort: 22 })),
  },
  {
    behaviour: "the same rule twice in one call",
    aws: "refused: the same permission must not appear multiple times",
    known: "recorded",
    local: "InvalidParameterValue, then no rules",
    moto: "InvalidPermission.Duplicate, then tcp 22 22 10.0.0.0/8",
    ask: trial => after(trial, trial.authorize(ipv4("tcp", 22, 22, "10.0.0.0/8", "10.0.0.0/8"))),
  },
  {
    behaviour: "a new rule and a duplicate in one call",
    aws: "neither is stored",
    known: "inferred",
    local: "InvalidPermission.Duplicate, then tcp 22 22 10.0.0.0/8",
    moto: "InvalidPermission.Duplicate, then tcp 21 21 10.0.0.0/8; tcp 22 22 10.0.0.0/8",
    async ask(trial) {
      await trial.authorize(ipv4("tcp", 22, 22, "10.0.0.0/8"));
      const both = [ipv4("tcp", 21, 21, "10.0.0.0/8"), ipv4("tcp", 22, 22, "10.0.0.0/8")];
      return after(trial, trial.authorize(...both));
    },
  },
  {
    behaviour: "the answer to two ip permissions in one call",
    aws: "names every rule made",
    known: "documented",
    local: "names 2 of 2",
    moto: "names 1 of 2",
    async ask(trial) {
      const both = [ipv4("tcp", 21, 21, "10.0.0.0/8"), ipv4("tcp", 22, 22, "10.0.0.0/8")];
      const { SecurityGroupRules = [] } = await trial.authorize(...both);
      return `names ${SecurityGroupRules.length} of 2`;
    },
  },
  {
    behaviour: "a prefix list that does not exist",
    aws: "refused",
    known: "inferred",
    local: "InvalidPrefixListID.NotFound",
    moto: "accepted",
    ask: trial => refusal(trial.authorize(listed("pl-0123456789abcdef1"))),
  },
  {
    behaviour: "a description in Chinese",
    aws: "refused",
    known: "documented",
    local: "InvalidParameterValue",
    moto: "accepted",
    ask: trial =>
      refusal(
        trial.authorize({
          ...ipv4("tcp", 22, 22),
          IpRanges: [{ CidrIp: "10.0.0.0/8", Description: "办公室" }],
        }),
      ),
  },
  {
    behaviour: "60 IPv4 rules, then an IPv6 rule",
    aws: "accepted: the quota counts each family by itself",
    known: "documented",
    local: "accepted",
    moto: "RulesPerSecurityGroupLimitExceeded",
    async ask(trial) {
      const blocks = Array.from({ length: 60 }, (_, index) => `10.0.${index}.0/24`);
      await trial.authorize(ipv4("tcp", 22, 22, ...blocks));
      return refusal(trial.authorize(ipv6("tcp", 22, 22, "::/0")));
    },
  },
  {
    behaviour: "59 rules, then a prefix list of 2 entries at most",
    aws: "refused: a list counts its largest size",
    known: "documented",
    local: "RulesPerSecurityGroupLimitExceeded",
    moto: "accepted",
    async ask(trial) {
      const blocks = Array.from({ length: 59 }, (_, index) => `10.0.${index}.0/24`);
      await trial.authorize(ipv4("tcp", 22, 22, ...blocks));
      return refusal(trial.authorize(listed(await smallList(trial))));
    },
  },
];

const listed = (PrefixListId: string) => ({
  ...ipv4("tcp", 22, 22),
  PrefixListIds: [{ PrefixListId }],
});

async function smallList({ client }: Trial): Promise<string> {
  const { PrefixList } = await client.createManagedPrefixList({
    PrefixListName: "small",
    AddressFamily: "IPv4",
    MaxEntries: 2,
    Entries: [{ Cidr: "192.0.2.0/24" }],
  });
  return PrefixList?.PrefixListId ?? "";
}
