import type { ClusterChange, MonitoringChange } from "../evaluator/explain/changes.ts";
import type { Decision } from "../evaluator/model/decision.ts";
import type { Problem, Route } from "../routes/route.ts";

const LEASE_NAME = "linkerd-failover";

/** What we tell in the cluster's Events: of a route, or of a linked cluster. */
export interface RouteEvent {
  /** The object that it is told of. */
  readonly route: {
    readonly kind: string;
    readonly apiVersion: string;
    readonly namespace: string;
    readonly name: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
  };
  readonly reason: "Failover" | "Return" | "Restore" | "Problem" | "ClusterUnfit" | "ClusterFit" | "SignalsLost" | "SignalsBack";
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

/** The Event of a fight over a route's weights; `foundSo`: it was over before we looked after the route, and is left so. */
export function reappliedEvent(route: RouteEvent["route"], manager: string, foundSo: boolean): RouteEvent {
  const what = `${manager} put the baseline back over the weights of a failover`;
  const then = foundSo
    ? "that was before this controller came, so it is left, and the backends are judged under the load that they have"
    : "they are put in place again, later and later while it goes on; leave the weights out of what it compares";
  return { route, reason: "Problem", type: "Warning", action: "ReadRoute", note: `reapplied: ${what}: ${then}` };
}

/** The Event of a linked cluster whose gateway died or came back. It has no object of its own here, so it is told of our Lease. */
export function clusterEvent(namespace: string, { fit, text }: ClusterChange): RouteEvent {
  return {
    route: ourLease(namespace),
    reason: fit ? "ClusterFit" : "ClusterUnfit",
    type: fit ? "Normal" : "Warning",
    action: "JudgeCluster",
    note: text,
  };
}

/** The Event that the monitoring went out or came back; it concerns no object of its own either. */
export function monitoringEvent(namespace: string, { out, text }: MonitoringChange): RouteEvent {
  const reason = out ? "SignalsLost" : "SignalsBack";
  return { route: ourLease(namespace), reason, type: out ? "Warning" : "Normal", action: "JudgeMetrics", note: text };
}

function ourLease(namespace: string): RouteEvent["route"] {
  return { kind: "Lease", apiVersion: "coordination.k8s.io/v1", namespace, name: LEASE_NAME };
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
