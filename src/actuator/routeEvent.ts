import type { Decision } from "../evaluator/decision.ts";
import type { Problem, Route } from "../routes/route.ts";

/** What we tell of a route in the cluster's Events. */
export interface RouteEvent {
  readonly route: Pick<Route, "kind" | "apiVersion" | "namespace" | "name" | "uid" | "resourceVersion">;
  readonly reason: "Failover" | "Return" | "Restore" | "Problem";
  readonly type: "Normal" | "Warning";
  /** What was done, in the API's terms. */
  readonly action: string;
  readonly note: string;
}

/** The Event of a decision that was written. `text` says what was moved and why. */
export function shiftEvent(route: Route, decision: Decision, text: string): RouteEvent {
  const reason = reasonOf(route, decision);
  return { route, reason, type: reason === "Failover" ? "Warning" : "Normal", action: "ShiftTraffic", note: text };
}

/** The Event of a problem that a route has from now on. */
export function problemEvent(route: RouteEvent["route"], problem: Problem): RouteEvent {
  return { route, reason: "Problem", type: "Warning", action: "ReadRoute", note: `${problem.problem}: ${problem.text}` };
}

function reasonOf(route: Route, decision: Decision): RouteEvent["reason"] {
  switch (decision.direction) {
    case "failover":
      return "Failover";
    case "return":
      return "Return";
    case "restore":
      return "Restore";
    case "pin": {
      // A pin has no reason of its own: to the primary it is a return, to any other backend a failover.
      const toPrimary = decision.splits.some(({ after }) => Object.hasOwn(after, route.primary) && (after[route.primary] ?? 0) > 0);
      return toPrimary ? "Return" : "Failover";
    }
  }
}
