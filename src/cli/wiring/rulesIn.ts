import { readRules } from "../../controller/rulesFile.ts";
import { DEFAULT_RULES } from "../../rules/defaultRules.ts";
import type { ParsedRules } from "../../rules/parseRules.ts";

/** The rules of a file; without one: the built-in rule. */
export async function rulesIn(file: string | undefined): Promise<ParsedRules> {
  return file === undefined ? { ok: true, rules: DEFAULT_RULES } : (await readRules(file)).result;
}
