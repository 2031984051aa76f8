import type { Command } from "commander";
import { type ClusterSettings, readNamespace, setting, withClusterSettings } from "./clusterSettings.ts";

/** Where to look and by which rules: what the commands share that see what the controller sees. */
export interface SightSettings extends ClusterSettings {
  readonly rules?: string;
  readonly prometheusUrl?: string;
  readonly prometheusBearerTokenFile?: string;
  readonly prometheusUsername?: string;
  readonly prometheusPasswordFile?: string;
  /** Empty: all. */
  readonly watchNamespaces: readonly string[];
}

/** Adds these settings to a command; wrong values are usage errors with the setting's name. */
export function withSightSettings(command: Command): Command {
  return withClusterSettings(command)
    .addOption(setting("--rules <file>", "rules file; the controller watches it for changes (default: the built-in rule)"))
    .addOption(setting("--prometheus-url <url>", "Prometheus with Linkerd's metrics; without it metric signals are off"))
    .addOption(setting("--prometheus-bearer-token-file <file>", "bearer token for Prometheus"))
    .addOption(setting("--prometheus-username <name>", "basic auth for Prometheus"))
    .addOption(setting("--prometheus-password-file <file>", "basic auth for Prometheus"))
    .addOption(setting("--watch-namespaces <a,b>", "only these namespaces (default: all)").default([], "all").argParser(readNamespaces));
}

function readNamespaces(text: string): readonly string[] {
  return text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .map(readNamespace);
}
