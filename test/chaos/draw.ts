// Draws a history from a seed: what people do, what becomes of the events, when Portward runs and
// what goes wrong meanwhile. Plain data, so that a step can be left out, printed and replayed. Steps
// name groups, rules and people by a number that is taken modulo what there is.

export type Random = () => number;

/** A generator of numbers from 0 to 1, the same for the same seed (mulberry32). */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** What becomes of the event of a change: how often it comes, and how many seconds later. */
export interface Post {
  readonly copies: number;
  readonly late: number;
}

export type What = "throttled" | "failed" | "failed-after" | "cut" | "cut-after" | "partial";

/** What goes wrong in one step of Portward. Calls are counted from the step's first one. */
export interface Trouble {
  /** One fault for each of these calls. */
  readonly faults: readonly { readonly at: number; readonly what: What }[];
  /** A service that answers nothing but errors for so many of its calls. */
  readonly down?: {
    readonly service: "sns" | "dynamodb" | "events";
    readonly from: number;
    readonly calls: number;
  };
  /** The process dies at this call, which takes effect or not. */
  readonly crash?: { readonly at: number; readonly after: boolean };
  /** Somebody changes a group while call `at` is under way. */
  readonly meanwhile?: { readonly at: number; readonly step: Change };
}

export type Change =
  | {
      readonly do: "open";
      readonly group: number;
      readonly rule: number;
      readonly who: number;
      readonly post: Post;
    }
  | {
      readonly do: "take";
      readonly group: number;
      readonly rule: number;
      readonly who: number;
      readonly post: Post;
    }
  | {
      readonly do: "edit";
      readonly group: number;
      readonly rule: number;
      readonly to: number;
      readonly who: number;
      readonly post: Post;
    }
  | { readonly do: "list"; readonly entries: number; readonly who: number; readonly post: Post };

/** Two runs at once. */
export interface Both {
  readonly do: "both";
  readonly most: number;
  readonly group: number;
  /** What the second has: the messages of the first, handed out twice, or a sweep's look at a group. */
  readonly second: "same" | "sweep";
  readonly trouble: Trouble;
}

export type Step =
  | Change
  | { readonly do: "apply"; readonly matrix: number; readonly trouble: Trouble }
  | { readonly do: "rollback"; readonly trouble: Trouble }
  | {
      readonly do: "ask";
      readonly group: number;
      readonly rule: number;
      readonly minutes: number;
      readonly open: boolean;
    }
  | { readonly do: "approve" | "withdraw"; readonly which: number; readonly trouble: Trouble }
  | { readonly do: "pause" | "hold"; readonly group: number; readonly minutes: number }
  | { readonly do: "resume"; readonly group: number }
  | { readonly do: "deliver"; readonly most: number; readonly trouble: Trouble }
  | Both
  | {
      readonly do: "ring";
      /** How often each schedule calls that is due; 0 is never. */
      readonly copies: number;
      /** Whether those call as well that are not due yet. */
      readonly early: boolean;
      readonly trouble: Trouble;
    }
  | { readonly do: "sweep"; readonly trouble: Trouble }
  | { readonly do: "audit"; readonly trouble: Trouble }
  | { readonly do: "later"; readonly seconds: number }
  | { readonly do: "lag"; readonly seconds: number };

/** Draws the steps of a history. */
export function drawSteps(seed: number): Step[] {
  const random = randomOf(seed);
  const count = 4 + whole(random, 8);
  const steps: Step[] = [];
  while (steps.length < count) {
    const step = drawStep(random);
    steps.push(step);
    if (isChange(step) && random() < 0.7) steps.push(drawDelivery(random, step));
    if (step.do === "ask" && random() < 0.8) steps.push(...drawWindow(random));
    if (step.do === "apply" && random() < 0.4)
      steps.push({ do: "rollback", trouble: drawTrouble(random) });
  }
  return steps;
}

// Somebody agrees to what was asked, and perhaps its time comes.
function drawWindow(random: Random): Step[] {
  const approve: Step = { do: "approve", which: whole(random, 5), trouble: drawTrouble(random) };
  if (random() < 0.3) return [approve];
  return [approve, { do: "later", seconds: pick(random, [61, 361, 900, 1_900]) }, drawRing(random)];
}

