// The few ports, blocks and peers that random rules and flows are drawn from, and rules drawn freely
// from them. Blocks nest and adjoin and all are in canonical form.
import fc from "fast-check";
import { ruleText } from "./oracle/packet.ts";

export const BLOCKS: readonly string[] = [
  "0.0.0.0/0",
  "0.0.0.0/1",
  "128.0.0.0/1",
  "10.0.0.0/8",
  "10.0.0.0/9",
  "10.128.0.0/9",
  "11.0.0.0/8",
  "10.0.0.0/16",
  "10.1.0.0/16",
  "10.0.0.0/24",
  "10.0.1.0/24",
  "10.0.0.4/32",
  "10.0.0.5/32",
  "203.0.113.0/24",
  "203.0.113.0/25",
  "203.0.113.128/25",
  "::/0",
  "::/1",
  "8000::/1",
  "2001:db8::/32",
  "2001:db8::/33",
  "2001:db8:8000::/33",
  "2001:db8::1/128",
  "fd00::/8",
];

/** Ports as a matrix writes them. */
export const PORTS: readonly string[] = [
  "tcp 22",
  "tcp 21-25",
  "tcp 23-25",
  "tcp 26-79",
  "tcp 80 443",
  "tcp 79-81",
  "tcp 80-443",
  "tcp 0-21",
  "tcp 444-65535",
  "tcp",
  "udp 443",
  "udp 79-81",
  "udp 82-442",
  "icmp",
  "icmp 8/0",
  "icmp 3/4",
  "icmpv6",
  "icmpv6 128/0",
  "proto 47",
  "proto 50",
  "all",
];

/** Ports as one rule has them, in canonical form. */
export const RULE_PORTS: readonly string[] = [
  "tcp 22",
  "tcp 21-25",
  "tcp 22-80",
  "tcp 80",
  "tcp 443",
  "tcp 79-81",
  "tcp 80-443",
  "tcp 0-65535",
  "tcp 0-1023",
  "udp 443",
  "udp 79-442",
  "udp 0-65535",
  "icmp all",
  "icmp 8/0",
  "icmp 8/all",
  "icmp 3/4",
  "icmpv6 all",
  "icmpv6 128/0",
  "proto 47",
  "proto 50",
  "all",
];

/** AWS-side peers of rules: named ones, one that nobody knows, a foreign and a stale reference. */
export const AWS_PEERS: readonly string[] = [
  "pl-0a000000000000001",
  "pl-0a000000000000002",
  "pl-0c000000000000003",
  "pl-0f000000000000004",
  "pl-0e000000000000009",
  "sg-0a000000000000001",
  "sg-0b000000000000002",
  "sg-0b000000000000003",
  "sg-0d000000000000004",
  "sg-0d000000000000004@222233334444",
  "sg-0b000000000000002@?",
];

export const directionArb = fc.constantFrom(
  "ingress" as const,
  "ingress" as const,
  "egress" as const,
);

export const portsArb: fc.Arbitrary<string[]> = fc.array(fc.constantFrom(...PORTS), {
  minLength: 1,
  maxLength: 2,
});

/** Peers of rules. */
export const rulePeerArb: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...BLOCKS) },
  { weight: 1, arbitrary: fc.constantFrom(...AWS_PEERS) },
);

/** Canonical rule texts. */
export const freeRuleArb: fc.Arbitrary<string> = fc
  .tuple(directionArb, fc.constantFrom(...RULE_PORTS), rulePeerArb)
  .map(([direction, ports, peer]) => ruleText(direction, ports, peer));

const byteArb = fc.nat(255);
const wordArb = fc.oneof(fc.constant(0), fc.nat(0xffff));

/** Any block, host bits and spelling as they come. */
const wildBlockArb: fc.Arbitrary<string> = fc.oneof(
  fc
    .tuple(byteArb, byteArb, byteArb, byteArb, fc.nat(32))
    .map(([a, b, c, d, length]) => `${a}.${b}.${c}.${d}/${length}`),
  fc
    .tuple(fc.array(wordArb, { minLength: 8, maxLength: 8 }), fc.nat(128), fc.boolean())
    .map(([words, length, isUpper]) => {
      const text = words.map(word => word.toString(16)).join(":");
      return `${isUpper ? text.toUpperCase() : text}/${length}`;
    }),
);

const wildPortsArb: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom("tcp", "udp", "icmp", "icmpv6", "tcp all", "proto 51", "proto 0", "all"),
  fc
    .tuple(fc.constantFrom("tcp", "udp"), fc.nat(65535), fc.nat(65535))
    .map(([name, a, b]) => `${name} ${Math.min(a, b)}-${Math.max(a, b)}`),
  fc
    .tuple(fc.constantFrom("icmp", "icmpv6"), byteArb, fc.oneof(byteArb, fc.constant("all")))
    .map(([name, type, code]) => `${name} ${type}/${code}`),
);

/** Any rule text, canonical or not. */
export const anyRuleArb: fc.Arbitrary<string> = fc.oneof(
  freeRuleArb,
  fc
    .tuple(directionArb, wildPortsArb, fc.oneof(wildBlockArb, fc.constantFrom(...AWS_PEERS)))
    .map(([direction, ports, peer]) => ruleText(direction, ports, peer)),
);

/** Rules so close to each other that they often cover, cross and join; some are drawn freely. */
export const closeRuleArb: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .tuple(
        fc.constantFrom(
          "tcp 22",
          "tcp 21-22",
          "tcp 23-25",
          "tcp 21-25",
          "icmp 8/0",
          "icmp all",
          "all",
        ),
        fc.constantFrom("10.0.0.0/8", "10.0.0.0/9", "10.128.0.0/9", "10.0.0.0/16", "0.0.0.0/0"),
      )
      .map(([ports, peer]) => ruleText("ingress", ports, peer)),
  },
  { weight: 1, arbitrary: freeRuleArb },
);
