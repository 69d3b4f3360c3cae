// What a service of the local account is: it names the action of a request, answers it, and
// words its errors. New services are listed in local/services.ts.
import type { AwsError } from "./aws-error.ts";
import type { Answer, ServiceRequest } from "./request.ts";

/** One AWS service of the local account. */
export interface Service {
  /** The action's name as the API reference has it, for the call log and for faults. */
  actionOf(request: ServiceRequest): string;
  /** The request's parameters, for the call log. */
  paramsOf?(request: ServiceRequest): unknown;
  handle(request: ServiceRequest): Answer | Promise<Answer>;
  errorAnswer(error: AwsError): Answer;
}
