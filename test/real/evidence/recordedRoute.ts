import { writeMemory } from "../../../src/routes/memory.ts";
import type { BackendMemory, Memory, Route } from "../../../src/routes/route.ts";
import { route } from "../../observer/fakeCodec.ts";

/** The weights of a route from a time on, the primary's first. */
export interface WeightsAt {
  readonly t: number;
  readonly n: string;
  readonly w: readonly [primary: number, standby: number];
}

/** A route of a recording. */
export interface Recorded {
  readonly kind: Route["kind"];
  readonly namespace: string;
  readonly name: string;
  readonly apex: string;
  readonly primary: string;
  readonly standby: string;
}

/** The steps of a return by the primary's percentage. */
const STEPS: Readonly<Record<number, number>> = { 5: 0, 10: 0, 25: 1, 50: 2 };

/** The route as it was at a time. Weights that are not the baseline are a controller's, with the annotation that it wrote. */
export function recordedAt(recorded: Recorded, weights: readonly WeightsAt[], atMs: number): Route {
  const own = weights.filter(({ n, t }) => n === recorded.name && t <= atMs);
  const { w: baseline } = own[0] ?? { w: [100, 0] as const };
  const { t, w } = own.at(-1) ?? { t: 0, w: baseline };
  const { kind, namespace, name, apex, primary, standby } = recorded;
  const split = {
    name: "0",
    backends: [primary, standby].map((backend, i) => {
      const weight = w[i] ?? 0;
      return { backend, weight, entries: [{ path: `/spec/backends/${i}/weight`, spelling: weight, absent: false }] };
    }),
  };
  const memory = own.length < 2 ? null : memoryOf(recorded, baseline, w, t);
  const memoryText = memory === null ? null : writeMemory(memory);
  return route(namespace, name, [primary, standby], { kind, apex, splits: [split], memory, memoryText, hasAnnotations: true });
}

function memoryOf({ primary, standby }: Recorded, baseline: WeightsAt["w"], w: WeightsAt["w"], sinceMs: number): Memory {
  const backends: Record<string, BackendMemory> = {};
  const step = STEPS[w[0]];
  if (w[0] === 0) backends[primary] = { phase: "out", sinceMs, cause: "successRate", relapses: 0 };
  else if (step !== undefined) backends[primary] = { phase: "returning", sinceMs, step, cause: "successRate", relapses: 0 };
  return {
    writer: "the recorded controller",
    splits: {
      "0": { baseline: { [primary]: [baseline[0]], [standby]: [baseline[1]] }, written: { [primary]: w[0], [standby]: w[1] } },
    },
    backends,
  };
}
