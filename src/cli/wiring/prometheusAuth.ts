import { headersMistake } from "../../observer/httpHeaders.ts";
import type { PrometheusAuth } from "../../observer/prometheusAccess.ts";
import type { PrometheusSettings } from "./prometheusSettings.ts";
import { readPairs } from "./readPairs.ts";

/** The client sends these with each query itself. */
const OWN_PARAMS = ["query", "time", "timeout", "start", "end", "step"];

/** How to log in at Prometheus. */
export function prometheusAuth(settings: PrometheusSettings): PrometheusAuth {
  const { prometheusBearerTokenFile, prometheusUsername, prometheusPasswordFile } = settings;
  if (prometheusBearerTokenFile !== undefined) return { kind: "bearer", tokenFile: prometheusBearerTokenFile };
  if (prometheusUsername !== undefined && prometheusPasswordFile !== undefined) {
    return { kind: "basic", username: prometheusUsername, passwordFile: prometheusPasswordFile };
  }
  return { kind: "none" };
}

/** What is wrong with the Prometheus settings; null: nothing. It never quotes the URL or a header, which may hold a password. */
export function contradictionIn(settings: PrometheusSettings): string | null {
  return wrongUrl(settings) ?? wrongLogin(settings) ?? wrongPairs(settings);
}

/** What is wrong with `--fast-prometheus-url`; null: nothing. */
export function mistakeInFastUrl(text: string | undefined): string | null {
  const wrong = contradictionIn(text === undefined ? {} : { prometheusUrl: text });
  if (wrong === null) return null;
  const [what = ""] = wrong.replace("--prometheus-url", "--fast-prometheus-url").split(": use ");
  return what;
}

function wrongUrl({ prometheusUrl, prometheusCaFile, prometheusClientCertFile }: PrometheusSettings): string | null {
  if (prometheusUrl === undefined) return null;
  const url = URL.parse(prometheusUrl);
  if (url === null || !/^https?:$/.test(url.protocol)) return "--prometheus-url must be an http or https URL";
  if (url.username !== "" || url.password !== "")
    return "--prometheus-url must not contain a username or password: use --prometheus-username and --prometheus-password-file";
  if (/[?#]/.test(prometheusUrl)) return "--prometheus-url must not contain a query string: use --prometheus-param NAME=VALUE";
  if (url.protocol === "http:" && (prometheusCaFile !== undefined || prometheusClientCertFile !== undefined))
    return "--prometheus-ca-file and --prometheus-client-cert-file need a --prometheus-url with https";
  return null;
}

function wrongLogin(settings: PrometheusSettings): string | null {
  const { prometheusBearerTokenFile, prometheusUsername, prometheusPasswordFile } = settings;
  if ((prometheusUsername === undefined) !== (prometheusPasswordFile === undefined))
    return "--prometheus-username and --prometheus-password-file must be set together";
  if (prometheusBearerTokenFile !== undefined && prometheusUsername !== undefined)
    return "--prometheus-bearer-token-file and --prometheus-username exclude each other";
  if ((settings.prometheusClientCertFile === undefined) !== (settings.prometheusClientKeyFile === undefined))
    return "--prometheus-client-cert-file and --prometheus-client-key-file must be set together";
  return null;
}

function wrongPairs(settings: PrometheusSettings): string | null {
  const headers = readPairs(settings.prometheusHeader);
  const params = readPairs(settings.prometheusParam);
  if (headers === null) return "--prometheus-header must be NAME=VALUE, one a line";
  const mistake = headersMistake(headers);
  if (mistake !== null) return `--prometheus-header ${mistake}`;
  if (prometheusAuth(settings).kind !== "none" && headers.some(([name]) => name.toLowerCase() === "authorization"))
    return "--prometheus-header sets Authorization, which the login sets already";
  if (params === null) return "--prometheus-param must be NAME=VALUE, one a line";
  const taken = params.find(([name]) => OWN_PARAMS.includes(name));
  return taken === undefined ? null : `--prometheus-param sets ${taken[0]}, which each query sets itself`;
}
