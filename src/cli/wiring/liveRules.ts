import type { Log } from "../../controller/announcer.ts";
import type { RulesReload } from "../../controller/report.ts";
import { readRules, watchRules } from "../../controller/rulesFile.ts";
import { DEFAULT_RULES } from "../../rules/defaultRules.ts";
import type { ParsedRules } from "../../rules/parseRules.ts";
import type { RuleSet } from "../../rules/ruleSet.ts";
import { problemLine, type RulesProblem } from "../../rules/rulesProblem.ts";

/** The rules that are in force, and how the last reload went. */
export interface LiveRules {
  current(): RuleSet;
  reload(): RulesReload;
}

/** Rules that are replaced when their file changes. */
export interface FollowedRules extends LiveRules {
  /** Takes the result of reading the file again. */
  take(result: ParsedRules): void;
}

export type LoadedRules =
  | { readonly ok: true; readonly rules: LiveRules }
  | { readonly ok: false; readonly problems: readonly RulesProblem[] };

/**
 * Loads the rules and watches their file until the signal aborts. A valid change is in force from the next tick on; an
 * invalid one is logged, and the previous rules stay in force. Without a file the built-in rule is in force.
 */
export async function loadRules(file: string | undefined, log: Log, signal: AbortSignal, nowMs: () => number): Promise<LoadedRules> {
  if (file === undefined) {
    const reload: RulesReload = { ok: true, atMs: nowMs() };
    return { ok: true, rules: { current: () => DEFAULT_RULES, reload: () => reload } };
  }
  const first = await readRules(file);
  if (!first.result.ok) return { ok: false, problems: first.result.problems };
  const rules = followRules(first.result.rules, file, log, nowMs);
  void watchRules(file, (result) => rules.take(result), signal, { known: first });
  return { ok: true, rules };
}

/** Rules that `take` replaces when the file is valid; an invalid file is logged and changes nothing. */
export function followRules(first: RuleSet, file: string, log: Log, nowMs: () => number): FollowedRules {
  let current = first;
  let reload: RulesReload = { ok: true, atMs: nowMs() };
  return {
    current: () => current,
    reload: () => reload,
    take: (result) => {
      if (result.ok) {
        current = result.rules;
        reload = { ok: true, atMs: nowMs() };
        log.info({ file, rules: current.rules.length }, "the rules have changed and are in force from the next tick on");
        return;
      }
      reload = { ...reload, ok: false };
      for (const problem of result.problems)
        log.warn({ file }, `the rules file is invalid; the previous rules stay in force: ${problemLine(problem)}`);
    },
  };
}
