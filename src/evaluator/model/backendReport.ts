import type { BackendState } from "./backendState.ts";
import type { Judgement } from "./judgement.ts";
import type { Reason } from "./reason.ts";
import type { SurveyedSplit } from "./survey.ts";

/** One backend of a route, as judged at the last tick. */
export interface BackendReport {
  readonly backend: string;
  /** Where it stood before this tick. */
  readonly before: BackendState;
  readonly state: BackendState;
  readonly judgement: Judgement;
  /** What the machine says beside the judgement: why it left, what is waited for, what holds it. */
  readonly waits: readonly Reason[];
}
