import type { ClusterChange, MonitoringChange } from "../evaluator/explain/changes.ts";
import type { Decision } from "../evaluator/model/decision.ts";
import type { Problem, Route } from "../routes/route.ts";

const LEASE_NAME = "linkerd-failover";

/** A Kubernetes Event about a route, a linked cluster or the monitoring. */
export interface RouteEvent {
  /** The object that the Event is about. */
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
  /** The API's field for what was done. */
  readonly action: string;
  readonly note: string;
}

/** The Event of a decision that was written. `text` says which weights changed and why. */
export function shiftEvent(route: Route, decision: Decision, text: string): RouteEvent {
  const reason = reasonOf(route, decision);
  return { route, reason, type: reason === "Failover" ? "Warning" : "Normal", action: "ShiftTraffic", note: text };
}

/** The Event of a new problem of a route. */
export function problemEvent(route: RouteEvent["route"], problem: Problem): RouteEvent {
  return { route, reason: "Problem", type: "Warning", action: "ReadRoute", note: `${problem.problem}: ${problem.text}` };
}

/** The Event of a re-apply by another writer; `foundSo`: it happened before the first tick, so the weights stay as they are. */
export function reappliedEvent(route: RouteEvent["route"], manager: string, foundSo: boolean): RouteEvent {
  const what = `${manager} put the baseline back over the weights of a failover`;
  const then = foundSo
    ? "that was before this controller started, so the weights stay, and the backends are judged under the load that they have now"
    : "the weights of the failover are written again, with growing waits while this goes on; exclude the weights from what it compares";
  return { route, reason: "Problem", type: "Warning", action: "ReadRoute", note: `reapplied: ${what}: ${then}` };
}

/** The Event of a route that stays because one client alone sees failures. `text` names the client and the backend. */
export function loneClientEvent(route: RouteEvent["route"], text: string): RouteEvent {
  return { route, reason: "Problem", type: "Warning", action: "JudgeClients", note: text };
}

/** The Event of a linked cluster whose gateway died or came back. That cluster has no object here, so the Event is about our Lease. */
export function clusterEvent(namespace: string, { fit, text }: ClusterChange): RouteEvent {
  return {
    route: ourLease(namespace),
    reason: fit ? "ClusterFit" : "ClusterUnfit",
    type: fit ? "Normal" : "Warning",
    action: "JudgeCluster",
    note: text,
  };
}

/** The Event of an outage of the monitoring, or of its end; about our Lease, too. */
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
