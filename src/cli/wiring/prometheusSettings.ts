import { type Command, InvalidArgumentError } from "commander";
import { readMatchers } from "../../rules/readMatchers.ts";
import { inGroup, setting } from "./clusterSettings.ts";

/** Where Prometheus is and how it is asked. */
export interface PrometheusSettings {
  readonly prometheusUrl?: string | undefined;
  readonly prometheusBearerTokenFile?: string;
  readonly prometheusUsername?: string;
  readonly prometheusPasswordFile?: string;
  readonly prometheusCaFile?: string;
  readonly prometheusClientCertFile?: string;
  readonly prometheusClientKeyFile?: string;
  /** `NAME=VALUE`, as given: an error must not repeat a value. */
  readonly prometheusHeader?: readonly string[];
  readonly prometheusHeadersFile?: string;
  readonly prometheusParam?: readonly string[];
  /** As `readMatchers` returns it. */
  readonly prometheusSelector?: string;
}

/** Adds these settings to a command. */
export function withPrometheusSettings(command: Command): Command {
  const header = "header of each query, such as X-Scope-OrgID=shop; repeatable";
  const param = "parameter of each query, such as partial_response=false; repeatable";
  const selector = 'label matchers for every selector of every query, such as cluster="west"';
  return inGroup(command, "Prometheus:", [
    setting("--prometheus-url <url>", "Prometheus that has Linkerd's metrics"),
    setting("--prometheus-bearer-token-file <file>", "file with the bearer token"),
    setting("--prometheus-username <name>", "username for basic auth"),
    setting("--prometheus-password-file <file>", "file with the password for basic auth"),
    setting("--prometheus-ca-file <file>", "certificates in PEM to trust instead of the usual ones"),
    setting("--prometheus-client-cert-file <file>", "client certificate in PEM"),
    setting("--prometheus-client-key-file <file>", "key in PEM of the client certificate"),
    setting("--prometheus-header <name=value>", header).argParser(oneMore),
    setting("--prometheus-headers-file <file>", "file with secret headers, NAME: VALUE a line"),
    setting("--prometheus-param <name=value>", param).argParser(oneMore),
    setting("--prometheus-selector <matchers>", selector).argParser(readSelector),
  ]);
}

function oneMore(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

function readSelector(text: string): string {
  const read = readMatchers(text);
  if ("wrong" in read) throw new InvalidArgumentError(`It ${read.wrong}: ${read.hint}.`);
  return read.value;
}
