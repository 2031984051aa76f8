import type { Rule } from "../../rules/ruleSet.ts";
import { type Held, otherWriterOf } from "../brakes/holdRoute.ts";
import type { Planned } from "../model/planned.ts";
import type { BackendReason, Brake, Hold } from "../model/reason.ts";

/** The reasons that concern the whole route: what holds the write, a pin, and how the load is divided. */
export function routeReasons(
  { surveyed: { route }, plans, pin, frozen }: Planned,
  { differs, reappliedMs, tooSoonMs, unproven }: Held,
  { fallback: { standbyShare } }: Rule,
): readonly BackendReason[] {
  const reasons: BackendReason[] = [];
  if (frozen && differs) reasons.push({ backend: null, reason: { kind: "brake", brake: "frozen" } });
  if (reappliedMs > 0 && differs) reasons.push({ backend: null, reason: reappliedBy(otherWriterOf(route), reappliedMs) });
  if (tooSoonMs > 0) reasons.push({ backend: null, reason: { kind: "brake", brake: "minTimeBetweenWrites", leftMs: tooSoonMs } });
  if (unproven !== null) reasons.push({ backend: unproven, reason: { kind: "waiting", for: "evidence", leftMs: 0, relapses: 0 } });
  if (pin !== null) reasons.push({ backend: pin.backend, reason: { kind: "pinned", untilMs: pin.untilMs } });
  const heldBy = (brake: Brake) => plans.some((plan) => plan.heldBy === brake);
  if (heldBy("noneFit")) reasons.push({ backend: null, reason: { kind: "brake", brake: "noneFit" } });
  if (heldBy("warmUp")) reasons.push({ backend: null, reason: { kind: "brake", brake: "warmUp", awaits: "gateway" } });
  for (const { desired, spilled } of plans) {
    if (spilled !== undefined) reasons.push({ backend: null, reason: { kind: "spill", split: desired.name, loads: spilled } });
  }
  if (standbyShare > 0) reasons.push({ backend: null, reason: { kind: "warm", share: standbyShare } });
  return reasons;
}

/** Who fights over the weights, by name: an operator must know whose settings to change. */
function reappliedBy(manager: string | null, leftMs: number): Hold {
  return { kind: "brake", brake: "reapplied", leftMs, ...(manager !== null && manager !== "unknown" && { by: manager }) };
}
