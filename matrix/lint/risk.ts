// What is risky about a port that the whole world may reach: the doors of machines, everything at once,
// and ranges so wide that nobody knows what listens there.
import { ALL, formatShape, hasPorts, type Shape, shapeCovers, TCP } from "../rules/protocol.ts";

/** How many ports from the world are too many to have been meant. */
export const WIDE = 1_000;

const DOORS: ReadonlyMap<number, string> = new Map([
  [22, "ssh"],
  [3389, "remote desktop"],
]);

/** Says what is dangerous about these ports open to everybody; undefined where nothing is. */
export function doorOf(shape: Shape): string | undefined {
  if (shape.protocol === ALL) return "everything";
  const [whole] = [{ protocol: shape.protocol, from: 0, to: 65535 }];
  if (hasPorts(shape.protocol) && shapeCovers(shape, whole)) {
    return `all ports of ${formatShape(whole).split(" ")[0]}`;
  }
  const open = [...DOORS].filter(([port]) =>
    shapeCovers(shape, { protocol: TCP, from: port, to: port }),
  );
  return open.length === 0 ? undefined : open.map(([port, name]) => `${name} (${port})`).join(", ");
}

/** How many ports a shape has; 1 where it has none. */
export function portCount({ protocol, from, to }: Shape): number {
  return hasPorts(protocol) ? to - from + 1 : 1;
}
