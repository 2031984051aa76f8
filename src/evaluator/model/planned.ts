import type { Route } from "../../routes/route.ts";
import type { BackendReport } from "./backendReport.ts";
import type { SplitPlan, Survey } from "./survey.ts";

/** The desired weights of a route's splits, and the state of its backends after this tick. */
export interface Planned {
  readonly surveyed: Survey;
  readonly moved: ReadonlyMap<string, BackendReport>;
  readonly plans: readonly SplitPlan[];
  readonly pin: Route["pin"];
  /** A freeze is in force. */
  readonly frozen: boolean;
}
