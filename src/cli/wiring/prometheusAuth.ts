import type { PrometheusAuth } from "../../observer/prometheus.ts";
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

/** What is wrong with the Prometheus settings; null: nothing. It never quotes the URL, which may hold a password. */
export function contradictionIn(settings: AuthSettings & Pick<SightSettings, "prometheusUrl">): string | null {
  const { prometheusUrl, prometheusBearerTokenFile, prometheusUsername, prometheusPasswordFile } = settings;
  if (prometheusUrl !== undefined) {
    const url = URL.parse(prometheusUrl);
    if (url === null || !/^https?:$/.test(url.protocol)) return "--prometheus-url must be an http or https URL";
    if (url.username !== "" || url.password !== "")
      return "--prometheus-url must not contain a username or password: use --prometheus-username and --prometheus-password-file";
  }
  if ((prometheusUsername === undefined) !== (prometheusPasswordFile === undefined))
    return "--prometheus-username and --prometheus-password-file must be set together";
  if (prometheusBearerTokenFile !== undefined && prometheusUsername !== undefined)
    return "--prometheus-bearer-token-file and --prometheus-username exclude each other";
  return null;
}
