import { reasonText } from "../evaluator/explain/reasonText.ts";
import type { Reason } from "../evaluator/model/reason.ts";
import { rfc3339 } from "./rfc3339.ts";

/** A reason in the format of the API: its data and its text; times are RFC 3339. */
export function reasonJson(reason: Reason): { readonly kind: string; readonly text: string } & Readonly<Record<string, unknown>> {
  const text = reasonText(reason);
  if (reason.kind === "share") {
    const { interval, thresholds, ...counted } = reason;
    return { ...counted, ...interval, underMs: null, ...thresholds, text };
  }
  if (reason.kind !== "pinned") return { ...reason, text };
  return { kind: reason.kind, until: reason.untilMs === null ? null : rfc3339(reason.untilMs), text };
}
