// A time-boxed approval as data: what it lets through, where, from when until when. Who may ask,
// approve or end one is decided elsewhere; here only the clock speaks.

import type { Flow, MatrixDocument, PeerSpec, PortSpec } from "./document.ts";
import type { Line, Permit } from "./flows/part.ts";
import { linesOf, permitsOf, sidesOf } from "./flows/part.ts";
import { flowPeers, type Site } from "./flows/peers.ts";
import type { Pins } from "./flows/selection.ts";
import { boxOf } from "./rules/box.ts";
import { parseRule } from "./rules/rule.ts";

/** An exception as the reconcile reads it. Times are milliseconds since the epoch, end exclusive. */
export interface Exception {
  readonly id: string;
  readonly state: string;
  readonly start: number;
  readonly end: number;
  /** The groups the approval is bound to. */
  readonly groups: readonly string[];
  /** Whether Portward opens it at the start, or only tolerates that somebody does. */
  readonly open: boolean;
  readonly reason?: string;
  /** What it permits: a flow in the words of the matrix, or one rule text. */
  readonly flow?: {
    from: readonly PeerSpec[];
    to: readonly PeerSpec[];
    ports: readonly PortSpec[];
  };
  readonly rule?: string;
  /** Withdrawn while it was open, and what only it permitted is still to be closed. */
  readonly unsettled?: boolean;
  /** Rules that Portward opened for it on the group that is looked at, where that was read. */
  readonly opened?: readonly string[];
}

/** Tells whether an exception permits anything at this time; a late schedule changes nothing. */
export function isActive(exception: Exception, now: number): boolean {
  const approved = exception.state === "approved" || exception.state === "active";
  return approved && exception.start <= now && now < exception.end;
}

/** Tells whether an exception is over and what it alone permitted is still to be closed. */
export function isEnding({ state, end, unsettled }: Exception, now: number): boolean {
  if (state === "withdrawn") return unsettled === true;
  return (state === "approved" || state === "active") && end <= now;
}

/** What one exception permits and requires on a group that plays these parts. */
export function compileException(
  exception: Exception,
  groupId: string,
  parts: readonly string[],
  context: { document: MatrixDocument; pins: Pins; site: Site },
): { permits: Permit[]; lines: Line[] } {
  if (!exception.groups.includes(groupId)) return { permits: [], lines: [] };
  const { id, end, state } = exception;
  const opening = { id, until: end, isStarting: state === "approved" };
  const grant = { kind: "exception", id, until: end } as const;
  const flow = asFlow(exception);
  const part = parts[0] ?? "";
  const rule = exception.rule === undefined ? undefined : parseRule(exception.rule);
  if (rule) {
    const line = { part, rule, need: flow.need, flow, exception: opening };
    const lines = exception.open ? [line] : [];
    return { permits: [{ ...boxOf(rule), grant }], lines };
  }
  const sides = parts.flatMap(name => sidesOf(flow, name, context.document));
  const uses = sides.map(side => ({
    direction: side.direction,
    peers: flowPeers(side.peers, context.document, context.pins, context.site),
  }));
  return {
    permits: uses.flatMap(({ direction, peers }) => permitsOf(flow, direction, peers, grant)),
    lines: exception.open
      ? uses
          .flatMap(({ direction, peers }) => linesOf(part, flow, direction, peers))
          .map(line => ({ ...line, exception: opening }))
      : [],
  };
}

/** The rules that Portward is known to have opened for an exception, whatever the matrix says now. */
export function openedLines(exception: Exception): Line[] {
  const { id, end, opened = [] } = exception;
  const flow = asFlow(exception);
  return opened.flatMap(text => {
    const rule = parseRule(text);
    if (!rule) return [];
    const by = { id, until: end, isStarting: false };
    return [{ part: "", rule, need: flow.need, flow, exception: by }];
  });
}

function asFlow(exception: Exception): Flow {
  return {
    id: `exception ${exception.id}`,
    from: [...(exception.flow?.from ?? [])],
    to: [...(exception.flow?.to ?? [])],
    ports: [...(exception.flow?.ports ?? [])],
    need: exception.open ? "required" : "allowed",
    ...(exception.reason === undefined ? {} : { purpose: exception.reason }),
  };
}
