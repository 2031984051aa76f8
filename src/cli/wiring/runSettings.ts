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
  readonly dryRun: boolean;
  readonly leaderElect: boolean;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Shorter than a second no Prometheus has news; longer than this nobody calls it failover. */
const MIN_INTERVAL_MS = 500;
const MAX_INTERVAL_MS = 300_000;

/** Adds the settings to a command; wrong values are usage errors with the setting's name. */
export function withRunSettings(command: Command): Command {
  return withSightSettings(command)
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
