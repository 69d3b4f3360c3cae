// What run.sh has started or installed for the parts: addresses of servers, folders of programs.

const variables = {
  /** Where moto listens. */
  moto: "PORTWARD_CONFORMANCE_MOTO",
  /** Where DynamoDB Local listens; the stores' own tests read the same variable. */
  dynamodb: "PORTWARD_TEST_DYNAMODB",
  /** The folder of the Python programs. */
  python: "PORTWARD_CONFORMANCE_PYTHON",
  /** The folder of the Java libraries. */
  java: "PORTWARD_CONFORMANCE_JAVA",
} as const;

/** Reads one setting; without it a part would compare nothing, so it must be there. */
export function settingOf(name: keyof typeof variables): string {
  const value = process.env[variables[name]];
  if (!value) throw new Error(`${variables[name]} is not set: use npm run conformance`);
  return value;
}
