// The AWS Query protocol of SNS and STS: a form in, XML out. EC2's own dialect of it (other
// envelope, other errors) is only worded here for errors; the engine renders the rest itself.
import { randomUUID } from "node:crypto";
import { AwsError } from "./aws-error.ts";
import type { Answer, ServiceRequest } from "./request.ts";
import type { Service } from "./service.ts";

/** What one action of a Query service does: it returns the XML inside its Result element. */
export type QueryAction = (form: URLSearchParams, request: ServiceRequest) => string;

const contentType = "text/xml";

/** Makes a service of a table of actions. */
export function queryService(
  namespace: string,
  actions: Readonly<Record<string, QueryAction>>,
): Service {
  return {
    actionOf: request => formOf(request).get("Action") ?? "",
    paramsOf: request => Object.fromEntries(formOf(request)),
    handle(request) {
      const form = formOf(request);
      const name = form.get("Action") ?? "";
      const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
      if (!action) throw new AwsError("InvalidAction", `The action ${name} is not valid here.`);
      const result = action(form, request);
      const metadata = element("ResponseMetadata", element("RequestId", randomUUID()));
      const inner = `${element(`${name}Result`, result)}${metadata}`;
      const body = `<${name}Response xmlns="${namespace}">${inner}</${name}Response>`;
      return { status: 200, contentType, body };
    },
    errorAnswer(error) {
      const type = element("Type", error.status >= 500 ? "Receiver" : "Sender");
      const inner = element("Error", `${type}${codeAndMessage(error)}`);
      const id = element("RequestId", randomUUID());
      const body = `<ErrorResponse xmlns="${namespace}">${inner}${id}</ErrorResponse>`;
      return { status: error.status, contentType, body };
    },
  };
}

/** Words an error as EC2 does. */
export function ec2Error(error: AwsError): Answer {
  const inner = element("Errors", element("Error", codeAndMessage(error)));
  const body = element("Response", `${inner}${element("RequestID", randomUUID())}`);
  return { status: error.status, contentType, body };
}

const forms = new WeakMap<ServiceRequest, URLSearchParams>();

/** Reads a request's form, once; parameters may stand in the URL as well. */
export function formOf(request: ServiceRequest): URLSearchParams {
  if (request.body.length === 0) return request.query;
  const form = forms.get(request) ?? new URLSearchParams(request.body.toString("utf8"));
  forms.set(request, form);
  return form;
}

/** Makes an element of XML that is already escaped. */
export function element(name: string, inner: string): string {
  return `<${name}>${inner}</${name}>`;
}

/** Escapes text for XML, and drops the control characters XML 1.0 cannot hold. */
export function escapeXml(text: string): string {
  return text
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "")
    .replace(/[&<>"'\r]/g, character => `&#${character.charCodeAt(0)};`);
}

function codeAndMessage(error: AwsError): string {
  return element("Code", escapeXml(error.code)) + element("Message", escapeXml(error.message));
}
