import { type Command, InvalidArgumentError, type Option } from "commander";
import { MAX_ROUTES_PER_NAMESPACE } from "../../observer/routeLimit.ts";
import { type ClusterSettings, readNamespace, setting, withClusterSettings } from "./clusterSettings.ts";
import { type PrometheusSettings, withPrometheusSettings } from "./prometheusSettings.ts";

/** What backends are judged by: the rules and Prometheus. */
export interface JudgingSettings extends ClusterSettings, PrometheusSettings {
  readonly rules?: string;
}

/** Settings of the commands that read everything that the controller reads: `run` and `check`. */
export interface SightSettings extends JudgingSettings {
  /** A Prometheus for Linkerd's metrics alone. */
  readonly fastPrometheusUrl?: string;
  /** Empty: all. */
  readonly watchNamespaces: readonly string[];
  readonly maxRoutesPerNamespace: number;
}

/** Adds these settings to a command. */
export function withJudgingSettings(command: Command): Command {
  return withPrometheusSettings(
    withClusterSettings(command).addOption(
      setting("--rules <file>", "rules file; the controller reloads it when it changes (default: the built-in rule)"),
    ),
  );
}

/** Adds these settings to a command. An invalid value is a usage error that names the setting. */
export function withSightSettings(command: Command): Command {
  return withJudgingSettings(command)
    .addOption(
      setting(
        "--fast-prometheus-url <url>",
        "Prometheus that scrapes Linkerd's proxies often and asks for no login, as the chart's; --prometheus-url then answers only the rules' own queries, and signals with `prometheus: main`",
      ),
    )
    .addOption(watchNamespacesOption())
    .addOption(
      setting(
        "--max-routes-per-namespace <number>",
        "manage only this many routes of a namespace, the oldest first, and leave the others alone",
      )
        .default(MAX_ROUTES_PER_NAMESPACE)
        .argParser(readCount),
    );
}

/** Limits a command to these namespaces. */
export function watchNamespacesOption(): Option {
  return setting("--watch-namespaces <a,b>", "only these namespaces").default([], "all").argParser(readNamespaces);
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
