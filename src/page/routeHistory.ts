import type { BackendHistory } from "../admin/history.ts";

export type RouteHistory = Readonly<Record<string, BackendHistory>>;

/** When the newest sample was taken; null: there is none. A backend that was removed from the route no longer counts. */
export function newestMs(history: RouteHistory): number | null {
  const newest = Object.values(history).map(({ at }) => at.at(-1) ?? 0);
  return newest.length === 0 ? null : Math.min(...newest);
}

/** A history with what came since. An answer begins with the sample that held at the time that was asked for. */
export function joined(before: RouteHistory, since: RouteHistory): RouteHistory {
  return Object.fromEntries(
    Object.entries(since).map(([backend, later]) => {
      const earlier = before[backend];
      const [firstMs] = later.at;
      if (earlier === undefined || firstMs === undefined) return [backend, later];
      const kept = earlier.at.findIndex((ms) => ms >= firstMs);
      const count = kept < 0 ? earlier.at.length : kept;
      const both = <T>(a: readonly T[], b: readonly T[]): readonly T[] => [...a.slice(0, count), ...b];
      return [
        backend,
        {
          at: both(earlier.at, later.at),
          share: both(earlier.share, later.share),
          success: both(earlier.success, later.success),
          perSecond: both(earlier.perSecond, later.perSecond),
          seen: both(earlier.seen, later.seen),
        },
      ];
    }),
  );
}
