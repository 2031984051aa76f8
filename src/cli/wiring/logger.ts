import { type Logger, pino } from "pino";
import { printableLine } from "../output/printable.ts";

export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export const LOG_FORMATS = ["json", "plain"] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/**
 * The program's log, on stderr: JSON lines, or plain text for people. A line that cannot be written (disk full, pipe closed)
 * is dropped: the controller must not stop because of its log.
 */
export function createLogger(level: LogLevel, format: LogFormat): Logger {
  process.stderr.on("error", () => undefined);
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  const destination = format === "json" ? process.stderr : { write: (line: string) => void process.stderr.write(plainLine(line)) };
  return pino(options, destination);
}

/** `12:00:05 INFO  failover … kind=TrafficSplit name=web`. */
export function plainLine(json: string): string {
  const { time, level, msg, ...fields } = JSON.parse(json) as Record<string, unknown>;
  const pairs = Object.entries(fields).map(([key, value]) => ` ${key}=${isPlain(value) ? value : JSON.stringify(value)}`);
  return `${String(time).slice(11, 23)} ${String(level).toUpperCase().padEnd(5)} ${printableLine(String(msg) + pairs.join(""))}\n`;
}

/** Whether the value needs no quotes to be told apart from other fields. */
function isPlain(value: unknown): value is string {
  return typeof value === "string" && !/[\s="]/.test(value);
}
