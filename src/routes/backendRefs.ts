import { quote } from "./quote.ts";
import { asRecord } from "./record.ts";
import type { SplitBackend } from "./route.ts";
import { readServiceRef } from "./serviceRef.ts";
import { MOST_BACKENDS, WeightEntries } from "./weightEntries.ts";

const MISSING_WEIGHT = 1;

/** The API server refuses a larger weight. */
export const GATEWAY_MAX_WEIGHT = 1_000_000;

/**
 * The Services of a rule, in its order; a text with the mistake if one of them is unreadable. Empty for a rule with fewer
 * than two backendRefs, because it does not split traffic.
 */
export function readBackendRefs(rule: unknown, index: number, namespace: string): readonly SplitBackend[] | string {
  const where = `spec.rules[${index}].backendRefs`;
  const list = asRecord(rule)?.["backendRefs"] ?? [];
  if (!Array.isArray(list)) return `${where}: a list is needed, found ${quote(list)}`;
  if (list.length < 2) return [];
  if (list.length > MOST_BACKENDS) return `${where}: at most ${MOST_BACKENDS} are read, found ${list.length}`;
  const entries = new WeightEntries();
  for (const [i, item] of list.entries()) {
    const ref = readServiceRef(item, namespace, "Service");
    if ("flaw" in ref) return `${where}[${i}]${ref.flaw}`;
    const weight = asRecord(item)?.["weight"] ?? undefined;
    if (weight !== undefined && !isGatewayWeight(weight))
      return `${where}[${i}].weight: a whole number from 0 to ${GATEWAY_MAX_WEIGHT} is needed, found ${quote(weight)}`;
    entries.add(ref.service, `/spec/rules/${index}/backendRefs/${i}/weight`, weight, MISSING_WEIGHT);
  }
  return entries.backends();
}

/** Whether a value is a valid weight in these kinds. */
export function isGatewayWeight(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= GATEWAY_MAX_WEIGHT;
}
