import { Command, InvalidArgumentError, Option } from "commander";
import { readRules } from "../../controller/rulesFile.ts";
import { formatRules, toRulesFile } from "../../rules/formatRules.ts";
import { type ParsedRules, parseRules } from "../../rules/parseRules.ts";
import { rulesJsonSchema } from "../../rules/rulesSchema.ts";
import { MAX_RULES_FILE_BYTES } from "../../rules/yamlSource.ts";
import { paperOf } from "../output/paper.ts";
import { printableJson } from "../output/printable.ts";
import { refuseRules } from "../output/refuseRules.ts";
import { readDuration } from "../wiring/readDuration.ts";
import { rulesIn } from "../wiring/rulesIn.ts";
import { detectionsJson, renderDetections } from "./rules/renderDetections.ts";

const STDIN = "-";

/** `rules validate FILE`, `rules explain [FILE]`, `rules schema`, `rules defaults [FILE]`: nothing here needs a cluster. */
export function rulesCommand(): Command {
  // The exits of these are the caller's too: they inherit this only where it is set before they are made.
  const rules = new Command("rules")
    .description("check rules files and show what they mean")
    .addHelpText("after", examples("validate examples/rules.yaml", "explain examples/rules.yaml"))
    .exitOverride();
  rules
    .command("validate")
    .argument("<file>", "rules file; - reads standard input")
    .description("tell whether a rules file is valid, and what is wrong with it")
    .addHelpText("after", examples("validate examples/rules.yaml"))
    .action(validate);
  rules
    .command("explain")
    .argument("[file]", "rules file; - reads standard input; without one: the built-in rule")
    .description("tell how soon each rule sees a failure, what it needs for that, and how seldom it is wrong")
    .addOption(durationOption("--scrape-interval <duration>", "time between two scrapes of the proxies", "10s"))
    .addOption(durationOption("--interval <duration>", "time between two looks of the controller", "5s"))
    .addOption(new Option("-o, --output <format>", "how to print it").choices(["table", "json"]).default("table"))
    .addHelpText("after", examples("explain examples/rules.yaml", "explain --scrape-interval 30s"))
    .action(explainRules);
  rules
    .command("schema")
    .description("print the JSON Schema of the rules file")
    .addHelpText("after", examples("schema"))
    .action(printSchema);
  rules
    .command("defaults")
    .argument("[file]", "rules file; - reads standard input; without one: the built-in rule")
    .description("print the rules with every key filled in")
    .addOption(new Option("-o, --output <format>", "how to print them").choices(["yaml", "json"]).default("yaml"))
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
  if (betweenMs <= 0) throw new InvalidArgumentError("It must be more than nothing.");
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
  process.stdout.write(output === "json" ? json() : renderDetections(result.rules, pace, paperOf(process.stdout)));
}

async function validate(file: string): Promise<void> {
  const result = await readFile(file);
  if (!result.ok) return refuseRules(result.problems);
  const count = result.rules.rules.length;
  process.stdout.write(`${nameOf(file)}: ${count} ${count === 1 ? "rule" : "rules"}, fine\n`);
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

/** Stops reading once it is too much; `parseRules` says so. */
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
