// Calls to an emulator that no SDK client of this project makes: a request, and the scope by which the
// emulator finds the service. Nothing is signed: it is on loopback, and whoever asks is believed.

/** Asks a service of the emulator; throws its own words when it refuses. */
export async function ask(
  endpoint: string,
  service: string,
  request: { method?: string; path?: string; headers?: Record<string, string>; body?: string },
): Promise<string> {
  const { method = "POST", path = "/", headers = {}, body } = request;
  const scope = `Credential=test/20260101/us-east-1/${service}/aws4_request`;
  const response = await fetch(endpoint + path, {
    method,
    headers: { ...headers, authorization: `AWS4-HMAC-SHA256 ${scope}` },
    ...(body !== undefined && { body }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${service} ${method} ${path}: ${response.status} ${text}`);
  return text;
}

/** A call of the Query protocol; lists are members, as IAM and CloudWatch want them. */
export function query(
  endpoint: string,
  service: string,
  Action: string,
  parameters: Readonly<Record<string, string>>,
): Promise<string> {
  const body = new URLSearchParams({ Action, ...parameters }).toString();
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  return ask(endpoint, service, { headers, body });
}

/** A call of a REST service that takes and gives JSON. */
export async function rest(
  endpoint: string,
  service: string,
  path: string,
  input: object,
): Promise<Record<string, unknown>> {
  const headers = { "content-type": "application/json" };
  const text = await ask(endpoint, service, { path, headers, body: JSON.stringify(input) });
  return text === "" ? {} : JSON.parse(text);
}

/** A call of the JSON protocol. */
export async function json(
  endpoint: string,
  service: string,
  target: string,
  input: object,
): Promise<Record<string, unknown>> {
  const headers = { "content-type": "application/x-amz-json-1.1", "x-amz-target": target };
  const text = await ask(endpoint, service, { headers, body: JSON.stringify(input) });
  return text === "" ? {} : JSON.parse(text);
}
