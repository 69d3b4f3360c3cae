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
  ["tcp 65535 65534-65535", [tcp(65535), tcp(65534, 65535)], "tcp 65535 65534-65535"],
  ["tcp  80  443", [tcp(80), tcp(443)], "tcp 80 443"],
  ["icmp 0/0", [icmp(0, 0)], "icmp 0/0"],
  ["icmp 255/255", [icmp(255, 255)], "icmp 255/255"],
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
  const written = (...texts: string[]) =>
    formatPorts(texts.flatMap(text => parsePorts(text).ports));
  expect(written("tcp 80 443", "udp 53", "tcp 8080", "icmp")).toBe(
    "tcp 80 443, udp 53, tcp 8080, icmp",
  );
  expect(written("tcp", "tcp 80", "tcp 81", "tcp")).toBe("tcp, tcp 80 81, tcp");
});

const REFUSED: readonly (readonly [text: string, code: string, message: string, cure: string])[] = [
  [
    "80/443",
    "slash",
    "80/443 can be read as two ports or as a range",
    "write tcp 80 443 for the two ports, tcp 80-443 for the range",
  ],
  [
    "tcp 80/443",
    "slash",
    "80/443 can be read as two ports or as a range",
    "write tcp 80 443 for the two ports, tcp 80-443 for the range",
  ],
  [
    "udp 90/80",
    "slash",
    "90/80 can be read as two ports or as a range",
    "write udp 90 80 for the two ports, udp 80-90 for the range",
  ],
  ["tcp 8080/8080", "slash", "8080/8080 is one port", "write tcp 8080"],
  ["443/tcp", "slash", "443/tcp is no port", "write tcp 443"],
  ["22:22", "colon", "22:22 is one port", "write tcp 22"],
  [
    "tcp 80:90",
    "colon",
    "80:90 can be read as two ports or as a range",
    "write tcp 80 90 for the two ports, tcp 80-90 for the range",
  ],
  ["443", "protocol", "443 has no protocol", "name the protocol: tcp 443 or udp 443"],
  [
    "1-65535",
    "protocol",
    "1-65535 has no protocol",
    "name the protocol: tcp 1-65535 or udp 1-65535",
  ],
  ["80 443", "protocol", "80 443 has no protocol", "name the protocol: tcp 80 443 or udp 80 443"],
  ["tcp 65536", "range", "tcp 65536 is out of range", "ports are 0 to 65535"],
  [
    "tcp 99999999999999999999",
    "range",
    "tcp 99999999999999999999 is out of range",
    "ports are 0 to 65535",
  ],
  ["tcp 90-80", "reversed", "tcp 90-80 is reversed", "write tcp 80-90"],
  ["tcp 0080", "zero", "tcp 0080 has leading zeros", "write tcp 80"],
  ["tcp 30000 - 32768", "port", "a range is written without spaces", "write tcp 30000-32768"],
  ["tcp -1", "port", "-1 is no port or range", "write for example tcp 80 443 8000-8100"],
  ["tcp http", "port", "http is no port or range", "write for example tcp 80 443 8000-8100"],
  ["TCP 80", "case", "TCP is written in lower case", "write tcp 80"],
  ["tpc 80", "protocol", "tpc is no protocol", "did you mean tcp?"],
  ["any", "protocol", "any is no protocol", "write all"],
  ["sctp 80", "protocol", "sctp is no protocol", "one of tcp, udp, icmp, icmpv6, proto, all"],
  ["", "empty", "the text is empty", "write for example tcp 80 443 8000-8100"],
  ["tcp 80, udp 53", "several", "one text has one protocol", "write a list: [tcp 80, udp 53]"],
  [
    "tcp 80,443 udp 53",
    "several",
    "one text has one protocol",
    "write a list: [tcp 80 443, udp 53]",
  ],
  ["all 443", "all", "all has no ports", "write all alone, or tcp for all ports of tcp"],
  [
    "icmp 8",
    "icmp",
    "icmp 8 is no type and code",
    "write icmp 8/0 for one code, icmp 8/all for every code",
  ],
  ["icmp 256/0", "range", "icmp 256/0 is out of range", "types and codes are 0 to 255"],
  ["icmp 8/256", "range", "icmp 8/256 is out of range", "types and codes are 0 to 255"],
  ["proto", "proto", "proto is no protocol number", "write proto 0 to proto 255"],
  ["proto 256", "proto", "proto 256 is no protocol number", "write proto 0 to proto 255"],
  ["proto gre", "proto", "proto gre is no protocol number", "write proto 0 to proto 255"],
  ["-1", "protocol", "-1 is no protocol", "write all"],
  ["x1", "protocol", "x1 is no protocol", "one of tcp, udp, icmp, icmpv6, proto, all"],
  [
    "80/443 8080",
    "protocol",
    "80/443 8080 has no protocol",
    "name the protocol: tcp 80/443 8080 or udp 80/443 8080",
  ],
  ["443/TCP", "slash", "443/TCP is no port", "write tcp 443"],
  [
    "tcp x443/tcp",
    "port",
    "x443/tcp is no port or range",
    "write for example tcp 80 443 8000-8100",
  ],
  [
    "tcp 443/tcpx",
    "port",
    "443/tcpx is no port or range",
    "write for example tcp 80 443 8000-8100",
  ],
  ["tcp x80/443", "port", "x80/443 is no port or range", "write for example tcp 80 443 8000-8100"],
  ["tcp 80/443x", "port", "80/443x is no port or range", "write for example tcp 80 443 8000-8100"],
  [
    "tcp 80..90",
    "port",
    "80..90 can be read as two ports or as a range",
    "write tcp 80 90 for the two ports, tcp 80-90 for the range",
  ],
  [
    "tcp 80~90",
    "port",
    "80~90 can be read as two ports or as a range",
    "write tcp 80 90 for the two ports, tcp 80-90 for the range",
  ],
  [
    "tcp 80.90",
    "port",
    "80.90 can be read as two ports or as a range",
    "write tcp 80 90 for the two ports, tcp 80-90 for the range",
  ],
  ["tcp 70000-80", "range", "tcp 70000-80 is out of range", "ports are 0 to 65535"],
  ["tcp 80-70000", "range", "tcp 80-70000 is out of range", "ports are 0 to 65535"],
  ["tcp 080-090", "zero", "tcp 080-090 has leading zeros", "write tcp 80-90"],
  ["tcp all 80", "port", "all is no port or range", "write for example tcp 80 443 8000-8100"],
  ["tcp 1  -2", "port", "a range is written without spaces", "write tcp 1-2"],
  ["tcp 1-  2", "port", "a range is written without spaces", "write tcp 1-2"],
  ["tcp 1- 2", "port", "a range is written without spaces", "write tcp 1-2"],
  ["tcp 1 -2", "port", "a range is written without spaces", "write tcp 1-2"],
  [" tcp 1 - 2 ", "port", "a range is written without spaces", "write tcp 1-2"],
  [
    " tcp 80,  443 udp 53 ",
    "several",
    "one text has one protocol",
    "write a list: [tcp 80 443, udp 53]",
  ],
  [
    "icmp x8/0",
    "icmp",
    "icmp x8/0 is no type and code",
    "write icmp 8/0 for one code, icmp 8/all for every code",
  ],
  [
    "icmp 8/0x",
    "icmp",
    "icmp 8/0x is no type and code",
    "write icmp 8/0 for one code, icmp 8/all for every code",
  ],
  [
    "icmp 128",
    "icmp",
    "icmp 128 is no type and code",
    "write icmp 128/0 for one code, icmp 128/all for every code",
  ],
  [
    "icmp x8",
    "icmp",
    "icmp x8 is no type and code",
    "write icmp 8/0 for one code, icmp 8/all for every code",
  ],
  [
    "icmp 8x",
    "icmp",
    "icmp 8x is no type and code",
    "write icmp 8/0 for one code, icmp 8/all for every code",
  ],
  [
    "icmp ab",
    "icmp",
    "icmp ab is no type and code",
    "write icmp 8/0 for one code, icmp 8/all for every code",
  ],
  [
    "icmp 1234",
    "icmp",
    "icmp 1234 is no type and code",
    "write icmp 8/0 for one code, icmp 8/all for every code",
  ],
  ["proto x47", "proto", "proto x47 is no protocol number", "write proto 0 to proto 255"],
  ["proto 47x", "proto", "proto 47x is no protocol number", "write proto 0 to proto 255"],
  ["proto 047", "proto", "proto 047 is no protocol number", "write proto 0 to proto 255"],
  ["icmpv6 256/0", "range", "icmpv6 256/0 is out of range", "types and codes are 0 to 255"],
];

describe("refuses", () => {
  test.each(REFUSED)("%j with the fault %s: %s (%s)", (text, code, message, cure) => {
    expect(parsePorts(text).faults).toEqual([{ code, message, cure }]);
  });

  test("every wrong port of one text", () => {
    const { faults } = parsePorts("tcp 80/443 70000 90-80");
    expect(faults.map(fault => fault.code)).toEqual(["slash", "range", "reversed"]);
  });
});
