// A full audit over Cloud Custodian with the closest equivalent policy: a thousand groups on moto, whose
// own answer is most of the time, and six thousand on an endpoint that answers at once.
import { openGate } from "../../test/support/gate.ts";
import { expectOutcome, type Measured, type Row } from "../harness/figure.ts";
import { inTurns, median, ratiosOf, spreadOf, type Turn } from "../harness/sample.ts";
import { textTable, times } from "../harness/table.ts";
import { type Audit, custodianAudit, ourAudit } from "./contestants.ts";
import { type FleetGroup, fleetOf } from "./fleet.ts";
import { type Ec2Server, fleetId, serveFleet } from "./instant-ec2.ts";
import { plantFleet } from "./moto-fleet.ts";

const TURNS = 5;
const SMALL = 1_000;
const LARGE = 6_000;

/** The comparisons by the name they are asked for. */
const PLACES: Readonly<Record<string, (motoUrl: string) => Promise<Place>>> = {
  small: () => onInstant(SMALL),
  large: () => onInstant(LARGE),
  moto: url => onMoto(url, SMALL),
};

/** Makes the comparisons that are asked for, or all. */
export async function measure(motoUrl: string, asked: readonly string[]): Promise<Measured> {
  const places: Place[] = [];
  for (const [name, place] of Object.entries(PLACES)) {
    if (asked.length === 0 || asked.includes(name)) places.push(await place(motoUrl));
  }
  const lines = places.map(({ name, turns, calls, paced }) => [
    name,
    ...[median(turns.map(t => t.ours)), paced, median(turns.map(t => t.reference))].map(seconds),
    ...[String(calls.ours), String(calls.reference)],
  ]);
  const rows = places.map(rowOf);
  if (asked.length === 0 || asked.includes("growth")) rows.push(await growthRow());
  return { rows, notes: [textTable(HEAD, lines), NOTE] };
}

const NOTE =
  "Whole processes, start included. Paced: at the five calls a second a deployed audit keeps to.";
const HEAD = ["fleet", "ours", "ours, paced", "Custodian", "our EC2 calls", "its EC2 calls"];
const seconds = (value: number): string => `${value.toFixed(2)} s`;

interface Place {
  readonly name: string;
  /** How many times as fast as Cloud Custodian it is to be; absent where nothing was promised. */
  readonly target?: number;
  readonly turns: readonly Turn[];
  readonly paced: number;
  readonly calls: Turn;
}

function rowOf({ name, turns, target }: Place): Row {
  const ratios = turns.map(({ ours, reference }) => reference / ours);
  const measured = median(ratios);
  const verdict = measured >= (target ?? 0) ? "pass" : "short";
  return {
    figure: `full audit, ${name}: how many times as fast as Cloud Custodian`,
    target: target === undefined ? "-" : `>= ${times(target)}`,
    measured: times(measured),
    spread: spreadOf(ratios, times),
    verdict: target === undefined ? "-" : verdict,
  };
}

/** How our time for a group grows with their number; the start of the process is in both. */
async function growthRow(): Promise<Row> {
  const counts = [LARGE, SMALL] as const;
  const servers = await Promise.all(counts.map(count => serveFleet(fleetOf(count))));
  const [large, small] = servers.map((server, index) => async () => {
    const { seconds: took } = await ourAudit(server.url);
    return took / (counts[index] ?? 1);
  });
  if (!large || !small) throw new Error("there are two fleets");
  const turns = await inTurns({ ours: large, reference: small }, { turns: TURNS });
  for (const server of servers) await server.close();
  const ratios = ratiosOf(turns);
  return {
    figure: `full audit, our time for a group of ${LARGE} over one of ${SMALL}`,
    target: "-",
    measured: times(median(ratios)),
    spread: spreadOf(ratios, times),
    verdict: "-",
  };
}

async function onInstant(count: number): Promise<Place> {
  const fleet = fleetOf(count);
  const server = await serveFleet(fleet);
  const drifting = fleet.flatMap(({ isDrifting }, index) => (isDrifting ? fleetId(index) : []));
  const name = `${count} groups on an endpoint that answers at once`;
  const place = await race(name, server, drifting.toSorted()).finally(server.close);
  return count === LARGE ? { ...place, target: 3 } : place;
}

async function onMoto(url: string, count: number): Promise<Place> {
  const fleet: readonly FleetGroup[] = fleetOf(count);
  const drifting = await plantFleet(url, fleet);
  const gate = await openGate(url);
  const counted = {
    url: gate.url,
    calls() {
      const count = gate.count();
      gate.decide(() => "pass");
      return count;
    },
    close: gate.close,
  };
  const place = await race(`${count} groups on moto`, counted, drifting).finally(gate.close);
  return { ...place, target: 1.3 };
}

async function race(name: string, server: Ec2Server, drifting: readonly string[]): Promise<Place> {
  const probe = (audit: (url: string) => Promise<Audit>) => async (): Promise<number> => {
    const done = await audit(server.url);
    const is = `${done.drifting.length} groups drift instead of ${drifting.length}`;
    expectOutcome(done.drifting.join() === drifting.join(), is);
    return done.seconds;
  };
  const contest = { ours: probe(url => ourAudit(url)), reference: probe(custodianAudit) };
  server.calls();
  await contest.ours();
  const ours = server.calls();
  await contest.reference();
  const calls = { ours, reference: server.calls() };
  const turns = await inTurns(contest, { turns: TURNS });
  const paced = await probe(url => ourAudit(url, { isPaced: true }))();
  const ratios = turns.map(turn => turn.reference / turn.ours);
  console.log(`${name}: ${times(median(ratios))} (${spreadOf(ratios, times)})`);
  return { name, turns, calls, paced };
}
