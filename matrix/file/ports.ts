// The ports of a flow as a matrix writes them: one rule for each port or range, as written.

import type { PortSpec } from "../document.ts";
import { choiceCure } from "./spelling.ts";

/** Why a text is no ports, and what to write. */
export interface PortsFault {
  readonly code: string;
  readonly message: string;
  readonly cure: string;
}

/** The ports of a text; with faults they are not whole. */
export interface PortsReading {
  readonly ports: readonly PortSpec[];
  readonly faults: readonly PortsFault[];
}

const WORDS = ["tcp", "udp", "icmp", "icmpv6", "proto", "all"];
const EXAMPLE = "write for example tcp 80 443 8000-8100";

/**
 * Reads one text of ports. Its forms, with a comma or space between what is several:
 *
 * - `tcp 7002`, `udp 30000-32768`, `tcp 80 443 8000-8100`; `tcp` alone is every port
 * - `icmp`, `icmpv6`: every type; `icmp 8/0`: type and code; `icmp 3/all`: every code
 * - `proto 47`: an IP protocol by number; 1, 6, 17 and 58 are the ones with names
 * - `all`: everything
 *
 * @example parsePorts("tcp 80 443").ports // [{ protocol: "tcp", from: 80, to: 80 }, { … 443 … }]
 */
export function parsePorts(text: string): PortsReading {
  const [word = "", ...rest] = text.trim().split(/[\s,]/);
  const tokens = rest.filter(token => token !== "");
  if (!WORDS.includes(word)) return refused(wordFault(word, tokens));
  if (tokens.some(token => WORDS.includes(token) && token !== "all")) {
    return refused(severalFault(text));
  }
  if (/\d\s+-|-\s+\d/.test(text)) return refused(spacedFault(text));
  if (word === "all") return tokens.length > 0 ? refused(allFault) : one("all", -1, -1);
  if (word === "proto") return tokens.length > 0 ? each(tokens, protoOf) : refused(protoFault(""));
  const isWhole = tokens.length === 0 || (tokens.length === 1 && tokens[0] === "all");
  if (word === "tcp" || word === "udp") {
    return isWhole ? one(word, 0, 65535) : each(tokens, token => rangeOf(word, token));
  }
  const icmp = word === "icmp" ? "icmp" : "icmpv6";
  return isWhole ? one(icmp, -1, -1) : each(tokens, token => typeOf(icmp, token));
}

/**
 * Writes ports in one text, protocols in their order.
 *
 * @example formatPorts(parsePorts("tcp 80, 443").ports) // "tcp 80 443"
 */
export function formatPorts(ports: readonly PortSpec[]): string {
  const groups: { word: string; tokens: string[] }[] = [];
  for (const spec of ports) {
    const { word, token } = words(spec);
    const last = groups.at(-1);
    if (token !== undefined && last?.word === word && last.tokens.length > 0) {
      last.tokens.push(token);
    } else groups.push({ word, tokens: token === undefined ? [] : [token] });
  }
  return groups.map(({ word, tokens }) => [word, ...tokens].join(" ")).join(", ");
}

function words({ protocol, from, to }: PortSpec): { word: string; token?: string } {
  if (typeof protocol === "number") return { word: "proto", token: String(protocol) };
  if (protocol === "all") return { word: "all" };
  if (protocol === "icmp" || protocol === "icmpv6") {
    if (from < 0) return { word: protocol };
    return { word: protocol, token: `${from}/${to < 0 ? "all" : to}` };
  }
  if (from === 0 && to === 65535) return { word: protocol };
  return { word: protocol, token: from === to ? String(from) : `${from}-${to}` };
}

type Outcome = PortSpec | PortsFault;

const one = (protocol: PortSpec["protocol"], from: number, to: number): PortsReading => ({
  ports: [{ protocol, from, to }],
  faults: [],
});

const refused = (fault: PortsFault): PortsReading => ({ ports: [], faults: [fault] });

function each(tokens: readonly string[], read: (token: string) => Outcome): PortsReading {
  const outcomes = tokens.map(read);
  return {
    ports: outcomes.flatMap(outcome => ("message" in outcome ? [] : [outcome])),
    faults: outcomes.flatMap(outcome => ("message" in outcome ? [outcome] : [])),
  };
}

function rangeOf(protocol: "tcp" | "udp", token: string): Outcome {
  const match = /^(\d+)(?:-(\d+))?$/.exec(token);
  if (!match) return tokenFault(protocol, token);
  const from = Number(match[1]);
  const to = Number(match[2] ?? match[1]);
  const plain = from === to ? String(from) : `${from}-${to}`;
  if (from > 65535 || to > 65535) {
    const cure = "ports are 0 to 65535";
    return fault("range", `${protocol} ${token} is out of range`, cure);
  }
  if (from > to) {
    const cure = `write ${protocol} ${to}-${from}`;
    return fault("reversed", `${protocol} ${token} is reversed`, cure);
  }
  if (/(^|-)0\d/.test(token)) {
    const cure = `write ${protocol} ${plain}`;
    return fault("zero", `${protocol} ${token} has leading zeros`, cure);
  }
  return { protocol, from, to };
}

