// What each kind of event costs in AWS calls, counted at the wire of the local account with everything
// that follows from it: the finding, the alert, and the event that our own call comes back as.
import { setTimeout as sleep } from "node:timers/promises";
import { acts } from "../../cli/demo/acts.ts";
import { differences, readStanding, type Standing } from "../../cli/demo/proof.ts";
import { openStage, type Stage } from "../../cli/demo/stage.ts";
import type { Call } from "../../local/wire/call-log.ts";
import { expectOutcome, type Measured } from "../harness/figure.ts";
import { textTable } from "../harness/table.ts";

interface Kind {
  readonly title: string;
  /** What stands afterwards on a group that did not before. */
  readonly stays: readonly { group: string; rule: string }[];
  perform(stage: Stage): Promise<unknown>;
}

/** Long enough that a call which waited for another one starts visibly after it. */
const DELAY_MS = 15;
const TEN = Array.from({ length: 10 }, (_, i) => `ingress tcp ${3_000 + i} from 0.0.0.0/0`);
const ONE = "ingress tcp 22 from 198.51.100.9/32";

/** Counts the calls of every kind of event. */
export async function measure(): Promise<Measured> {
  const stage = await openStage();
  try {
    await stage.tester.authorize(stage.groups.deploy, [ONE]);
    await stage.quiet();
    stage.account.faults.delay(DELAY_MS);
    const lines: string[][] = [];
    for (const kind of kindsFor(stage)) lines.push([kind.title, ...(await countOf(stage, kind))]);
    const head = [
      "event",
      "EC2 reads",
      "writes",
      "DynamoDB reads",
      "writes",
      "told",
      "round trips",
    ];
    return { rows: [], notes: [textTable(head, lines), NOTE] };
  } finally {
    await stage.close();
  }
}

const NOTE = [
  "Calls of Portward's own role, the matrix warm. Told: SNS, EventBridge and SQS. Round trips: how many",
  "sequential ones until the first call that changes the group is answered. After a change the group is",
  "read again to see that it took, and the call's own event costs a look at the findings.",
].join("\n");

function kindsFor({ groups }: Stage): Kind[] {
  const story = acts.map(
    (act): Kind => ({
      title: act.title,
      stays: act.stays.map(rule => ({ group: groups[act.group], rule })),
      perform: stage => act.perform(stage, groups[act.group]),
    }),
  );
  const more: Kind[] = [
    {
      title: "opens ten ports of deploy in one call",
      stays: [],
      perform: ({ tester }) => tester.authorize(groups.deploy, TEN),
    },
    {
      title: "opens one port, and the event is delivered twice",
      stays: [],
      async perform({ account, tester }) {
        account.bus.deliver({ copies: 2 });
        await tester.authorize(groups.deploy, [ONE]);
        account.bus.deliver({});
      },
    },
    {
      title: "creates a group that no entry selects",
      stays: [],
      perform: ({ tester, policy }) =>
        tester.createGroup("bench-stranger", policy.document.vpcs[0] ?? ""),
    },
  ];
  return [...story, ...more];
}

async function countOf(stage: Stage, kind: Kind): Promise<string[]> {
  const before = await readStanding(stage);
  stage.account.calls.clear();
  await kind.perform(stage);
  await sleep(DELAY_MS);
  await stage.quiet();
  const calls = stage.account.calls.list().filter(({ caller }) => caller.includes("portward"));
  const wrong = differences(withMore(before, kind), await readStanding(stage));
  expectOutcome(wrong.length === 0, `${kind.title}: ${wrong.join("; ")}`);
  const count = (service: string, is: (call: Call) => boolean = () => true) =>
    String(calls.filter(call => call.service === service && is(call)).length);
  const told = ["sns", "events", "sqs"].reduce((sum, name) => sum + Number(count(name)), 0);
  return [
    ...[count("ec2", isRead), count("ec2", call => !isRead(call))],
    ...[count("dynamodb", isRead), count("dynamodb", call => !isRead(call))],
    ...[String(told), depthOf(calls)],
  ];
}

const isRead = ({ action }: Call): boolean => /^(?:Describe|Get|Query|BatchGet)/.test(action);

function withMore(before: Standing, { stays }: Kind): Standing {
  const groups = Object.entries(before.groups).map(([id, rules]) => {
    const more = stays.filter(({ group }) => group === id).map(({ rule }) => rule);
    return [id, [...rules, ...more]] as const;
  });
  return { ...before, groups: Object.fromEntries(groups) };
}

/** The length of the chain of calls that ends with the first write to EC2. */
function depthOf(calls: readonly Call[]): string {
  const depths: number[] = [];
  for (const [index, call] of calls.entries()) {
    const before = calls.slice(0, index).map((other, i) => {
      const isOver = (other.endedAt ?? Number.POSITIVE_INFINITY) <= call.startedAt;
      return isOver ? (depths[i] ?? 0) : 0;
    });
    depths.push(1 + Math.max(0, ...before));
  }
  const first = calls.findIndex(call => call.service === "ec2" && !isRead(call));
  return first < 0 ? "-" : String(depths[first]);
}