function drawRing(random: Random): Step {
  const copies = pick(random, [0, 1, 1, 2]);
  return { do: "ring", copies, early: random() < 0.3, trouble: drawTrouble(random) };
}

// What was changed just now is what two runs at once can both close.
function drawDelivery(random: Random, change: Change): Step {
  const most = 1 + whole(random, 10);
  if (random() < 0.4 || change.do === "list")
    return { do: "deliver", most, trouble: drawTrouble(random) };
  return drawBoth(random, most, change.group);
}

const drawBoth = (random: Random, most: number, group: number): Both => ({
  ...{ do: "both", most, group, second: pick(random, ["same", "same", "sweep"]) },
  trouble: random() < 0.7 ? { faults: [] } : drawTrouble(random),
});

const isChange = (step: Step): step is Change => ["open", "take", "edit", "list"].includes(step.do);

function drawStep(random: Random): Step {
  const at = random();
  const group = whole(random, 3);
  if (at < 0.5) return drawChange(random);
  if (at < 0.57)
    return { do: "apply", matrix: whole(random, 10_000), trouble: drawTrouble(random) };
  if (at < 0.58) return { do: "rollback", trouble: drawTrouble(random) };
  if (at < 0.66) {
    const minutes = 1 + whole(random, 40);
    return { do: "ask", group, rule: whole(random, 1_000), minutes, open: random() < 0.7 };
  }
  if (at < 0.7) return { do: "approve", which: whole(random, 5), trouble: drawTrouble(random) };
  if (at < 0.72) return { do: "withdraw", which: whole(random, 5), trouble: drawTrouble(random) };
  if (at < 0.74) return { do: "pause", group, minutes: 1 + whole(random, 30) };
  if (at < 0.75) return { do: "hold", group, minutes: 1 + whole(random, 30) };
  if (at < 0.77) return { do: "resume", group };
  if (at < 0.8) return drawBoth(random, 1 + whole(random, 5), group);
  if (at < 0.83) return drawRing(random);
  if (at < 0.88) return { do: "sweep", trouble: drawTrouble(random) };
  if (at < 0.9) return { do: "audit", trouble: drawTrouble(random) };
  if (at < 0.98)
    return { do: "later", seconds: pick(random, [1, 5, 30, 61, 130, 361, 900, 1_900]) };
  return { do: "lag", seconds: pick(random, [0, 1, 4, 20]) };
}

function drawChange(random: Random): Change {
  const at = random();
  const post = {
    copies: pick(random, [0, 1, 1, 1, 1, 2]),
    late: pick(random, [0, 0, 0, 3, 40, 400]),
  };
  const common = {
    group: whole(random, 3),
    rule: whole(random, 1_000),
    who: whole(random, 2),
    post,
  };
  if (at < 0.55) return { do: "open", ...common };
  if (at < 0.75) return { do: "take", ...common };
  if (at < 0.95) return { do: "edit", to: whole(random, 1_000), ...common };
  return { do: "list", entries: whole(random, 100), who: common.who, post };
}

function drawTrouble(random: Random): Trouble {
  const at = random();
  if (at < 0.35) return { faults: [] };
  const call = () => whole(random, 26);
  if (at < 0.6) return { faults: [], crash: { at: call(), after: random() < 0.5 } };
  if (at < 0.7) {
    const service = pick(random, ["sns", "dynamodb", "events"] as const);
    return { faults: [], down: { service, from: whole(random, 8), calls: 1 + whole(random, 12) } };
  }
  if (at < 0.75) return { faults: [], meanwhile: { at: call(), step: drawChange(random) } };
  const what = (): What =>
    pick(random, ["throttled", "failed", "failed-after", "cut", "cut-after", "partial", "partial"]);
  const faults = Array.from({ length: 1 + whole(random, 3) }, () => ({ at: call(), what: what() }));
  return { faults };
}

/** A whole number from 0 to below a bound. */
export const whole = (random: Random, bound: number): number => Math.floor(random() * bound);

const pick = <T>(random: Random, of: readonly T[]): T => of[whole(random, of.length)] as T;
