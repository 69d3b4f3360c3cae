// What the canary opens, and what a run knows it by. It is like any other opening to whoever closes it;
// only people need not hear of it every time.

/** An address nobody has: https://www.rfc-editor.org/rfc/rfc5737 */
export const canaryAddress = "192.0.2.1/32";
export const canaryPort = 22;

/** The rule as a finding names it. */
export const canaryRule = `ingress tcp ${canaryPort} from ${canaryAddress}`;

/** Whose openings in which group are the canary's. */
export interface CanaryIdentity {
  readonly groupId: string;
  readonly roleArn: string;
}
