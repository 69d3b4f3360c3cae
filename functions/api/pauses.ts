// Pause, hold and resume over HTTP.
import { refused } from "../../matrix/exceptions/exception-life.ts";
import { identityText } from "../../matrix/exceptions/person.ts";
import { resume, startPause } from "../reconcile/pauses.ts";
import { callerIn } from "./caller.ts";
import { checked } from "./incoming.ts";
import { refusalProblem } from "./problem.ts";
import type { ApiHandler } from "./route.ts";
import { pauseBody } from "./schemas/operating.ts";
import { minutesIn } from "./schemas/words.ts";

/** POST /pauses */
export const changePause: ApiHandler = async (request, aws) => {
  const asked = checked(pauseBody, request.body);
  const by = identityText(callerIn(request));
  const place = asked.group === undefined ? {} : { group: asked.group };
  if (asked.action === "resume") {
    const isEnded = await resume(aws, by, asked.group);
    if (isEnded) return { status: 200, body: { resumed: true, ...place } };
    const where = asked.group ?? "every group";
    return refusalProblem(refused("not-paused", `${where} is neither paused nor on hold`));
  }
  const { action: kind, reason, minutes } = asked;
  const end = minutes === undefined ? {} : { minutes: minutesIn(minutes) };
  const started = await startPause(aws, { kind, by, reason, ...place, ...end });
  if ("code" in started) return refusalProblem(started);
  return { status: 201, body: { kind, ...place, ...started.is } };
};
