// Decides about every call of Portward at the wire, as one step's trouble says: which call fails and
// how, which service is down, when the process dies. It counts what it did.
import type { Asked, Fate } from "../../local/wire/faults.ts";
import type { Trouble, What } from "./draw.ts";

export interface Troubles {
  decide(call: Asked): Fate;
  /** Begins a step; the process is alive again. */
  begin(trouble: Trouble, meanwhile?: () => void): void;
  /** True when the step's process has died. */
  isDead(): boolean;
  /** True when a call that opens something was made to fail: closing then goes on without it. */
  hasFailedToOpen(): boolean;
  /** True when a call of the step failed, or somebody else acted during it. */
  isDisturbed(): boolean;
  /** True when somebody else acted during the step. */
  hasMeanwhile(): boolean;
  readonly counts: Map<string, number>;
}

const THROTTLED: Readonly<Record<string, string>> = {
  ec2: "RequestLimitExceeded",
  dynamodb: "ProvisionedThroughputExceededException",
};
const FAILED: Readonly<Record<string, string>> = { dynamodb: "InternalServerError" };

/** The name of the run that dies where there are two. */
export const FIRST = "first";

/** Makes the troubles of an account. */
export function createTroubles(): Troubles {
  const counts = new Map<string, number>();
  let trouble: Trouble = { faults: [] };
  let meanwhile = () => {};
  let [calls, downs] = [0, 0];
  let [isDead, hasFailed, hasFailedToOpen, hasMeanwhile] = [false, false, false, false];
  const count = (what: string) => counts.set(what, (counts.get(what) ?? 0) + 1);

  function fateOf(call: Asked): Fate {
    const at = calls;
    calls += 1;
    const { faults, down, crash } = trouble;
    if (at === trouble.meanwhile?.at) {
      count("meanwhile");
      hasMeanwhile = true;
      meanwhile();
    }
    if (crash && !call.path.startsWith("/second")) {
      if (isDead) return { code: "ConnectionReset", after: false };
      if (at === crash.at) {
        isDead = true;
        count("crash");
        return { code: "ConnectionReset", after: crash.after };
      }
    }
    if (down?.service === call.service) {
      downs += 1;
      if (downs > down.from && downs <= down.from + down.calls) {
        count(`${down.service} down`);
        return { code: FAILED[call.service] ?? "InternalError", after: false };
      }
    }
    const fault = faults.find(one => one.at === at);
    return fault && faultOf(fault.what, call);
  }

  function faultOf(what: What, call: Asked): Fate {
    count(what);
    if (what === "partial") return partial(call);
    if (what === "throttled")
      return { code: THROTTLED[call.service] ?? "Throttling", after: false };
    if (what.startsWith("cut")) return { code: "ConnectionReset", after: what === "cut-after" };
    return { code: FAILED[call.service] ?? "InternalError", after: what === "failed-after" };
  }

  return {
    counts,
    decide(call) {
      const fate = fateOf(call);
      const isOpening = /^(?:Authorize|ModifySecurityGroupRules)/.test(call.action);
      if (fate && "code" in fate) hasFailed = true;
      if (fate && "code" in fate && isOpening && !isDead) hasFailedToOpen = true;
      return fate;
    },
    begin(next, act = () => {}) {
      trouble = next;
      meanwhile = act;
      [calls, downs] = [0, 0];
      [isDead, hasFailed, hasFailedToOpen, hasMeanwhile] = [false, false, false, false];
    },
    isDisturbed: () => hasFailed || hasMeanwhile,
    isDead: () => isDead,
    hasFailedToOpen: () => hasFailedToOpen,
    hasMeanwhile: () => hasMeanwhile,
  };
}

/** The same question for fewer answers at a time, so that they come in pages. */
function partial({ service, action, body }: Asked): Fate {
  if (service === "ec2" && action.startsWith("DescribeSecurityGroup")) {
    const form = new URLSearchParams(body.toString());
    form.set("MaxResults", "5");
    return { body: Buffer.from(form.toString()) };
  }
  if (service !== "dynamodb" || action !== "Query") return undefined;
  return { body: Buffer.from(JSON.stringify({ ...JSON.parse(body.toString()), Limit: 1 })) };
}