function typeOf(protocol: "icmp" | "icmpv6", token: string): Outcome {
  const match = /^(\d{1,5})\/(\d{1,5}|all)$/.exec(token);
  if (!match) {
    const type = /^\d{1,3}$/.test(token) ? token : "8";
    const cure = `write ${protocol} ${type}/0 for one code, ${protocol} ${type}/all for every code`;
    return fault("icmp", `${protocol} ${token} is no type and code`, cure);
  }
  const from = Number(match[1]);
  const to = match[2] === "all" ? -1 : Number(match[2]);
  if (from <= 255 && to <= 255) return { protocol, from, to };
  const cure = "types and codes are 0 to 255";
  return fault("range", `${protocol} ${token} is out of range`, cure);
}

const NAMED: Readonly<Record<string, "tcp" | "udp" | "icmp" | "icmpv6">> = {
  1: "icmp",
  6: "tcp",
  17: "udp",
  58: "icmpv6",
};

function protoOf(token: string): Outcome {
  if (!/^(0|[1-9]\d{0,2})$/.test(token) || Number(token) > 255) return protoFault(token);
  const protocol = NAMED[token];
  if (protocol === undefined) return { protocol: Number(token), from: -1, to: -1 };
  const hasPorts = protocol === "tcp" || protocol === "udp";
  return hasPorts ? { protocol, from: 0, to: 65535 } : { protocol, from: -1, to: -1 };
}

function fault(code: string, message: string, cure: string): PortsFault {
  return { code, message, cure };
}

const protoFault = (text: string): PortsFault =>
  fault(
    "proto",
    `proto ${text}`.trim().concat(" is no protocol number"),
    "write proto 0 to proto 255",
  );

const allFault = fault("all", "all has no ports", "write all alone, or tcp for all ports of tcp");

// Consoles print ranges with spaces; here a space stands between two ports.
function spacedFault(text: string): PortsFault {
  const closed = text.trim().replace(/\s*-\s*/g, "-");
  return fault("port", "a range is written without spaces", `write ${closed}`);
}

function severalFault(text: string): PortsFault {
  const parts = text.trim().split(/[\s,]+(?=(?:tcp|udp|icmp|icmpv6|proto)\b)/);
  const list = parts.map(part => part.split(/[\s,]+/).join(" ")).join(", ");
  return fault("several", "one text has one protocol", `write a list: [${list}]`);
}

function wordFault(word: string, rest: readonly string[]): PortsFault {
  const whole = [word, ...rest].join(" ");
  if (word === "") return fault("empty", "the text is empty", EXAMPLE);
  if (/^\d/.test(word)) {
    const inner = tokenFault("tcp", word);
    const told = /^\d+(-\d+)?$/.test(word) || rest.length > 0;
    const cure = `name the protocol: tcp ${whole} or udp ${whole}`;
    return told ? fault("protocol", `${whole} has no protocol`, cure) : inner;
  }
  const lower = word.toLowerCase();
  if (WORDS.includes(lower)) {
    return fault("case", `${word} is written in lower case`, `write ${[lower, ...rest].join(" ")}`);
  }
  const cure = word === "any" || word === "-1" ? "write all" : choiceCure(lower, WORDS);
  return fault("protocol", `${word} is no protocol`, cure);
}

/** What people write between two ports, and what they may have meant by it. */
function tokenFault(protocol: string, token: string): PortsFault {
  const named = /^(\d+)\/(tcp|udp)$/i.exec(token);
  if (named?.[2]) {
    return fault("slash", `${token} is no port`, `write ${named[2].toLowerCase()} ${named[1]}`);
  }
  const pair = /^(\d+)([/:.~]|\.\.)(\d+)$/.exec(token);
  if (!pair) return fault("port", `${token} is no port or range`, EXAMPLE);
  const [, a = "", mark, b = ""] = pair;
  const code = mark === "/" ? "slash" : mark === ":" ? "colon" : "port";
  const message = `${token} can be read as two ports or as a range`;
  if (Number(a) === Number(b)) return fault(code, `${token} is one port`, `write ${protocol} ${a}`);
  const [low, high] = Number(a) < Number(b) ? [a, b] : [b, a];
  const cure = `write ${protocol} ${a} ${b} for the two ports, ${protocol} ${low}-${high} for the range`;
  return fault(code, message, cure);
}
