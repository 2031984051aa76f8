import type { Rule } from "../../rules/ruleSet.ts";
import type { Held } from "../brakes/holdRoute.ts";
import type { Planned } from "../model/planned.ts";
import type { BackendReason, Brake } from "../model/reason.ts";

/** The reasons that concern the whole route: what holds the write, a pin, and how the load is divided. */
export function routeReasons(
  { plans, pin, frozen }: Planned,
  { differs, reappliedMs, tooSoonMs, unproven }: Held,
  { fallback: { standbyShare } }: Rule,
): readonly BackendReason[] {
  const reasons: BackendReason[] = [];
  if (frozen && differs) reasons.push({ backend: null, reason: { kind: "brake", brake: "frozen" } });
  if (reappliedMs > 0 && differs) reasons.push({ backend: null, reason: { kind: "brake", brake: "reapplied", leftMs: reappliedMs } });
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
