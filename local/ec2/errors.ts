// How does EC2 say no? One error class that carries the code and status a client sees.

/** A refusal that the client gets as EC2's error answer. */
export class Ec2Error extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.name = "Ec2Error";
    this.code = code;
    this.status = status;
  }
}

/** Refuses a parameter's value. */
export function invalidValue(message: string): Ec2Error {
  return new Ec2Error("InvalidParameterValue", message);
}

/** Refuses a request that lacks a parameter. */
export function missingParameter(name: string): Ec2Error {
  return new Ec2Error("MissingParameter", `The request must contain the parameter ${name}`);
}

/** Refuses parameters that do not go together. */
export function badCombination(message: string): Ec2Error {
  return new Ec2Error("InvalidParameterCombination", message);
}
