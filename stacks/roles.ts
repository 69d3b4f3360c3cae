// The role of each function: who may take it on, and what stacks/permissions.ts says it may do.
import { type FunctionName, permissionsOf, runtimeGrants } from "./permissions.ts";
import { policyOf } from "./policy-document.ts";
import { camel, type Site } from "./site.ts";

/** A trust policy: a service of AWS, on behalf of this account or of resources where the service says so. */
export function trust(
  service: string,
  sourceAccount?: string,
  sourceArns?: readonly string[],
): string {
  const Condition = {
    StringEquals: { "aws:SourceAccount": sourceAccount },
    ...(sourceArns && { ArnEquals: { "aws:SourceArn": sourceArns } }),
  };
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Action: "sts:AssumeRole",
        Principal: { Service: service },
        ...(sourceAccount && { Condition }),
      },
    ],
  });
}

/** Makes the role of a function. */
export function roleOf(site: Site, name: FunctionName): aws.iam.Role {
  const grants = [...permissionsOf(site)[name], ...runtimeGrants(site, name)];
  return new aws.iam.Role(`${camel(name)}ExecutionRole`, {
    name: site.roleName(name),
    description: `Portward ${site.stage}: ${name}`,
    assumeRolePolicy: trust("lambda.amazonaws.com"),
    inlinePolicies: [{ name: "portward", policy: policyOf(grants) }],
  });
}
