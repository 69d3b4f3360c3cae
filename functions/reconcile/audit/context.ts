// What the parts of an audit share while it runs.
import type { Deps } from "../deps.ts";
import type { Pace } from "./pace.ts";
import type { AuditSource, View } from "./view.ts";

/** An audit under way. */
export interface AuditContext {
  readonly source: AuditSource;
  readonly view: View;
  readonly pace: Pace;
  /** `account/region`: part of every id. */
  readonly scope: string;
  readonly account: string;
  readonly region: string;
  /** What triggers of this audit are called. */
  readonly triggerId: string;
  /** Everything Portward has; absent where it only reads, and then nothing is recorded or repaired. */
  readonly deps?: Deps;
  /** True when what is left is for the next run of the function. */
  readonly isLate: () => boolean;
  readonly progress: (text: string) => void;
}
