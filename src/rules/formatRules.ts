import { stringify } from "yaml";
import { formatDuration } from "./duration.ts";
import type { Rule, RuleSet } from "./ruleSet.ts";
import type { RulesFile } from "./rulesSchema.ts";
import { formatShare } from "./share.ts";

/** The rules as YAML, every key written out; `parseRules` reads the same rules from it. */
export function formatRules(rules: RuleSet): string {
  // Rules share what they have from the defaults; it is written out for each, since aliases are not read.
  return stringify(toRulesFile(rules), { aliasDuplicateObjects: false });
}

/** The rules as a file that relies on no default. */
export function toRulesFile({ rules }: RuleSet): RulesFile {
  return { version: 1, rules: rules.map(toFileRule) };
}

function toFileRule(rule: Rule): RulesFile["rules"][number] {
  const { readiness, successRate } = rule.signals;
  const { namespaces, labels, kinds } = rule.match;
  return {
    name: rule.name,
    match: { ...(namespaces && { namespaces: [...namespaces] }), ...(labels && { labels }), ...(kinds && { kinds: [...kinds] }) },
    signals: {
      ...(readiness && { readiness }),
      ...(successRate && {
        successRate: {
          failBelow: formatShare(successRate.failBelow),
          recoverAbove: formatShare(successRate.recoverAbove),
          window: formatDuration(successRate.windowMs),
          minRequests: successRate.minRequests,
        },
      }),
    },
    failAfter: formatDuration(rule.failAfterMs),
    recoverAfter: formatDuration(rule.recoverAfterMs),
    return: { steps: rule.return.steps.map((step) => formatShare(step)), every: formatDuration(rule.return.everyMs) },
    damping: {
      factor: rule.damping.factor,
      max: formatDuration(rule.damping.maxMs),
      forgetAfter: formatDuration(rule.damping.forgetAfterMs),
    },
    fallback: { order: rule.fallback.order },
    whenNoneFit: rule.whenNoneFit,
  };
}
