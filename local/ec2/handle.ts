// How is one request carried out? Find the action, read the form, run, journal, record, answer.
// What an action throws becomes EC2's error answer, and nothing has changed.

import { randomUUID } from "node:crypto";
import { actions } from "./actions.ts";
import type { Action, Call } from "./call.ts";
import type { Answer, CallContext, Ec2Options } from "./ec2.ts";
import { Ec2Error, invalidValue, missingParameter } from "./errors.ts";
import { settle } from "./network/vpcs.ts";
import type { Store } from "./state.ts";
import { decodeForm, flagOf, type Input } from "./wire/query.ts";
import { type Deed, recordOf } from "./wire/record.ts";
import type { Members } from "./wire/shapes.ts";
import { answerXml, errorXml, type Fields } from "./wire/xml.ts";

const version = "2016-11-15";
const defaultRulesPerGroup = 60;

/** Makes the function that answers requests from a store. */
export function createHandler(
  store: Store,
  options: Ec2Options,
): (form: URLSearchParams, from: CallContext) => Answer {
  return (form, from) => {
    const requestId = randomUUID();
    const at = options.clock();
    const name = form.get("Action") ?? "";
    const action = actions.get(name);
    if (action === undefined) return errorAnswer(noAction(name), requestId);
    const outcome = attempt(form, from, action, store, options, at);
    if (action.family !== "read") {
      const { family, members } = action;
      const result = "error" in outcome ? errorOf(outcome.error) : shown(action, outcome.fields);
      const deed: Deed = {
        action: name,
        family,
        members,
        input: outcome.input,
        result,
        requestId,
        at,
      };
      options.onRecord?.(recordOf(deed, from));
    }
    if ("error" in outcome) return errorAnswer(outcome.error, requestId);
    return { status: 200, body: answerXml(name, requestId, outcome.fields), requestId };
  };
}

type Outcome = { input: Input | null } & ({ fields: Fields } | { error: unknown });

function attempt(
  form: URLSearchParams,
  from: CallContext,
  action: Action,
  store: Store,
  options: Ec2Options,
  now: number,
): Outcome {
  let input: Input | null = null;
  try {
    input = decodeForm(form, withDryRun(action.members));
    checkRequest(form, from, action, input);
    const place = { account: from.caller.account, region: from.region };
    settle(store, place);
    const region = store.region(place);
    const call: Call = {
      input,
      region,
      tables: region.tables,
      view: store.view(place),
      store,
      caller: from.caller,
      now,
      rulesPerGroup: options.rulesPerGroup ?? defaultRulesPerGroup,
      changes: [],
    };
    const fields = action.run(call);
    store.commit(place, call.changes);
    return { input, fields };
  } catch (error) {
    return { input, error };
  }
}

function withDryRun(members: Members): Members {
  return { ...members, DryRun: "bool" };
}

function checkRequest(
  form: URLSearchParams,
  from: CallContext,
  action: Action,
  input: Input,
): void {
  const asked = form.get("Version");
  if (asked !== version) {
    throw new Ec2Error(
      "NoSuchVersion",
      `The requested version (${asked ?? ""}) of service AmazonEC2 does not exist`,
    );
  }
  if (!/^[a-z]{2}(-[a-z]+){1,3}-\d$/.test(from.region)) {
    throw invalidValue(`The region '${from.region}' does not exist`);
  }
  for (const name of action.required ?? []) {
    const value = input[name];
    if (value === undefined || value === "" || (Array.isArray(value) && value.length === 0)) {
      throw missingParameter(name);
    }
  }
  // A dry run checks the permission to call, not the parameters' meaning.
  if (flagOf(input, "DryRun")) {
    throw new Ec2Error(
      "DryRunOperation",
      "Request would have succeeded, but DryRun flag is set.",
      412,
    );
  }
}

function shown(action: Action, fields: Fields): { fields: Fields } {
  const kept = Object.entries(fields).filter(([name]) => !action.hidden?.includes(name));
  return { fields: Object.fromEntries(kept) };
}

function noAction(name: string): Ec2Error {
  return new Ec2Error("InvalidAction", `The action ${name} is not valid for this web service.`);
}

function errorOf(error: unknown): { code: string; message: string; status: number } {
  if (error instanceof Ec2Error) return error;
  return { code: "InternalError", message: "An internal error has occurred", status: 500 };
}

function errorAnswer(error: unknown, requestId: string): Answer {
  const { code, message, status } = errorOf(error);
  return { status, body: errorXml(code, message, requestId), requestId };
}
