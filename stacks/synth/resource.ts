// What the synthesis writes: every resource of a stage, as the AWS provider would be told of it.

export type Inputs = Readonly<Record<string, unknown>>;

/** What a resource is registered with. */
export interface Registration {
  readonly type: string;
  readonly name: string;
  readonly inputs: Inputs;
  /** Set where an existing resource is read instead of made. */
  readonly id?: string;
  readonly custom?: boolean;
}

/** What the provider answers. */
export interface Made {
  readonly id: string;
  readonly state: Record<string, unknown>;
}

/** Answers for AWS: pretends, or creates in an emulator. */
export interface Provider {
  newResource(registration: Registration): Made | Promise<Made>;
  /** A function of the provider, such as `getRegion`. */
  call(asked: { readonly token: string; readonly inputs: Inputs }): Record<string, unknown>;
}

/** Where a stage is pretended to be. */
export interface Whereabouts {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
}

export interface Resource extends Required<Omit<Registration, "custom">> {
  readonly options: {
    readonly parent?: string;
    readonly protect?: boolean;
    readonly retainOnDelete?: boolean;
    readonly ignoreChanges?: readonly string[];
  };
}

/** A handler as it was bundled. */
export interface Build {
  readonly function: string;
  readonly handler: string;
  readonly bytes: number;
}

export interface Synthesis {
  readonly app: Readonly<Record<string, unknown>>;
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly resources: readonly Resource[];
  readonly builds: readonly Build[];
}
