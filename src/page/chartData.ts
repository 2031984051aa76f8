import type { BackendHistory } from "../admin/history.ts";
import type { RouteHistory } from "./routeHistory.ts";

/** What was seen of one backend in the range of a chart. Each point holds until the next one. */
export interface Series {
  readonly backend: string;
  readonly points: readonly Point[];
}

export interface Point {
  readonly fromMs: number;
  readonly toMs: number;
  readonly share: number;
  readonly success: number | null;
  readonly perSecond: number | null;
  readonly seen: BackendHistory["seen"][number];
}

export interface ChartRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/** The parts of a history that lie in a range, in the order of these backends. */
export function seriesIn(history: RouteHistory, backends: readonly string[], range: ChartRange): readonly Series[] {
  return backends.flatMap((backend) => {
    const own = history[backend];
    return own === undefined ? [] : [{ backend, points: pointsIn(own, range) }];
  });
}

function pointsIn({ at, share, success, perSecond, seen }: BackendHistory, { fromMs, toMs }: ChartRange): readonly Point[] {
  return at.flatMap((startMs, i): readonly Point[] => {
    const endMs = at[i + 1] ?? toMs;
    if (endMs <= fromMs || startMs >= toMs) return [];
    return [
      {
        ...{ fromMs: Math.max(fromMs, startMs), toMs: Math.min(toMs, endMs) },
        ...{ share: share[i] ?? 0, success: success[i] ?? null, perSecond: perSecond[i] ?? null, seen: seen[i] ?? "unknown" },
      },
    ];
  });
}

/** What was seen at a time; undefined: nothing. */
export function pointAt({ points }: Series, ms: number): Point | undefined {
  return points.find(({ fromMs, toMs }) => fromMs <= ms && ms < toMs) ?? (points.at(-1)?.toMs === ms ? points.at(-1) : undefined);
}

/** One backend's part of the stacked weights: from where to where it reaches, for each stretch of time. */
export interface Layer {
  readonly backend: string;
  readonly steps: readonly { readonly fromMs: number; readonly toMs: number; readonly low: number; readonly high: number }[];
}

/** The weights as layers that lie on each other, the first backend's at the bottom. */
export function stack(series: readonly Series[], range: ChartRange): readonly Layer[] {
  const times = [...new Set(series.flatMap(({ points }) => points.flatMap(({ fromMs, toMs }) => [fromMs, toMs])))].toSorted(
    (a, b) => a - b,
  );
  const layers = series.map(({ backend }) => ({ backend, steps: [] as Layer["steps"][number][] }));
  const cursors = series.map(() => 0);
  times.forEach((fromMs, i) => {
    const toMs = times[i + 1] ?? range.toMs;
    let low = 0;
    series.forEach(({ points }, k) => {
      while ((points[cursors[k] ?? 0]?.toMs ?? Number.POSITIVE_INFINITY) <= fromMs) cursors[k] = (cursors[k] ?? 0) + 1;
      const point = points[cursors[k] ?? 0];
      const share = point !== undefined && point.fromMs <= fromMs ? point.share : 0;
      if (toMs > fromMs) layers[k]?.steps.push({ fromMs, toMs, low, high: low + share });
      low += share;
    });
  });
  return layers;
}

/** Where the scale of the success rates begins: as high as the lowest rate allows, so that small losses can be seen. */
export function successFloor(series: readonly Series[], threshold: number | null): number {
  const rates = series.flatMap(({ points }) => points.flatMap(({ success }) => success ?? []));
  const lowest = Math.min(...rates, threshold ?? 1);
  return [0.95, 0.8, 0.5].find((floor) => lowest >= floor + (1 - floor) * 0.1) ?? 0;
}

/** The end of a scale from 0: 1, 2 or 5 times a power of ten. */
export function niceTop(highest: number): number {
  if (highest <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(highest));
  return ([1, 2, 5, 10].find((factor) => factor * power >= highest) ?? 10) * power;
}

/** Round times for an axis, at most `most` of them. */
export function ticksOf({ fromMs, toMs }: ChartRange, most: number, offsetMs: number): readonly number[] {
  const steps = [60, 120, 300, 600, 900, 1_800, 3_600, 7_200].map((seconds) => seconds * 1_000);
  const step = steps.find((ms) => (toMs - fromMs) / ms <= most) ?? 7_200_000;
  const first = Math.ceil((fromMs + offsetMs) / step) * step - offsetMs;
  const ticks: number[] = [];
  for (let ms = first; ms < toMs; ms += step) ticks.push(ms);
  return ticks;
}
