import { type Command, InvalidArgumentError, type Option } from "commander";
import { MAX_ROUTES_PER_NAMESPACE } from "../../observer/routeLimit.ts";
import { type ClusterSettings, readNamespace, setting, withClusterSettings } from "./clusterSettings.ts";

/** By what is judged: the rules, and the metrics. */
export interface JudgingSettings extends ClusterSettings {
  readonly rules?: string;
  readonly prometheusUrl?: string;
  readonly prometheusBearerTokenFile?: string;
  readonly prometheusUsername?: string;
  readonly prometheusPasswordFile?: string;
}

/** Where to look and by which rules: what the commands share that see all that the controller sees. */
export interface SightSettings extends JudgingSettings {
  /** Empty: all. */
  readonly watchNamespaces: readonly string[];
  readonly maxRoutesPerNamespace: number;
}

/** Adds these settings to a command. */
export function withJudgingSettings(command: Command): Command {
  return withClusterSettings(command)
    .addOption(setting("--rules <file>", "rules file; the controller watches it for changes (default: the built-in rule)"))
    .addOption(setting("--prometheus-url <url>", "Prometheus with Linkerd's metrics; without it metric signals are off"))
    .addOption(setting("--prometheus-bearer-token-file <file>", "bearer token for Prometheus"))
    .addOption(setting("--prometheus-username <name>", "basic auth for Prometheus"))
    .addOption(setting("--prometheus-password-file <file>", "basic auth for Prometheus"));
}

/** Adds these settings to a command; wrong values are usage errors with the setting's name. */
export function withSightSettings(command: Command): Command {
  return withJudgingSettings(command)
    .addOption(watchNamespacesOption())
    .addOption(
      setting(
        "--max-routes-per-namespace <number>",
        "the oldest so many of a namespace's managed routes are looked after, the others left alone",
      )
        .default(MAX_ROUTES_PER_NAMESPACE)
        .argParser(readCount),
    );
}

/** The namespaces to keep to. */
export function watchNamespacesOption(): Option {
  return setting("--watch-namespaces <a,b>", "only these namespaces (default: all)").default([], "all").argParser(readNamespaces);
}

function readCount(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError("It must be a whole number from 1 to 999999.");
  return Number(text);
}

function readNamespaces(text: string): readonly string[] {
  return text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .map(readNamespace);
}
