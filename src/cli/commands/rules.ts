import { Command, InvalidArgumentError, Option } from "commander";
import { readRules } from "../../controller/rulesFile.ts";
import { formatRules, toRulesFile } from "../../rules/formatRules.ts";
import { type ParsedRules, parseRules } from "../../rules/parseRules.ts";
import { rulesJsonSchema } from "../../rules/rulesSchema.ts";
import { MAX_RULES_FILE_BYTES } from "../../rules/yamlSource.ts";
import { printableJson } from "../output/printable.ts";
import { refuseRules } from "../output/refuseRules.ts";
import { textStyleOf } from "../output/textStyle.ts";
import { readDuration } from "../wiring/readDuration.ts";
import { rulesIn } from "../wiring/rulesIn.ts";
import { detectionsJson, renderDetections } from "./rules/renderDetections.ts";
import { testRulesCommand } from "./rules/testRules.ts";

const STDIN = "-";

/** `rules validate FILE`, `rules explain [FILE]`, `rules test STORY…`, `rules schema`, `rules defaults [FILE]`: nothing here needs a cluster. */
export function rulesCommand(): Command {
  // Subcommands inherit exitOverride only if it is set before they are created.
  const rules = new Command("rules")
    .description("validate and test rules files, and show what they do")
    .addHelpText("after", examples("validate examples/rules.yaml", "explain examples/rules.yaml"))
    .exitOverride();
  rules
    .command("validate")
    .argument("<file...>", "rules files; - reads standard input")
    .description("check whether rules files are valid, and show all their problems")
    .addHelpText("after", examples("validate examples/rules.yaml", "validate examples/*.yaml"))
    .action(validate);
  rules
    .command("explain")
    .argument("[file]", "rules file; - reads standard input (default: the built-in rule)")
    .description("show how soon each rule detects a failure, how many requests that takes, and how rare false alarms are")
    .addOption(durationOption("--scrape-interval <duration>", "scrape interval of the proxies", "10s"))
    .addOption(durationOption("--interval <duration>", "time between two ticks of the controller", "5s"))
    .addOption(new Option("-o, --output <format>", "output format").choices(["table", "json"]).default("table"))
    .addHelpText("after", examples("explain examples/rules.yaml", "explain --scrape-interval 30s"))
    .action(explainRules);
  rules.addCommand(testRulesCommand().exitOverride());
  rules
    .command("schema")
    .description("print the JSON Schema of the rules file")
    .addHelpText("after", examples("schema"))
    .action(printSchema);
  rules
    .command("defaults")
    .argument("[file]", "rules file; - reads standard input (default: the built-in rule)")
    .description("print the effective rules, with every default filled in")
    .addOption(new Option("-o, --output <format>", "output format").choices(["yaml", "json"]).default("yaml"))
    .addHelpText("after", examples("defaults", "defaults examples/rules.yaml -o json"))
    .action(printDefaults);
  return rules;
}

function examples(...commands: readonly string[]): string {
  const lines = commands.map((command) => `  linkerd-failover rules ${command}\n`);
  return `\nExample${commands.length > 1 ? "s" : ""}:\n${lines.join("")}`;
}

function durationOption(flags: string, text: string, standard: string): Option {
  return new Option(flags, text).default(readTimeBetween(standard), standard).argParser(readTimeBetween);
}

function readTimeBetween(text: string): number {
  const betweenMs = readDuration(text);
  if (betweenMs <= 0) throw new InvalidArgumentError("It must be longer than 0s.");
  return betweenMs;
}

interface ExplainSettings {
  readonly scrapeInterval: number;
  readonly interval: number;
  readonly output: "table" | "json";
}

async function explainRules(file: string | undefined, { scrapeInterval, interval, output }: ExplainSettings): Promise<void> {
  const result = file === undefined ? await rulesIn(undefined) : await readFile(file);
  if (!result.ok) return refuseRules(result.problems);
  const pace = { scrapeMs: scrapeInterval, intervalMs: interval };
  const json = () => printableJson(detectionsJson(result.rules, pace));
  process.stdout.write(output === "json" ? json() : renderDetections(result.rules, pace, textStyleOf(process.stdout)));
}

/** Every file is read, so that one run tells all that is wrong. */
async function validate(files: readonly string[]): Promise<void> {
  for (const file of files) {
    const result = await readFile(file);
    if (result.ok) process.stdout.write(`${nameOf(file)} is valid: ${countOf(result.rules.rules.length, "rule")}\n`);
    else refuseRules(result.problems, true);
  }
}

function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function printSchema(): void {
  process.stdout.write(`${JSON.stringify(rulesJsonSchema(), null, 2)}\n`);
}

async function printDefaults(file: string | undefined, { output }: { output: string }): Promise<void> {
  const result = file === undefined ? await rulesIn(undefined) : await readFile(file);
  if (!result.ok) return refuseRules(result.problems);
  process.stdout.write(output === "json" ? `${JSON.stringify(toRulesFile(result.rules), null, 2)}\n` : formatRules(result.rules));
}

async function readFile(file: string): Promise<ParsedRules> {
  return file === STDIN ? parseRules(await readStdin(), nameOf(file)) : (await readRules(file)).result;
}

function nameOf(file: string): string {
  return file === STDIN ? "standard input" : file;
}

/** Reads standard input, but no more than a rules file may have; `parseRules` reports that. */
async function readStdin(): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of process.stdin) {
    chunks.push(chunk as Buffer);
    bytes += (chunk as Buffer).length;
    if (bytes > MAX_RULES_FILE_BYTES) break;
  }
  return Buffer.concat(chunks).toString("utf8");
}
