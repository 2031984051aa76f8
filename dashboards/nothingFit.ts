import { BACKEND, type Matchers, metric, REPLICA, ROUTE } from "./metric.ts";

/**
 * Whether every split of a route has a backend that serves: 0 for a route with one that has none.
 *
 * Looked at replica by replica, and the worst view counts: one that lags behind must not hide what another sees. By
 * split, since another split of the same route may be well.
 */
export function servesEverywhere(scope: Matchers<"route_shifted"> = {}): string {
  const splits = `${metric("backend_weight", scope)} * 0`;
  const serves = `sum by (${REPLICA}, ${BACKEND}) (${metric("backend_phase", { ...scope, phase: { like: "serving|suspect" } })})`;
  const bySplit = `max by (${REPLICA}, ${ROUTE}, split) (${splits} + on (${REPLICA}, ${BACKEND}) group_left () ${serves})`;
  return `min by (${ROUTE}) (${bySplit})`;
}
