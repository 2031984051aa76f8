import { type Command, InvalidArgumentError } from "commander";
import { parseDuration } from "../../rules/duration.ts";
import { readNamespace, setting } from "./clusterSettings.ts";
import { LOG_FORMATS, LOG_LEVELS, type LogFormat, type LogLevel } from "./logger.ts";
import { type SightSettings, withSightSettings } from "./sightSettings.ts";

/** The settings of `run`. */
export interface RunSettings extends SightSettings {
  readonly namespace: string;
  readonly intervalMs: number;
  readonly adminAddress: Address;
  readonly runbookUrl?: string;
  readonly dashboardUrl?: string;
  readonly dryRun: boolean;
  readonly leaderElect: boolean;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** A shorter interval reads the same scrape again; a longer one is too slow for failover. */
const MIN_INTERVAL_MS = 500;
const MAX_INTERVAL_MS = 300_000;

/** Adds these settings to a command. An invalid value is a usage error that names the setting. */
export function withRunSettings(command: Command): Command {
  return withSightSettings(command)
    .addOption(
      setting("--namespace <name>", "the controller's own namespace, for its Lease").default("linkerd-failover").argParser(readNamespace),
    )
    .addOption(setting("--interval <duration>", "time between two ticks").default(5_000, "5s").argParser(readInterval))
    .addOption(
      setting("--admin-address <host:port>", "address of the admin server: metrics, probes, API and status page")
        .default({ host: "127.0.0.1", port: 8080 }, "127.0.0.1:8080")
        .argParser(readAddress),
    )
    .addOption(setting("--runbook-url <url>", "the status page links to its sections: where docs/runbook.md is").argParser(readLink))
    .addOption(setting("--dashboard-url <url>", "the status page links to it: the dashboard in your Grafana").argParser(readLink))
    .addOption(setting("--dry-run [true|false]", "evaluate and report, write nothing").default(false).preset(true).argParser(readBoolean))
    .addOption(
      setting("--leader-elect [true|false]", "write only while holding the Lease").default(true).preset(true).argParser(readBoolean),
    )
    .addOption(setting("--log-level <level>", "lowest level to log").default("info").choices(LOG_LEVELS))
    .addOption(setting("--log-format <format>", "JSON lines, or plain text for people").default("json").choices(LOG_FORMATS));
}

/** The options that commander has parsed, as RunSettings. */
export function runSettingsOf(options: Readonly<Record<string, unknown>>): RunSettings {
  const { interval, ...others } = options;
  return { ...others, intervalMs: interval } as unknown as RunSettings;
}

function readInterval(text: string): number {
  const read = parseDuration(text);
  if (!("value" in read)) throw new InvalidArgumentError("It must be a duration such as 5s.");
  if (read.value < MIN_INTERVAL_MS || read.value > MAX_INTERVAL_MS) throw new InvalidArgumentError("It must be between 500ms and 5m.");
  return read.value;
}

function readAddress(text: string): Address {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3] ?? Number.NaN);
  if (match === null || !(port >= 0 && port <= 65_535)) throw new InvalidArgumentError("It must be HOST:PORT, such as 0.0.0.0:8080.");
  return { host: match[1] ?? (match[2] || "0.0.0.0"), port };
}

/** A link on a page: no other scheme, which could be code. */
function readLink(text: string): string {
  if (!/^https?:$/.test(URL.parse(text)?.protocol ?? ""))
    throw new InvalidArgumentError("It must be a URL that begins with http:// or https://.");
  return text;
}

function readBoolean(text: string | boolean): boolean {
  if (text === true || text === "true" || text === "1") return true;
  if (text === false || text === "false" || text === "0") return false;
  throw new InvalidArgumentError("It must be true or false.");
}
