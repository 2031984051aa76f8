import type { PrometheusAuth } from "../observer/prometheus.ts";
import type { SightSettings } from "./sightSettings.ts";

type AuthSettings = Pick<SightSettings, "prometheusBearerTokenFile" | "prometheusUsername" | "prometheusPasswordFile">;

/** How to log in at Prometheus. */
export function prometheusAuth({ prometheusBearerTokenFile, prometheusUsername, prometheusPasswordFile }: AuthSettings): PrometheusAuth {
  if (prometheusBearerTokenFile !== undefined) return { kind: "bearer", tokenFile: prometheusBearerTokenFile };
  if (prometheusUsername !== undefined && prometheusPasswordFile !== undefined) {
    return { kind: "basic", username: prometheusUsername, passwordFile: prometheusPasswordFile };
  }
  return { kind: "none" };
}

/** Settings that cannot be meant together. */
export function contradictionIn({ prometheusBearerTokenFile, prometheusUsername, prometheusPasswordFile }: AuthSettings): string | null {
  if ((prometheusUsername === undefined) !== (prometheusPasswordFile === undefined))
    return "--prometheus-username and --prometheus-password-file go together";
  if (prometheusBearerTokenFile !== undefined && prometheusUsername !== undefined)
    return "Prometheus takes a bearer token or a username, not both";
  return null;
}
