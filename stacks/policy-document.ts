// Grants as IAM reads them. What is granted to whom is stacks/permissions.ts.
import type { Grant } from "./permissions.ts";

/** A policy document of grants. */
export const policyOf = (grants: readonly Grant[]): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: grants.map(({ actions, on, when }) => ({
      Effect: "Allow",
      Action: actions,
      Resource: on,
      ...(when && { Condition: when }),
    })),
  });
