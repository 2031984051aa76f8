import type { Concerned } from "../linkerd/queries.ts";
import { type Route, serviceKey } from "../routes/route.ts";

/** The names of some routes, of their backends, and of their apexes, which old proxies name instead. */
export function concernedBy(routes: readonly Route[]): Concerned {
  return { routes: routes.map(({ name }) => name), services: routes.flatMap(servicesOf) };
}

function servicesOf({ namespace, apex, splits }: Route): readonly string[] {
  const all = [apex, ...splits.flatMap(({ backends }) => backends.map(({ backend }) => backend))];
  return all.map((service) => serviceKey(namespace, service).split("/")[1] ?? "");
}
