import { type Command, InvalidArgumentError, Option } from "commander";
import { parseDuration } from "../rules/duration.ts";
import { LOG_FORMATS, LOG_LEVELS, type LogFormat, type LogLevel } from "./logger.ts";

/** The settings of `run`; each is also an environment variable, `LINKERD_FAILOVER_` and the name in capitals. */
export interface RunSettings {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly rules?: string;
  readonly prometheusUrl?: string;
  readonly prometheusBearerTokenFile?: string;
  readonly prometheusUsername?: string;
  readonly prometheusPasswordFile?: string;
  readonly selector?: Selector;
  readonly watchNamespaces: readonly string[];
  readonly namespace: string;
  readonly intervalMs: number;
  readonly adminAddress: Address;
  readonly dryRun: boolean;
  readonly leaderElect: boolean;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
}

export interface Selector {
  readonly label: string;
  readonly value: string;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

const ENV_PREFIX = "LINKERD_FAILOVER_";
/** Shorter than a second no Prometheus has news; longer than this nobody calls it failover. */
const MIN_INTERVAL_MS = 500;
const MAX_INTERVAL_MS = 300_000;
const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** Adds the settings to a command; wrong values are usage errors with the setting's name. */
export function withRunSettings(command: Command): Command {
  const setting = (flags: string, text: string) => {
    const option = new Option(flags, text);
    return option.env(ENV_PREFIX + option.name().replaceAll("-", "_").toUpperCase());
  };
  return command
    .addOption(setting("--kubeconfig <file>", "kubeconfig file (default: in-cluster, then as kubectl)"))
    .addOption(setting("--context <name>", "context of the kubeconfig"))
    .addOption(setting("--rules <file>", "rules file; watched for changes (default: the built-in rule)"))
    .addOption(setting("--prometheus-url <url>", "Prometheus with Linkerd's metrics; without it metric signals are off").argParser(readUrl))
    .addOption(setting("--prometheus-bearer-token-file <file>", "bearer token for Prometheus"))
    .addOption(setting("--prometheus-username <name>", "basic auth for Prometheus"))
    .addOption(setting("--prometheus-password-file <file>", "basic auth for Prometheus"))
    .addOption(setting("--selector <label=value>", "manage routes with this label instead of the default ones").argParser(readSelector))
    .addOption(setting("--watch-namespaces <a,b>", "only these namespaces (default: all)").default([], "all").argParser(readNamespaces))
    .addOption(setting("--namespace <name>", "own namespace, for the Lease").default("linkerd-failover").argParser(readNamespace))
    .addOption(setting("--interval <duration>", "time between two looks").default(5_000, "5s").argParser(readInterval))
    .addOption(
      setting("--admin-address <host:port>", "where to serve metrics, probes and the status page")
        .default({ host: "127.0.0.1", port: 8080 }, "127.0.0.1:8080")
        .argParser(readAddress),
    )
    .addOption(setting("--dry-run [true|false]", "decide and report, write nothing").default(false).preset(true).argParser(readBoolean))
    .addOption(setting("--leader-elect [true|false]", "take the Lease before writing").default(true).preset(true).argParser(readBoolean))
    .addOption(setting("--log-level <level>", "how much to log").default("info").choices(LOG_LEVELS))
    .addOption(setting("--log-format <format>", "json lines, or plain ones for people").default("json").choices(LOG_FORMATS));
}

/** What commander has parsed, under the names of RunSettings. */
export function runSettingsOf(options: Readonly<Record<string, unknown>>): RunSettings {
  const { interval, ...others } = options;
  return { ...others, intervalMs: interval } as unknown as RunSettings;
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

function readNamespace(text: string): string {
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

function readInterval(text: string): number {
  const read = parseDuration(text);
  if (!("value" in read)) throw new InvalidArgumentError("It must be a duration, as 5s.");
  if (read.value < MIN_INTERVAL_MS || read.value > MAX_INTERVAL_MS) throw new InvalidArgumentError("It must be between 500ms and 5m.");
  return read.value;
}

function readAddress(text: string): Address {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3] ?? Number.NaN);
  if (match === null || !(port >= 0 && port <= 65_535)) throw new InvalidArgumentError("It must be HOST:PORT, as 0.0.0.0:8080.");
  return { host: match[1] ?? (match[2] || "0.0.0.0"), port };
}

function readBoolean(text: string | boolean): boolean {
  if (text === true || text === "true" || text === "1") return true;
  if (text === false || text === "false" || text === "0") return false;
  throw new InvalidArgumentError("It must be true or false.");
}
