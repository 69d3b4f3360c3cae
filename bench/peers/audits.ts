// A full audit over Cloud Custodian with the closest equivalent policy: a thousand groups on moto, whose
// own answer is most of the time, and six thousand on an endpoint that answers at once.
import { openGate } from "../../test/support/gate.ts";
import { expectOutcome, type Measured, type Row } from "../harness/figure.ts";
import { inTurns, median, spreadOf, type Turn } from "../harness/sample.ts";
import { textTable, times } from "../harness/table.ts";
import { type Audit, custodianAudit, ourAudit } from "./contestants.ts";
import { type FleetGroup, fleetOf } from "./fleet.ts";
import { type Ec2Server, fleetId, serveFleet } from "./instant-ec2.ts";
import { plantFleet } from "./moto-fleet.ts";

const TURNS = 5;

/** Measures both. */
export async function measure(motoUrl: string): Promise<Measured> {
  const small = await onInstant(1_000);
  const large = await onInstant(6_000);
  const moto = await onMoto(motoUrl, 1_000);
  const places = [small, large, moto];
  const lines = places.map(({ name, turns, calls, paced }) => [
    name,
    ...[median(turns.map(t => t.ours)), paced, median(turns.map(t => t.reference))].map(seconds),
    ...[String(calls.ours), String(calls.reference)],
  ]);
  const grown = (of: (turn: Turn) => number) =>
    median(large.turns.map(of)) / median(small.turns.map(of));
  return {
    rows: [rowOf(moto, 1.3), rowOf(large, 3)],
    notes: [
      textTable(HEAD, lines),
      `six times the groups take ours ${times(grown(t => t.ours))} as long, ` +
        `Cloud Custodian ${times(grown(t => t.reference))}`,
      "Whole processes, start included. Paced: at the five calls a second a deployed audit keeps to.",
    ],
  };
}

const HEAD = ["fleet", "ours", "ours, paced", "Custodian", "our EC2 calls", "its EC2 calls"];
const seconds = (value: number): string => `${value.toFixed(2)} s`;

interface Place {
  readonly name: string;
  readonly turns: readonly Turn[];
  readonly paced: number;
  readonly calls: Turn;
}

function rowOf({ name, turns }: Place, target: number): Row {
  const ratios = turns.map(({ ours, reference }) => reference / ours);
  const measured = median(ratios);
  return {
    figure: `full audit, ${name}: how many times as fast as Cloud Custodian`,
    target: `>= ${times(target)}`,
    measured: times(measured),
    spread: spreadOf(ratios, times),
    verdict: measured >= target ? "pass" : "short",
  };
}

async function onInstant(count: number): Promise<Place> {
  const fleet = fleetOf(count);
  const server = await serveFleet(fleet);
  const drifting = fleet.flatMap(({ isDrifting }, index) => (isDrifting ? fleetId(index) : []));
  const name = `${count} groups on an endpoint that answers at once`;
  return race(name, server, drifting.toSorted()).finally(server.close);
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
  return race(`${count} groups on moto`, counted, drifting).finally(gate.close);
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
