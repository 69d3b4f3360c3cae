// A refusal as AWS words it: a code, a message, an HTTP status. How it looks on the wire is the
// protocol's business (json.ts, query.ts).

/** An error that is answered to the caller in the protocol of the service he called. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400, options?: ErrorOptions) {
    super(message, options);
    this.name = "AwsError";
    this.code = code;
    this.status = status;
  }
}

/** Turns whatever was thrown into an AWS error; a bug of ours becomes a 500 that says so. */
export function asAwsError(thrown: unknown): AwsError {
  if (thrown instanceof AwsError) return thrown;
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return new AwsError("InternalFailure", text, 500, { cause: thrown });
}
