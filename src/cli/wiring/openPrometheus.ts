import { access, constants } from "node:fs/promises";
import { createCredentials } from "../../observer/credentials.ts";
import { createPrometheusClient, type PrometheusClient } from "../../observer/prometheus.ts";
import { prometheusAccess } from "./prometheusAccess.ts";
import { contradictionIn } from "./prometheusAuth.ts";
import type { JudgingSettings } from "./sightSettings.ts";

/** Time limit of one query. */
const QUERY_TIME_LIMIT_MS = 10_000;

export interface OpenedPrometheus {
  readonly client: PrometheusClient;
  readonly url: string;
  /** Ends what was opened for it. */
  stop?(): void;
}

/** The Prometheus that the settings name; null: none. Sends no query yet, and none after `until`. */
export async function openPrometheus(
  settings: JudgingSettings,
  until?: AbortSignal,
): Promise<{ readonly wrong: string } | { readonly prometheus: OpenedPrometheus | null }> {
  const wrong = contradictionIn(settings) ?? (await unreadableIn(settings));
  if (wrong !== null) return { wrong };
  const access = prometheusAccess(settings);
  if (access === null) return { prometheus: null };
  const unusable = await createCredentials(access)().then(
    () => null,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  if (unusable !== null) return { wrong: unusable };
  const client = createPrometheusClient({ ...access, intervalMs: QUERY_TIME_LIMIT_MS, until });
  return { prometheus: { client, url: access.url.replace(/\/$/, "") } };
}

/** An error about the first file that cannot be read; null: all can. */
async function unreadableIn(settings: JudgingSettings): Promise<string | null> {
  const { prometheusBearerTokenFile, prometheusPasswordFile, prometheusHeadersFile } = settings;
  const { prometheusCaFile, prometheusClientCertFile, prometheusClientKeyFile } = settings;
  const login = [prometheusBearerTokenFile, prometheusPasswordFile, prometheusHeadersFile];
  for (const file of [...login, prometheusCaFile, prometheusClientCertFile, prometheusClientKeyFile]) {
    if (file === undefined) continue;
    const readable = await access(file, constants.R_OK).then(
      () => true,
      () => false,
    );
    if (!readable) return `cannot read ${file}: it does not exist, or its permissions forbid it`;
  }
  return null;
}
