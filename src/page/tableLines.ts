import type { FeedRoute } from "../admin/feedRoute.ts";
import type { Address, SortKey } from "./address.ts";
import { partsOf } from "./text.ts";

/** A line of the table: a route, or the heading of a namespace. */
export type TableLine =
  | { readonly kind: "route"; readonly route: FeedRoute }
  | { readonly kind: "namespace"; readonly namespace: string; readonly count: number };

/** Routes in the order of an address, under headings if they are grouped. */
export function tableLines(routes: readonly FeedRoute[], { sort, descending, grouped }: Address): readonly TableLine[] {
  const sign = descending ? -1 : 1;
  const sorted = routes
    .map((route) => ({ route, value: valueOf(route, sort), name: nameOf(route) }))
    .toSorted((a, b) => sign * compare(a.value, b.value) || compare(a.name, b.name));
  const lines = sorted.map(({ route }): TableLine => ({ kind: "route", route }));
  if (!grouped) return lines;
  const groups = Map.groupBy(sorted, ({ route }) => partsOf(route.key).namespace);
  return [...groups]
    .toSorted(([a], [b]) => compare(a, b))
    .flatMap(([namespace, own]): readonly TableLine[] => [
      { kind: "namespace", namespace, count: own.length },
      ...own.map(({ route }): TableLine => ({ kind: "route", route })),
    ]);
}

/** Whether a route has all these words in its name, its namespace, its kind or its backends. */
export function matches(route: FeedRoute, text: string): boolean {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return true;
  const texts =
    `${route.key} ${route.splits.map(({ backends }) => backends.map(({ backend }) => backend).join(" ")).join(" ")}`.toLowerCase();
  return words.every((word) => texts.includes(word));
}

function nameOf({ key }: FeedRoute): string {
  const { kind, namespace, name } = partsOf(key);
  return `${namespace}/${name}/${kind}`;
}

/** What is not known comes last when the largest come first. */
function valueOf(route: FeedRoute, sort: SortKey): string | number {
  switch (sort) {
    case "name":
      return nameOf(route);
    case "kind":
      return partsOf(route.key).kind;
    case "success":
      return route.success ?? Number.POSITIVE_INFINITY;
    case "requests":
      return route.perSecond ?? -1;
    case "rule":
      return route.rule ?? "";
    case "shift":
      return route.lastShift === null ? 0 : Date.parse(route.lastShift);
  }
}

function compare(a: string | number, b: string | number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
