// What is risky about a port that the whole world may reach: the doors of machines, everything at once,
// and ranges so wide that nobody knows what listens there.
import { ALL, canonicalShape, hasPorts, type Shape, shapeCovers, TCP } from "../rules/protocol.ts";

/** How many ports from the world are too many to have been meant. */
export const WIDE = 1_000;

const DOORS: ReadonlyMap<number, string> = new Map([
  [22, "ssh"],
  [3389, "remote desktop"],
]);

/** Says what is dangerous about these ports open to everybody; undefined where nothing is. */
export function doorOf(shape: Shape): string | undefined {
  const { protocol } = shape;
  if (protocol === ALL) return "everything";
  if (hasPorts(protocol) && portCount(shape) > 65_535) {
    return `all ports of ${protocol === TCP ? "tcp" : "udp"}`;
  }
  const open = [...DOORS].filter(([port]) => shapeCovers(shape, canonicalShape(TCP, port)));
  return open.length === 0 ? undefined : open.map(([port, name]) => `${name} (${port})`).join(", ");
}

/** How many ports a shape has; 1 where it has none. */
export function portCount({ protocol, from, to }: Shape): number {
  return hasPorts(protocol) ? to - from + 1 : 1;
}
