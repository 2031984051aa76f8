import type { RecordedDecision } from "../controller/decisionRing.ts";
import type { PastDecision } from "../evaluator/explain/pastDecision.ts";
import { reasonJson } from "./reasonJson.ts";
import { rfc3339 } from "./rfc3339.ts";

/** A decision in the format of the API: one for each changed split. */
export interface DecisionJson {
  readonly at: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly split: string;
  readonly before: Readonly<Record<string, number>>;
  readonly after: Readonly<Record<string, number>>;
  readonly direction: string;
  readonly cause: string;
  readonly reasons: readonly ReasonJson[];
  readonly outcome: string;
  /** Why the write failed. */
  readonly error?: string;
}

/** A reason of a decision: its text, and its data beside it. */
export type ReasonJson = { readonly backend: string | null; readonly kind: string; readonly text: string } & Readonly<
  Record<string, unknown>
>;

/** A decision of this replica. */
export function decisionJson({ atMs, decision, outcome }: RecordedDecision): readonly DecisionJson[] {
  const { route, direction, cause } = decision;
  const reasons = decision.reasons.map(({ backend, reason }): ReasonJson => ({ backend, ...reasonJson(reason) }));
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

/** A decision of an earlier process or of another replica, as its Event tells it. */
export function pastDecisionJson({ atMs, route, direction, cause, splits, because }: PastDecision): readonly DecisionJson[] {
  const reasons = because.map(({ backend, text }): ReasonJson => ({ backend, kind: "told", text }));
  const { kind, namespace, name } = route;
  return splits.map(({ name: split, before, after }) => ({
    ...{ at: rfc3339(atMs), kind, namespace, name, split, before, after, direction, cause, reasons },
    outcome: "written",
  }));
}
