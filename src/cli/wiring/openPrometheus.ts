import { access, constants } from "node:fs/promises";
import { createPrometheusClient, type PrometheusClient } from "../../observer/prometheus.ts";
import { contradictionIn, prometheusAuth } from "./prometheusAuth.ts";
import type { JudgingSettings } from "./sightSettings.ts";

/** Time limit of one query. */
const QUERY_TIME_LIMIT_MS = 10_000;

export interface OpenedPrometheus {
  readonly client: PrometheusClient;
  readonly url: string;
}

/** The Prometheus that the settings name; null: none. Sends no query yet. */
export async function openPrometheus(
  settings: JudgingSettings,
): Promise<{ readonly wrong: string } | { readonly prometheus: OpenedPrometheus | null }> {
  const wrong = contradictionIn(settings) ?? (await unreadableIn(settings));
  if (wrong !== null) return { wrong };
  if (settings.prometheusUrl === undefined) return { prometheus: null };
  const options = { url: settings.prometheusUrl, auth: prometheusAuth(settings), intervalMs: QUERY_TIME_LIMIT_MS };
  return { prometheus: { client: createPrometheusClient(options), url: settings.prometheusUrl.replace(/\/$/, "") } };
}

/** An error about the first secret file that cannot be read; null: all can. */
async function unreadableIn({ prometheusBearerTokenFile, prometheusPasswordFile }: JudgingSettings): Promise<string | null> {
  for (const file of [prometheusBearerTokenFile, prometheusPasswordFile]) {
    if (file === undefined) continue;
    const readable = await access(file, constants.R_OK).then(
      () => true,
      () => false,
    );
    if (!readable) return `cannot read ${file}: it does not exist, or its permissions forbid it`;
  }
  return null;
}
