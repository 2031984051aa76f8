import { type Reconciled, reconcileBaseline } from "../../routes/baseline.ts";
import {
  type DesiredBackend,
  type DesiredSplit,
  type Memory,
  type Route,
  type RouteRef,
  type Split,
  serviceKey,
} from "../../routes/route.ts";
import { weightOfAll } from "../../routes/weight.ts";
import { entryWeights } from "./entryWeights.ts";
import { sameSharesOf } from "./sameShares.ts";
import { liveShares } from "./weightHistory.ts";

/** What follows from a route and its memory, without time and health. It is the same object while both are the same. */
export interface Survey {
  readonly route: Route;
  readonly ref: RouteRef;
  readonly memory: Memory | null;
  readonly reconciled: Reconciled;
  readonly splits: readonly SurveyedSplit[];
  /** Each backend's share of the traffic by its live weights; names every backend. */
  readonly shares: ReadonlyMap<string, number>;
  /** `NAMESPACE/SERVICE` of each backend. */
  readonly services: ReadonlyMap<string, string>;
  readonly apex: string;
  /** All splits have the same shares. */
  readonly alike: boolean;
}

export interface SurveyedSplit {
  readonly split: Split;
  /** The live weights; the baseline where all live ones are zero. */
  readonly live: Readonly<Record<string, number>>;
  readonly baseline: Readonly<Record<string, number>>;
  /** The baseline in the owner's spelling, entry by entry. */
  readonly spelled: Reconciled["splits"][string]["baseline"];
  /** The live weights are what we last wrote. */
  readonly isOurs: boolean;
  /** The backends with baseline weight. */
  readonly carriers: readonly string[];
  /** All live weights are zero and ours: the owner removed the backend that carried the load from the split. */
  readonly isEmptied: boolean;
  /** The desired weights while every backend with baseline weight serves. */
  readonly atRest: SplitPlan;
}

export interface SplitState {
  readonly name: string;
  /** As they are in the object, even if all are zero. */
  readonly live: Readonly<Record<string, number>>;
  readonly baseline: Readonly<Record<string, number>>;
  readonly desired: Readonly<Record<string, number>>;
}

/** The desired weights of one split, and why. */
export interface SplitPlan {
  readonly desired: DesiredSplit;
  readonly state: SplitState;
  /** The weights before the change: the live ones, or the baseline where the owner wrote only zeros. */
  readonly from: Readonly<Record<string, number>>;
  /** The live weights differ from the desired ones. */
  readonly differs: boolean;
  /** As in `Shares.heldBy`. */
  readonly heldBy: "noneFit" | "warmUp" | null;
  /** These weights are neither the baseline nor those while every backend serves. */
  readonly isShifted: boolean;
  /** Percent of the load by tier; absent: no load spills over. */
  readonly spilled?: readonly number[];
}

/** The survey of a route; the last one if neither the route nor the memory has changed. */
export function survey(last: Survey | null, route: Route, memory: Memory | null): Survey {
  if (last !== null && last.route === route && last.memory === memory) return last;
  const reconciled = reconcileBaseline(route, memory);
  const splits = route.splits.map((split) => surveySplit(route, split, reconciled));
  const services = new Map<string, string>();
  for (const split of route.splits) for (const { backend } of split.backends) services.set(backend, serviceKey(route.namespace, backend));
  return {
    route,
    ref: { kind: route.kind, namespace: route.namespace, name: route.name },
    memory,
    reconciled,
    splits,
    shares: liveShares(splits.map((split) => split.live)),
    services,
    apex: serviceKey(route.namespace, route.apex),
    alike: splits.every(({ live }) => sameSharesOf(live, splits[0]?.live ?? live)),
  };
}

function surveySplit(route: Route, split: Split, reconciled: Reconciled): SurveyedSplit {
  const own = reconciled.splits[split.name];
  const baseline: Record<string, number> = {};
  const live: Record<string, number> = {};
  for (const { backend } of split.backends) {
    baseline[backend] = weightOfAll(own?.baseline[backend] ?? []);
    live[backend] = own?.live[backend] ?? 0;
  }
  const hasWeight = Object.values(live).some((weight) => weight > 0);
  const judgedBy = hasWeight ? live : baseline;
  // Zeros that the owner wrote are the owner's intent. Zeros that we wrote are what remains when the owner removes the carrier.
  const written = own?.written ?? null;
  const isEmptied = !hasWeight && written !== null && Object.values(written).every((weight) => weight === 0);
  const backends = baselineWeights(route, split, reconciled, judgedBy, baseline);
  const differs = isEmptied || backends.some(({ backend, weight }) => judgedBy[backend] !== weight);
  const desired = differs ? Object.fromEntries(backends.map((b) => [b.backend, b.weight])) : judgedBy;
  const state: SplitState = { name: split.name, live, baseline, desired };
  const from = isEmptied ? live : judgedBy;
  return {
    split,
    live: judgedBy,
    baseline,
    spelled: own?.baseline ?? {},
    isOurs: written !== null && sameSharesOf(live, written),
    carriers: Object.keys(baseline).filter((backend) => baseline[backend] !== 0),
    isEmptied,
    atRest: {
      desired: { name: split.name, backends },
      state,
      from,
      differs,
      heldBy: null,
      isShifted: !sameSharesOf(from, baseline) && !sameSharesOf(from, desired),
    },
  };
}

/** The baseline in the owner's spelling. It is scaled down only if Linkerd cannot hold it and the split is written. */
function baselineWeights(
  route: Route,
  split: Split,
  reconciled: Reconciled,
  live: Readonly<Record<string, number>>,
  baseline: Readonly<Record<string, number>>,
): readonly DesiredBackend[] {
  const weights = split.backends.map(({ backend }) => baseline[backend] ?? 0);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const spelled = reconciled.splits[split.name]?.baseline ?? {};
  const untouched = split.backends.every(({ backend }) => live[backend] === baseline[backend]);
  if (!untouched && total > route.maxWeightSum) {
    const shares = split.backends.map(({ backend }, i) => ({
      backend,
      share: (weights[i] ?? 0) / total,
      spellings: spelled[backend] ?? [],
    }));
    return entryWeights(shares, total);
  }
  return split.backends.map(({ backend }, i) => ({ backend, weight: weights[i] ?? 0, spellings: spelled[backend] ?? [] }));
}
