import { histogram } from "../metric.ts";
import { RATE } from "./kinds.ts";

/** The time within which this part of all replicas' observations stayed. */
export function quantile(part: number, name: Parameters<typeof histogram>[0]): string {
  return `histogram_quantile(${part}, sum by (le) (rate(${histogram(name, "bucket")}[${RATE}])))`;
}
