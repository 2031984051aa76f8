import { Command, Option } from "commander";
import { readRules } from "../controller/rulesFile.ts";
import { DEFAULT_RULES } from "../rules/defaultRules.ts";
import { formatRules, toRulesFile } from "../rules/formatRules.ts";
import { type ParsedRules, parseRules } from "../rules/parseRules.ts";
import { rulesJsonSchema } from "../rules/rulesSchema.ts";
import { MAX_RULES_FILE_BYTES } from "../rules/yamlSource.ts";
import { refuseRules } from "./refuseRules.ts";

const STDIN = "-";

/** `rules validate FILE`, `rules schema`, `rules defaults [FILE]`: nothing here needs a cluster. */
export function rulesCommand(): Command {
  // The exits of the three are the caller's too: they inherit this only where it is set before they are made.
  const rules = new Command("rules").description("check rules files and show what they mean").exitOverride();
  rules
    .command("validate")
    .argument("<file>", "rules file; - reads standard input")
    .description("tell whether a rules file is valid, and what is wrong with it")
    .action(validate);
  rules.command("schema").description("print the JSON Schema of the rules file").action(printSchema);
  rules
    .command("defaults")
    .argument("[file]", "rules file; - reads standard input; without one: the built-in rule")
    .description("print the rules with every key filled in")
    .addOption(new Option("-o, --output <format>", "how to print them").choices(["yaml", "json"]).default("yaml"))
    .action(printDefaults);
  return rules;
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
  const result: ParsedRules = file === undefined ? { ok: true, rules: DEFAULT_RULES } : await readFile(file);
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
