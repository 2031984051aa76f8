import { histogram } from "../metric.ts";
import { RATE } from "./kinds.ts";

/** PromQL for a quantile, in seconds, of the observations of all replicas; `part` is between 0 and 1. */
export function quantile(part: number, name: Parameters<typeof histogram>[0]): string {
  return `histogram_quantile(${part}, sum by (le) (rate(${histogram(name, "bucket")}[${RATE}])))`;
}
