// How long what is over is kept, in days; DynamoDB takes it away some days later. What stands is kept
// however old it is, and so is every version of the matrix.

/** The days, by what is kept. */
export interface Retention {
  /** Findings whose drift is over, from its end. */
  readonly findings: number;
  /** Exceptions that are over with what was done to them, from their end. */
  readonly exceptions: number;
  /** Jobs of the API with what they found, audits above all, from when they were asked for. */
  readonly reports: number;
}

/** Seven years are what auditors ask for. */
export const usualRetention: Retention = { findings: 400, exceptions: 2_557, reports: 90 };

const DAY_S = 24 * 3_600;

/** When an item may go of which the days begin at a time in milliseconds: `expiresAt` of its table. */
export const expiryAfter = (time: number, days: number): number =>
  Math.ceil(time / 1_000) + days * DAY_S;
