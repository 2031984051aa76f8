import { type Command, InvalidArgumentError } from "commander";
import { readMatchers } from "../../rules/readMatchers.ts";
import { setting } from "./clusterSettings.ts";

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
  return command
    .addOption(setting("--prometheus-url <url>", "Prometheus that has Linkerd's metrics; without it metric signals are off"))
    .addOption(setting("--prometheus-bearer-token-file <file>", "file with the bearer token for Prometheus"))
    .addOption(setting("--prometheus-username <name>", "username for basic auth at Prometheus"))
    .addOption(setting("--prometheus-password-file <file>", "file with the password for basic auth at Prometheus"))
    .addOption(setting("--prometheus-ca-file <file>", "certificates in PEM to trust at Prometheus, instead of the usual ones"))
    .addOption(setting("--prometheus-client-cert-file <file>", "client certificate in PEM for Prometheus"))
    .addOption(setting("--prometheus-client-key-file <file>", "key in PEM of the client certificate"))
    .addOption(
      setting("--prometheus-header <name=value>", "header of each query, such as X-Scope-OrgID=shop; repeatable").argParser(oneMore),
    )
    .addOption(setting("--prometheus-headers-file <file>", "file with secret headers, NAME: VALUE a line"))
    .addOption(
      setting("--prometheus-param <name=value>", "parameter of each query, such as partial_response=false; repeatable").argParser(oneMore),
    )
    .addOption(
      setting("--prometheus-selector <matchers>", `label matchers for every selector of every query, such as cluster="west"`).argParser(
        readSelector,
      ),
    );
}

function oneMore(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

function readSelector(text: string): string {
  const read = readMatchers(text);
  if ("wrong" in read) throw new InvalidArgumentError(`It ${read.wrong}: ${read.hint}.`);
  return read.value;
}
