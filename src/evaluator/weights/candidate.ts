import type { BackendReport } from "../model/backendReport.ts";
import type { BackendState } from "../model/backendState.ts";
import { type Doubt, doubtOf, isReady, type Judgement } from "../model/judgement.ts";
import type { SurveyedSplit } from "../model/survey.ts";
import type { TierCapacity } from "./spill.ts";

/** One backend of one split, with what decides its share. */
export interface Candidate {
  readonly backend: string;
  readonly baseline: number;
  /** Live weight; the baseline where all live weights of the split are zero. */
  readonly live: number;
  /** We wrote the live weights of the split. */
  readonly isOurs: boolean;
  readonly state: BackendState;
  /** No hard evidence is against it. */
  readonly ready: boolean;
  readonly unfit: boolean;
  readonly doubt: Doubt | null;
  /** Its endpoints; null: they cannot be counted. */
  readonly capacity: TierCapacity | null;
}

/** Backends in order of preference. */
export type Tiers = readonly (readonly string[])[];

/** The backends of a split, with what decides their shares. */
export function candidatesOf(
  { split, live, baseline, isOurs }: SurveyedSplit,
  moved: ReadonlyMap<string, BackendReport>,
): readonly Candidate[] {
  const candidates: Candidate[] = [];
  for (const { backend } of split.backends) {
    const report = moved.get(backend);
    if (report === undefined) continue;
    const { state, judgement } = report;
    candidates.push({
      backend,
      baseline: baseline[backend] ?? 0,
      live: live[backend] ?? 0,
      isOurs,
      state,
      ready: isReady(judgement),
      unfit: judgement.verdict === "unfit",
      doubt: doubtOf(judgement),
      capacity: capacityOf(judgement),
    });
  }
  return candidates;
}

/** `desired` includes endpoints that are missing, so these reduce the capacity. */
function capacityOf({ endpoints }: Judgement): TierCapacity | null {
  return endpoints === null ? null : { ready: endpoints.ready, desired: endpoints.ready + endpoints.notReady };
}
