import { BACKEND, type Matchers, metric, REPLICA, ROUTE } from "./metric.ts";

/**
 * PromQL for the smallest number of serving backends in any split of a route: 0 if a split has none.
 *
 * Evaluated for each replica, and the minimum counts: a replica that lags must not hide what another one sees.
 */
export function servesEverywhere(scope: Matchers<"route_shifted"> = {}): string {
  const splits = `${metric("backend_weight", scope)} * 0`;
  const serves = `sum by (${REPLICA}, ${BACKEND}) (${metric("backend_phase", { ...scope, phase: { like: "serving|suspect" } })})`;
  const bySplit = `max by (${REPLICA}, ${ROUTE}, split) (${splits} + on (${REPLICA}, ${BACKEND}) group_left () ${serves})`;
  return `min by (${ROUTE}) (${bySplit})`;
}
