// Whose account it is and which its home region is: what every ARN of it is made of.

/** An account and its home region. */
export interface AccountScope {
  account: string;
  region: string;
}
