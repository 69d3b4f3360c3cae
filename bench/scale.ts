// Prints what Portward does and costs at several sizes; any assumption can be given:
// npm run scale -- --accounts 40 --regions 3 --groups 120
import { parseArgs } from "node:util";
import { type Assumptions, type Layout, type Scale, scaleOf, usual } from "./scale-model.ts";

const sizes: readonly (readonly [name: string, Assumptions, Layout])[] = [
  ["1 account, 1 region, 100 groups", { ...usual, accounts: 1, regions: 1, groups: 100 }, "apart"],
  [
    "1 account, 1 region, 2,500 groups",
    { ...usual, accounts: 1, regions: 1, groups: 2_500, interfaces: 10_000 },
    "apart",
  ],
  ["100 accounts × 5 regions, apart", { ...usual, accounts: 100, regions: 5 }, "apart"],
  ["100 accounts × 5 regions, hub", { ...usual, accounts: 100, regions: 5 }, "hub"],
  ["1,000 accounts × 5 regions, apart", { ...usual, accounts: 1_000, regions: 5 }, "apart"],
  ["1,000 accounts × 5 regions, hub", { ...usual, accounts: 1_000, regions: 5 }, "hub"],
];

const rows: readonly (readonly [name: string, of: (scale: Scale) => string])[] = [
  ["events a day", ({ eventsPerDay }) => count(eventsPerDay)],
  ["of these closed", ({ closedPerDay }) => count(closedPerDay)],
  ["events a second, busiest minute", ({ eventsPerSecond }) => count(eventsPerSecond, 1)],
  ["functions at once, busiest minute", ({ functionsAtOnce }) => count(functionsAtOnce)],
  ["EC2 reads of one audit of one scope", ({ auditReads }) => count(auditReads)],
  ["seconds of one audit of one scope", ({ auditSeconds }) => count(auditSeconds, 1)],
  ["EC2 reads of all audits a day", ({ auditReadsPerDay }) => count(auditReadsPerDay)],
  ["hours of all audits, were they in line", ({ auditHoursInLine }) => count(auditHoursInLine, 1)],
  [
    "table reads a second of all sweeps",
    ({ sweepReadsPerSecond }) => count(sweepReadsPerSecond, 1),
  ],
  ...["functions", "tables", "queues", "events", "alerts", "logs", "standing"].map(
    part => [`$ a month: ${part}`, (scale: Scale) => count(scale.dollars[part] ?? 0, 2)] as const,
  ),
  ["**$ a month**", ({ dollarsPerMonth }) => `**${count(dollarsPerMonth, 2)}**`],
];

/** The table of all sizes, or of the one that is asked for, as Markdown. */
export function scaleTable(chosen = sizes): string {
  const columns = chosen.map(([name, given, layout]) => ({ name, scale: scaleOf(given, layout) }));
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [
    line(["", ...columns.map(({ name }) => name)]),
    line(["---", ...columns.map(() => "--:")]),
    ...rows.map(([name, of]) => line([name, ...columns.map(({ scale }) => of(scale))])),
  ].join("\n");
}

function count(value: number, digits = 0): string {
  const shown = value > 0 && value < 10 ** -digits / 2 ? { maximumSignificantDigits: 1 } : {};
  return value.toLocaleString("en-US", {
    minimumFractionDigits: 0,
    maximumFractionDigits: digits,
    ...shown,
  });
}

function asked(): typeof sizes {
  const names = Object.keys({ accounts: 0, regions: 0, ...usual }) as (keyof Assumptions)[];
  const options = Object.fromEntries(names.map(name => [name, { type: "string" as const }]));
  const { values } = parseArgs({ options });
  const given = Object.entries(values).map(([name, value]) => [name, Number(value)] as const);
  const wrong = given.find(([, value]) => !(value >= 0));
  if (wrong) throw new Error(`--${wrong[0]} takes a number`);
  if (given.length === 0) return sizes;
  const own = { accounts: 1, regions: 1, ...usual, ...Object.fromEntries(given) };
  return [
    ["apart", own, "apart"],
    ["hub", own, "hub"],
  ];
}

if (import.meta.main) console.log(scaleTable(asked()));
