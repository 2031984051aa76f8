import type { BackendState } from "./backendState.ts";
import type { Judgement, SignalJudgement } from "./judgement.ts";
import type { Reason } from "./reason.ts";
import type { Usual } from "./usual.ts";

/** One backend of a route, as judged at the last tick. */
export interface BackendReport {
  readonly backend: string;
  /** Its state before this tick. */
  readonly before: BackendState;
  readonly state: BackendState;
  readonly judgement: Judgement;
  /** What metrics last showed of its own requests. Empty: nothing since the start of this controller, or since it was unreachable. */
  readonly lastShown: readonly SignalJudgement[];
  /** What it usually answers while it serves. Empty: nothing is known since the start of this controller. */
  readonly usual: readonly Usual[];
  /** The reasons beside the judgement: why it was removed, what it waits for, which brake holds it. */
  readonly waits: readonly Reason[];
}
