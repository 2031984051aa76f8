import type { Answer, Metrics } from "../evaluator/model/observation.ts";
import type { Suspects } from "../evaluator/model/suspects.ts";
import type { Questions } from "../rules/questions.ts";
import { askAll } from "./askAll.ts";
import { backendQueries } from "./backendQueries.ts";
import { clientsAt } from "./clientReader.ts";
import { keptAt, NOTHING_KNOWN } from "./kept.ts";
import type { Subjects } from "./metricsReader.ts";
import { readNumber } from "./ownQueries.ts";
import type { PrometheusClient } from "./prometheus.ts";

/** What Prometheus has for a time in the past. Unlike a live tick, it waits for the operators' queries. */
export async function pastMetrics(
  prometheus: PrometheusClient,
  { routes, clusters, linked, elsewhere }: Subjects,
  questions: Questions,
  atMs: number,
): Promise<Metrics> {
  const own = backendQueries(routes, linked, (route) => questions.queries(route));
  const kept = (await keptAt(prometheus, atMs)) ?? NOTHING_KNOWN;
  const [metrics, queries] = await Promise.all([
    askAll(prometheus, routes, { ...questions, gateway: questions.gateway && clusters.size > 0 }, kept, atMs, elsewhere),
    Promise.all(
      own.map(async ({ key, text }): Promise<readonly [string, Answer<number | null>]> => {
        return [key, readNumber(await prometheus.queryAside(text, atMs))];
      }),
    ),
  ]);
  return { ...metrics, queries: new Map(queries) };
}

/** The same about the clients of suspect routes, which only the tick before can name. */
export async function pastClients(
  prometheus: PrometheusClient,
  { routes }: Subjects,
  suspects: Suspects,
  atMs: number,
): Promise<Pick<Metrics, "clients">> {
  if (suspects.size === 0) return {};
  const kept = (await keptAt(prometheus, atMs)) ?? NOTHING_KNOWN;
  return { clients: await clientsAt(prometheus, routes, suspects, kept, atMs) };
}
