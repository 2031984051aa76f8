import { access, constants } from "node:fs/promises";
import { createPrometheusClient, type PrometheusClient } from "../../observer/prometheus.ts";
import { contradictionIn, prometheusAuth } from "./prometheusAuth.ts";
import type { JudgingSettings } from "./sightSettings.ts";

/** A question to Prometheus may take so long. */
const QUERY_TIME_LIMIT_MS = 10_000;

export interface OpenedPrometheus {
  readonly client: PrometheusClient;
  readonly url: string;
}

/** The Prometheus that is meant, for a single look; null: nobody has said where it is. Nothing is asked yet. */
export async function openPrometheus(
  settings: JudgingSettings,
): Promise<{ readonly wrong: string } | { readonly prometheus: OpenedPrometheus | null }> {
  const wrong = contradictionIn(settings) ?? (await unreadableIn(settings));
  if (wrong !== null) return { wrong };
  if (settings.prometheusUrl === undefined) return { prometheus: null };
  const options = { url: settings.prometheusUrl, auth: prometheusAuth(settings), intervalMs: QUERY_TIME_LIMIT_MS };
  return { prometheus: { client: createPrometheusClient(options), url: settings.prometheusUrl.replace(/\/$/, "") } };
}

/** The first of the secrets' files that we cannot read. */
async function unreadableIn({ prometheusBearerTokenFile, prometheusPasswordFile }: JudgingSettings): Promise<string | null> {
  for (const file of [prometheusBearerTokenFile, prometheusPasswordFile]) {
    if (file === undefined) continue;
    const readable = await access(file, constants.R_OK).then(
      () => true,
      () => false,
    );
    if (!readable) return `${file} is not there, or must not be read`;
  }
  return null;
}
