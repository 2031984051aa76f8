import { expect, it } from "vitest";
import { contradictionIn, mistakeInFastUrl } from "../../../src/cli/wiring/prometheusAuth.ts";
import type { PrometheusSettings } from "../../../src/cli/wiring/prometheusSettings.ts";

const URL = { prometheusUrl: "https://p.example/base" };
const SECRET = "s3cret-7c";

it.each([
  [undefined, null],
  ["http://fast:9090", null],
  ["fast:9090", "--fast-prometheus-url must be an http or https URL"],
  [`http://me:${SECRET}@fast`, "--fast-prometheus-url must not contain a username or password"],
  ["http://fast?a=b", "--fast-prometheus-url must not contain a query string"],
])("says of the fast Prometheus %j: %j", (url, said) => expect(mistakeInFastUrl(url)).toBe(said));

it.each<[PrometheusSettings]>([
  [{}],
  [URL],
  [{ ...URL, prometheusCaFile: "a", prometheusClientCertFile: "b", prometheusClientKeyFile: "c" }],
  [{ ...URL, prometheusHeader: ["X-Scope-OrgID=a|b", "Authorization=Token x\nX-B=c=d"], prometheusParam: ["dedup=true\nmax=", "a=b=c"] }],
  [{ ...URL, prometheusBearerTokenFile: "t", prometheusHeadersFile: "h" }],
])("accepts %j", (settings) => expect(contradictionIn(settings)).toBeNull());

it.each<[PrometheusSettings, string]>([
  [{ prometheusUrl: "p.example" }, "--prometheus-url must be an http or https URL"],
  [{ prometheusUrl: `https://me:${SECRET}@p` }, "--prometheus-url must not contain a username or password"],
  [{ prometheusUrl: `https://p/?key=${SECRET}` }, "--prometheus-url must not contain a query string: use --prometheus-param NAME=VALUE"],
  [{ prometheusUrl: "https://p?" }, "--prometheus-url must not contain a query string"],
  [{ prometheusUrl: "https://p/#a" }, "--prometheus-url must not contain a query string"],
  [{ prometheusUrl: "http://p", prometheusCaFile: "ca" }, "need a --prometheus-url with https"],
  [{ ...URL, prometheusClientCertFile: "a" }, "--prometheus-client-cert-file and --prometheus-client-key-file must be set together"],
  [{ ...URL, prometheusUsername: "a" }, "--prometheus-username and --prometheus-password-file must be set together"],
  [{ prometheusHeader: [SECRET] }, "--prometheus-header must be NAME=VALUE, one a line"],
  [{ prometheusHeader: [`=${SECRET}`] }, "--prometheus-header must be NAME=VALUE, one a line"],
  [{ prometheusHeader: [`X-A=b\r\n${SECRET}`] }, "--prometheus-header must be NAME=VALUE, one a line"],
  [
    { prometheusHeader: [`X-A=${SECRET}\rb`] },
    "--prometheus-header has a line break or another character that cannot be sent in the value of X-A",
  ],
  [{ prometheusHeader: [`X ${SECRET}=b`] }, "--prometheus-header has a name that is empty or has other characters"],
  [{ prometheusHeader: [`X-A=${SECRET}`, "x-a=b"] }, "--prometheus-header sets x-a twice"],
  [{ prometheusHeader: ["Content-Type=a"] }, "--prometheus-header sets Content-Type, which is set already"],
  [
    { prometheusHeader: [`authorization=${SECRET}`], prometheusBearerTokenFile: "t" },
    "--prometheus-header sets Authorization, which the login sets already",
  ],
  [{ prometheusParam: ["a"] }, "--prometheus-param must be NAME=VALUE, one a line"],
  [{ prometheusParam: ["a=b", "query=up"] }, "--prometheus-param sets query, which each query sets itself"],
])("refuses %j, without a secret", (settings, why) => {
  const wrong = contradictionIn(settings);
  expect(wrong).toContain(why);
  expect(wrong).not.toContain(SECRET);
});
