import { describe, expect, test } from "vitest";
import { formatPorts, parsePorts } from "../../matrix/file/ports.ts";

const tcp = (from: number, to = from) => ({ protocol: "tcp", from, to });
const udp = (from: number, to = from) => ({ protocol: "udp", from, to });
const icmp = (from: number, to: number) => ({ protocol: "icmp", from, to });

const READ = [
  ["tcp 7002", [tcp(7002)], "tcp 7002"],
  ["tcp 80 443 8000-8100", [tcp(80), tcp(443), tcp(8000, 8100)], "tcp 80 443 8000-8100"],
  ["tcp 80,443", [tcp(80), tcp(443)], "tcp 80 443"],
  [" tcp 80, 443, ", [tcp(80), tcp(443)], "tcp 80 443"],
  ["tcp 1-65535 8080", [tcp(1, 65535), tcp(8080)], "tcp 1-65535 8080"],
  ["udp 30000-32768", [udp(30000, 32768)], "udp 30000-32768"],
  ["tcp 0", [tcp(0)], "tcp 0"],
  ["tcp", [tcp(0, 65535)], "tcp"],
  ["tcp all", [tcp(0, 65535)], "tcp"],
  ["tcp 0-65535", [tcp(0, 65535)], "tcp"],
  ["icmp", [icmp(-1, -1)], "icmp"],
  ["icmp all", [icmp(-1, -1)], "icmp"],
  ["icmp 8/0", [icmp(8, 0)], "icmp 8/0"],
  ["icmp 3/all 8/0", [icmp(3, -1), icmp(8, 0)], "icmp 3/all 8/0"],
  ["icmpv6", [{ protocol: "icmpv6", from: -1, to: -1 }], "icmpv6"],
  ["icmpv6 128/0", [{ protocol: "icmpv6", from: 128, to: 0 }], "icmpv6 128/0"],
  ["proto 47", [{ protocol: 47, from: -1, to: -1 }], "proto 47"],
  ["proto 0 255", [0, 255].map(protocol => ({ protocol, from: -1, to: -1 })), "proto 0 255"],
  ["proto 6", [tcp(0, 65535)], "tcp"],
  ["proto 17", [udp(0, 65535)], "udp"],
  ["proto 1", [icmp(-1, -1)], "icmp"],
  ["proto 58", [{ protocol: "icmpv6", from: -1, to: -1 }], "icmpv6"],
  ["all", [{ protocol: "all", from: -1, to: -1 }], "all"],
] as const;

describe("reads", () => {
  test.each(READ)("%s", (text, ports, canonical) => {
    const reading = parsePorts(text);
    expect(reading).toEqual({ ports, faults: [] });
    expect(formatPorts(reading.ports)).toBe(canonical);
  });
});

test("writes several protocols in the order they stand in", () => {
  const texts = ["tcp 80 443", "udp 53", "tcp 8080", "icmp"];
  const ports = texts.flatMap(text => parsePorts(text).ports);
  expect(formatPorts(ports)).toBe("tcp 80 443, udp 53, tcp 8080, icmp");
});

const REFUSED = [
  ["80/443", "slash", "write tcp 80 443 for the two ports, tcp 80-443 for the range"],
  ["tcp 80/443", "slash", "write tcp 80 443 for the two ports, tcp 80-443 for the range"],
  ["udp 90/80", "slash", "write udp 90 80 for the two ports, udp 80-90 for the range"],
  ["tcp 8080/8080", "slash", "write tcp 8080"],
  ["443/tcp", "slash", "write tcp 443"],
  ["22:22", "colon", "write tcp 22"],
  ["tcp 80:90", "colon", "write tcp 80 90 for the two ports, tcp 80-90 for the range"],
  ["443", "protocol", "name the protocol: tcp 443 or udp 443"],
  ["1-65535", "protocol", "name the protocol: tcp 1-65535 or udp 1-65535"],
  ["80 443", "protocol", "name the protocol: tcp 80 443 or udp 80 443"],
  ["tcp 65536", "range", "ports are 0 to 65535"],
  ["tcp 99999999999999999999", "range", "ports are 0 to 65535"],
  ["tcp 90-80", "reversed", "write tcp 80-90"],
  ["tcp 0080", "zero", "write tcp 80"],
  ["tcp 30000 - 32768", "port", "write tcp 30000-32768"],
  ["tcp -1", "port", "write for example tcp 80 443 8000-8100"],
  ["tcp http", "port", "write for example tcp 80 443 8000-8100"],
  ["TCP 80", "case", "write tcp 80"],
  ["tpc 80", "protocol", "did you mean tcp?"],
  ["any", "protocol", "write all"],
  ["sctp 80", "protocol", "one of tcp, udp, icmp, icmpv6, proto, all"],
  ["", "empty", "write for example tcp 80 443 8000-8100"],
  ["tcp 80, udp 53", "several", "write a list: [tcp 80, udp 53]"],
  ["tcp 80,443 udp 53", "several", "write a list: [tcp 80 443, udp 53]"],
  ["all 443", "all", "write all alone, or tcp for all ports of tcp"],
  ["icmp 8", "icmp", "write icmp 8/0 for one code, icmp 8/all for every code"],
  ["icmp 256/0", "range", "types and codes are 0 to 255"],
  ["icmp 8/256", "range", "types and codes are 0 to 255"],
  ["proto", "proto", "write proto 0 to proto 255"],
  ["proto 256", "proto", "write proto 0 to proto 255"],
  ["proto gre", "proto", "write proto 0 to proto 255"],
] as const;

describe("refuses", () => {
  test.each(REFUSED)("%s with the fault %s and the cure: %s", (text, code, cure) => {
    expect(parsePorts(text).faults.map(fault => [fault.code, fault.cure])).toEqual([[code, cure]]);
  });

  test("every wrong port of one text", () => {
    const { faults } = parsePorts("tcp 80/443 70000 90-80");
    expect(faults.map(fault => fault.code)).toEqual(["slash", "range", "reversed"]);
  });
});
