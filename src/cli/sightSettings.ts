import { type Command, InvalidArgumentError, Option } from "commander";

/** Where to look and by which rules: what the commands share that see what the controller sees. */
export interface SightSettings {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly rules?: string;
  readonly prometheusUrl?: string;
  readonly prometheusBearerTokenFile?: string;
  readonly prometheusUsername?: string;
  readonly prometheusPasswordFile?: string;
  readonly selector?: Selector;
  /** Empty: all. */
  readonly watchNamespaces: readonly string[];
}

export interface Selector {
  readonly label: string;
  readonly value: string;
}

const ENV_PREFIX = "LINKERD_FAILOVER_";
const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** Adds these settings to a command; wrong values are usage errors with the setting's name. */
export function withSightSettings(command: Command): Command {
  return command
    .addOption(setting("--kubeconfig <file>", "kubeconfig file (default: in-cluster, then as kubectl)"))
    .addOption(setting("--context <name>", "context of the kubeconfig"))
    .addOption(setting("--rules <file>", "rules file; the controller watches it for changes (default: the built-in rule)"))
    .addOption(setting("--prometheus-url <url>", "Prometheus with Linkerd's metrics; without it metric signals are off").argParser(readUrl))
    .addOption(setting("--prometheus-bearer-token-file <file>", "bearer token for Prometheus"))
    .addOption(setting("--prometheus-username <name>", "basic auth for Prometheus"))
    .addOption(setting("--prometheus-password-file <file>", "basic auth for Prometheus"))
    .addOption(setting("--selector <label=value>", "manage routes with this label instead of the default ones").argParser(readSelector))
    .addOption(setting("--watch-namespaces <a,b>", "only these namespaces (default: all)").default([], "all").argParser(readNamespaces));
}

/** A setting, which is also an environment variable: `LINKERD_FAILOVER_` and the name in capitals, or another one's. */
export function setting(flags: string, text: string, name?: string): Option {
  const option = new Option(flags, text);
  return option.env(ENV_PREFIX + (name ?? option.name()).replaceAll("-", "_").toUpperCase());
}

export function readNamespace(text: string): string {
  if (!DNS_LABEL.test(text)) throw new InvalidArgumentError("It must be the name of a namespace.");
  return text;
}

function readNamespaces(text: string): readonly string[] {
  return text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .map(readNamespace);
}

function readUrl(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) throw new InvalidArgumentError("It must be an http or https URL.");
  return text;
}

function readSelector(text: string): Selector {
  const match = /^([A-Za-z0-9._/-]+)=([A-Za-z0-9._-]*)$/.exec(text);
  if (match === null) throw new InvalidArgumentError("It must be LABEL=VALUE.");
  return { label: match[1] ?? "", value: match[2] ?? "" };
}
