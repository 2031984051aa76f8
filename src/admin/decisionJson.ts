import type { RecordedDecision } from "../controller/decisionRing.ts";
import { reasonJson } from "./reasonJson.ts";
import { rfc3339 } from "./rfc3339.ts";

/** A decision in the format of the API: one entry per changed split. */
export function decisionJson({ atMs, decision, outcome }: RecordedDecision): readonly Record<string, unknown>[] {
  const { route, direction, cause } = decision;
  const reasons = decision.reasons.map(({ backend, reason }) => ({ backend, ...reasonJson(reason) }));
  return decision.splits.map(({ name, before, after }) => ({
    at: rfc3339(atMs),
    kind: route.kind,
    namespace: route.namespace,
    name: route.name,
    split: name,
    before,
    after,
    direction,
    cause,
    reasons,
    outcome: outcome.outcome,
    ...(outcome.outcome === "failed" ? { error: outcome.error } : {}),
  }));
}
