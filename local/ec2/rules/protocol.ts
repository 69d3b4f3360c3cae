// What do this protocol and these ports mean to EC2? Names for four protocols, decimal text for the
// others; ports only where the protocol has them.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html

import { invalidValue } from "../errors.ts";

const names: { [number: string]: string } = {
  "6": "tcp",
  "17": "udp",
  "1": "icmp",
  "58": "icmpv6",
};
const named = new Set(Object.values(names));

/** Ports of a rule, or ICMP type and code; -1 to -1 where there are none. */
export interface Ports {
  from: number;
  to: number;
}

/** The protocol as EC2 stores it, or EC2's refusal. */
export function canonicalProtocol(text: string | undefined): string {
  if (text === undefined) {
    throw invalidValue(
      "Invalid value 'null' for protocol. VPC security group rules must specify protocols explicitly.",
    );
  }
  const lower = text.toLowerCase();
  if (lower === "-1" || named.has(lower)) return lower;
  if (/^\d{1,3}$/.test(lower) && Number(lower) <= 255) {
    const number = String(Number(lower));
    return names[number] ?? number;
  }
  throw invalidValue(`Invalid value '${text}' for IP protocol. Unknown protocol.`);
}

/** Tells whether a rule of this protocol has ports (or ICMP type and code) at all. */
export function hasPorts(protocol: string): boolean {
  return named.has(protocol);
}

/** The ports as EC2 stores them, or EC2's refusal. */
export function canonicalPorts(
  protocol: string,
  from: number | undefined,
  to: number | undefined,
): Ports {
  if (!hasPorts(protocol)) return { from: -1, to: -1 };
  if (protocol === "tcp" || protocol === "udp") return portRange(from, to);
  if (protocol === "icmpv6" && from === undefined && to === undefined) return { from: -1, to: -1 };
  return typeAndCode(from, to);
}

function portRange(from: number | undefined, to: number | undefined): Ports {
  if (from === undefined || to === undefined) {
    throw invalidValue(
      "Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.",
    );
  }
  if (from < 0 || to > 65535 || from > to) {
    throw invalidValue(`Invalid TCP/UDP port range (${from}:${to})`);
  }
  return { from, to };
}

function typeAndCode(type: number | undefined, code: number | undefined): Ports {
  if (type === undefined || code === undefined) {
    throw invalidValue("Invalid value 'Must specify both type and code with ICMP.' for portRange.");
  }
  for (const [what, value] of [
    ["type", type],
    ["code", code],
  ] as const) {
    if (value < -1 || value > 255) throw invalidValue(`ICMP ${what} (${value}) out of range`);
  }
  if (type === -1 && code !== -1) {
    throw invalidValue(`ICMP code (${code}) must be -1 when the type is -1`);
  }
  return { from: type, to: code };
}
