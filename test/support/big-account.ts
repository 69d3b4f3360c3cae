// An account as large as they come, planted: many groups of many rules, each worn by interfaces, some
// with a rule that nothing permits.

import type { Account } from "../../local/account.ts";
import type { RuleSeed } from "../../local/ec2/ec2.ts";

export interface Size {
  readonly groups: number;
  readonly rules: number;
  /** Every so many groups one drifts. */
  readonly driftEvery: number;
}

/** The matrix that permits what is planted beside the drift. */
export const bigMatrix = `matrix: big
mode: observe
networks:
  office: [10.0.0.0/8]
groups:
  servers: { tags: { fleet: big }, egress: listed }
flows:
  - { from: office, to: servers, ports: tcp 1024-65535, need: allowed }
  - { from: servers, to: office, ports: tcp 443-8443, need: allowed }
  - { from: servers, to: 192.0.2.0/24, ports: all, need: allowed }
forbid:
  - { from: public, to: servers, ports: tcp 22, reason: no shells }
`;

const VPC = "vpc-0b16acc0000000001";

/** Plants the groups, and as many interfaces again that wear two of them. */
export function seedBig(account: Account, { groups, rules, driftEvery }: Size): void {
  const { seed } = account.ec2;
  const place = { account: account.accountId, region: account.region };
  seed.vpc(place, { vpcId: VPC, cidr: "10.0.0.0/8" });
  const ids: string[] = [];
  for (let index = 0; index < groups; index++) {
    const drift: RuleSeed[] =
      index % driftEvery === 0
        ? [{ protocol: "tcp", from: 8_080, to: 8_080, cidr: "203.0.113.7/32" }]
        : [];
    const name = `big-${index}`;
    const own = Array.from({ length: rules - drift.length }, (_, at) => ruleSeed(index, at));
    const tags = { fleet: "big" };
    ids.push(
      seed.group(place, {
        name,
        vpcId: VPC,
        tags,
        defaultEgress: false,
        rules: [...own, ...drift],
      }),
    );
  }
  for (const [index, id] of ids.entries()) {
    const other = ids[(index + 1) % groups] ?? id;
    const octets = (at: number) => `10.0.${Math.floor(at / 250)}.${(at % 250) + 4}`;
    seed.interface(place, { vpcId: VPC, address: octets(2 * index), groupIds: [id] });
    seed.interface(place, { vpcId: VPC, address: octets(2 * index + 1), groupIds: [id, other] });
  }
}

function ruleSeed(group: number, at: number): RuleSeed {
  const isEgress = at % 2 === 1;
  const cidr = `10.${group % 250}.${at}.0/24`;
  const port = isEgress ? 443 + at : 5_000 + at;
  return { egress: isEgress, protocol: "tcp", from: port, to: port, cidr };
}
