// How much Portward calls, takes and costs for so many accounts, regions and groups: the calls counted
// on the local account (test/functions/call-counts.test.ts), the quotas and prices AWS publishes, and
// assumptions about the people in these accounts. Every number has one place; change it there.

/** What is looked after, and what goes on in it. */
export interface Assumptions {
  readonly accounts: number;
  readonly regions: number;
  /** Of one account and region, as are the next three. */
  readonly groups: number;
  readonly interfaces: number;
  /** Calls a day for each group that change its rules or tags, by people and machines. */
  readonly changesPerGroup: number;
  /** Calls a day for each group that attach it to something: instances, tasks, balancers. */
  readonly attachmentsPerGroup: number;
  /** Of the changes, those that open what is not permitted. */
  readonly driftShare: number;
  readonly auditsPerDay: number;
  /** The busiest minute against the average one. */
  readonly peak: number;
}

/** What a usual account does; somebody else's are given on the command line. */
export const usual: Omit<Assumptions, "accounts" | "regions"> = {
  groups: 50,
  interfaces: 200,
  changesPerGroup: 0.5,
  attachmentsPerGroup: 2,
  driftShare: 0.05,
  auditsPerDay: 24,
  peak: 20,
};

/** Calls of one kind of work; `perGroup` comes on top for each group. */
export interface Calls {
  readonly ec2Reads: number;
  readonly ec2Writes: number;
  readonly tableReads: number;
  readonly tableWrites: number;
  readonly perGroup?: number;
}

/** As counted, warm: the own call that comes back as an event is part of the closing. */
export const calls = {
  nothing: { ec2Reads: 2, ec2Writes: 0, tableReads: 3, tableWrites: 0 },
  closing: { ec2Reads: 5, ec2Writes: 1, tableReads: 10, tableWrites: 9 },
  sweep: { ec2Reads: 0, ec2Writes: 0, tableReads: 15, tableWrites: 0 },
  /** Reads of EC2 are by pages, see below. */
  audit: { ec2Reads: 0, ec2Writes: 0, tableReads: 30, tableWrites: 5, perGroup: 1 },
} as const satisfies Record<string, Calls>;

/** How an audit reads EC2: pages of so many, and calls that do not grow. */
export const auditPages = { groups: 200, interfaces: 500, fixed: 1, perSecond: 5 } as const;

/** A write of a finding is a write of each of its two indexes too; items are small. */
const UNITS = { perRead: 1, perWrite: 2.5 } as const;
/** Seconds of 512 MB, with the waiting for AWS. */
const SECONDS = { event: 0.4, closing: 1.2, sweep: 0.25, auditFixed: 2, auditGroup: 0.02 } as const;
const GIGABYTES = 0.5;
const LOG_KILOBYTES = { event: 1, sweep: 0.5, audit: 4 } as const;
const DAYS = 30;
const SWEEPS = 1_440;
/** A hub sweeps a scope for so many minutes after an event, and then asks whether anything waits there. */
const LINGER_MINUTES = 5;
const WAITING_READS = 8;
/** An idle queue is asked by five pollers, each for 20 seconds at a time. */
const IDLE_POLLS = 5 * 3 * SWEEPS;
const ALARMS = 8;

/** US dollars, us-east-1, on 2026-11-28, without the free tier. EC2's API and a first trail cost nothing. */
export const prices = {
  lambdaRequest: 0.2e-6,
  lambdaGigabyteSecond: 0.0000133334,
  tableRead: 0.125e-6,
  tableWrite: 0.625e-6,
  queueRequest: 0.4e-6,
  /** An event that goes to another account's bus; AWS's own on the default bus are free. */
  busEvent: 1e-6,
  publish: 0.5e-6,
  mail: 2e-5,
  logGigabyte: 0.5,
  alarm: 0.1,
  key: 1,
  secret: 0.4,
  dashboard: 3,
} as const;

/** `apart`: everything in every account and region. `hub`: events and roles there, the rest once. */
export type Layout = "apart" | "hub";

/** What it comes to. */
export interface Scale {
  readonly scopes: number;
  readonly eventsPerDay: number;
  readonly closedPerDay: number;
  /** At the busiest minute. */
  readonly eventsPerSecond: number;
  /** Functions at work at once at the busiest minute. */
  readonly functionsAtOnce: number;
  /** EC2 reads of all audits in a day; of one audit of one scope; and how long that one takes. */
  readonly auditReadsPerDay: number;
  readonly auditReads: number;
  readonly auditSeconds: number;
  /** If one function audited one scope after the other. */
  readonly auditHoursInLine: number;
  /** Calls of all minute sweeps in a second. */
  readonly sweepReadsPerSecond: number;
  readonly dollars: Readonly<Record<string, number>>;
  readonly dollarsPerMonth: number;
}

