import type { Counts, RequestCounts } from "./observation.ts";

type CountsByName = ReadonlyMap<string, Counts>;

/** The requests of several clients together. What they sent is not summed up: it is not asked by client. */
export function sumRequests(parts: readonly RequestCounts[]): RequestCounts {
  const backends = new Map<string, CountsByName[]>();
  for (const part of parts) for (const [route, own] of part.backends ?? []) backends.set(route, [...(backends.get(route) ?? []), own]);
  return {
    leaves: sumCounts(parts.map(({ leaves }) => leaves)),
    apexes: sumCounts(parts.map(({ apexes }) => apexes)),
    routes: sumCounts(parts.map(({ routes }) => routes)),
    backends: new Map([...backends].map(([route, own]) => [route, sumCounts(own)])),
    grpcLeaves: sumCounts(parts.flatMap(({ grpcLeaves }) => grpcLeaves ?? [])),
  };
}

/** Adds up counts by name. */
export function sumCounts(parts: readonly CountsByName[]): CountsByName {
  const sums = new Map<string, Counts>();
  for (const part of parts) {
    for (const [name, { total, failures }] of part) {
      const sum = sums.get(name);
      sums.set(name, sum === undefined ? { total, failures } : { total: sum.total + total, failures: sum.failures + failures });
    }
  }
  return sums;
}
