// What a known difference between EC2s is, and how an answer becomes one line to compare. What AWS
// does is quoted from its documents or from others' records: there was no AWS account to ask.
import type { EC2ServiceException } from "@aws-sdk/client-ec2";
import type { Trial } from "../trial.ts";

/** One behaviour on which moto is not to be believed, or that the local account does not have. */
export interface Difference {
  readonly behaviour: string;
  readonly aws: string;
  /** Where that is known from: AWS's documents, others' records of AWS, or an inference. */
  readonly known: "documented" | "recorded" | "inferred";
  /** What the local account answers to `ask`. */
  readonly local: string;
  /** What moto answers. */
  readonly moto: string;
  /** Tries it, and tells what came of it on one line. */
  readonly ask: (trial: Trial) => Promise<string>;
}

/** Tries a change of ingress rules: the error, if there is one, and the rules there are after it. */
export async function after(trial: Trial, call: Promise<unknown>): Promise<string> {
  const error = await errorOf(call);
  const rules = (await trial.ingress()).map(line => line.replace("ingress ", ""));
  const left = rules.join("; ") || "no rules";
  return error === "" ? left : `${error}, then ${left}`;
}

/** The code a call is refused with, or "accepted". */
export async function refusal(call: Promise<unknown>): Promise<string> {
  return (await errorOf(call)) || "accepted";
}

async function errorOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => "",
    (error: EC2ServiceException) =>
      (error.$metadata?.httpStatusCode ?? 500) >= 500 ? "HTTP 500" : error.name,
  );
}