/** Computes it. */
export function scaleOf(given: Assumptions, layout: Layout): Scale {
  const scopes = given.accounts * given.regions;
  const changes = scopes * given.groups * given.changesPerGroup;
  const eventsPerDay = changes + scopes * given.groups * given.attachmentsPerGroup;
  const closedPerDay = changes * given.driftShare;
  const auditReads =
    Math.ceil(given.groups / auditPages.groups) +
    Math.ceil(given.interfaces / auditPages.interfaces) +
    auditPages.fixed;
  const auditSeconds = Math.max(
    auditReads / auditPages.perSecond,
    SECONDS.auditFixed + given.groups * SECONDS.auditGroup,
  );
  const eventsPerSecond = (eventsPerDay / 86_400) * given.peak;
  const dollars = dollarsOf(given, layout, {
    scopes,
    changes,
    eventsPerDay,
    closedPerDay,
    auditSeconds,
  });
  return {
    ...{ scopes, eventsPerDay, closedPerDay, eventsPerSecond },
    functionsAtOnce: Math.ceil(eventsPerSecond * SECONDS.event),
    auditReadsPerDay: scopes * given.auditsPerDay * auditReads,
    ...{ auditReads, auditSeconds },
    auditHoursInLine: (scopes * auditSeconds) / 3_600,
    sweepReadsPerSecond: (sweepsPerDay(given, layout) * sweepReads(layout)) / 86_400,
    dollars,
    dollarsPerMonth: Object.values(dollars).reduce((sum, part) => sum + part, 0),
  };
}

/** Sweeps of all scopes in a day; in a hub of those where something happened, and after each audit. */
function sweepsPerDay(given: Assumptions, layout: Layout): number {
  const scopes = given.accounts * given.regions;
  if (layout === "apart") return scopes * SWEEPS;
  const events = given.groups * (given.changesPerGroup + given.attachmentsPerGroup);
  const busy = 1 - Math.exp((-events * LINGER_MINUTES) / SWEEPS);
  return scopes * (given.auditsPerDay + SWEEPS * busy);
}

const sweepReads = (layout: Layout): number =>
  calls.sweep.tableReads + (layout === "hub" ? WAITING_READS : 0);

interface Loads {
  readonly scopes: number;
  readonly changes: number;
  readonly eventsPerDay: number;
  readonly closedPerDay: number;
  readonly auditSeconds: number;
}

function dollarsOf(given: Assumptions, layout: Layout, loads: Loads): Record<string, number> {
  const { scopes, eventsPerDay, closedPerDay } = loads;
  const copies = layout === "apart" ? scopes : 1;
  const audits = scopes * given.auditsPerDay;
  const sweeps = sweepsPerDay(given, layout);
  const seconds =
    eventsPerDay * SECONDS.event +
    closedPerDay * (SECONDS.closing - SECONDS.event) +
    sweeps * SECONDS.sweep +
    audits * loads.auditSeconds;
  const { reads, writes } = tableCalls(given, loads, { audits, sweeps, layout });
  const logs =
    eventsPerDay * LOG_KILOBYTES.event +
    sweeps * LOG_KILOBYTES.sweep +
    audits * LOG_KILOBYTES.audit;
  const rounds = layout === "hub" ? audits + sweeps : 0;
  const forwarded = layout === "hub" ? eventsPerDay + closedPerDay : 0;
  return {
    functions: monthly(
      (eventsPerDay + sweeps + audits) * prices.lambdaRequest +
        seconds * GIGABYTES * prices.lambdaGigabyteSecond,
    ),
    tables: monthly(
      reads * UNITS.perRead * prices.tableRead + writes * UNITS.perWrite * prices.tableWrite,
    ),
    queues: monthly((copies * IDLE_POLLS + (eventsPerDay + rounds) * 3) * prices.queueRequest),
    events: monthly(forwarded * prices.busEvent),
    alerts: monthly(closedPerDay * (prices.publish + prices.busEvent + 5 * prices.mail)),
    logs: monthly((logs / 1e6) * prices.logGigabyte),
    standing:
      copies * (ALARMS * prices.alarm + prices.key + 2 * prices.secret) +
      // Each member has an alarm of its own.
      (layout === "hub" ? scopes * prices.alarm : 0) +
      prices.dashboard,
  };
}

function tableCalls(
  given: Assumptions,
  { changes, closedPerDay }: Loads,
  { audits, sweeps, layout }: { audits: number; sweeps: number; layout: Layout },
): { reads: number; writes: number } {
  const perAudit = calls.audit.tableReads + given.groups * calls.audit.perGroup;
  return {
    reads:
      (changes - closedPerDay) * calls.nothing.tableReads +
      closedPerDay * calls.closing.tableReads +
      sweeps * sweepReads(layout) +
      audits * perAudit,
    writes: closedPerDay * calls.closing.tableWrites + audits * calls.audit.tableWrites,
  };
}

const monthly = (daily: number): number => daily * DAYS;
