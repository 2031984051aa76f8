import type { Problem, Route } from "../routes/route.ts";
import { quoted } from "./quoted.ts";
import type { Match, Rule, RuleSet } from "./ruleSet.ts";

type Matched = Pick<Route, "kind" | "namespace" | "labels" | "ruleName">;

/** The rule in the route's annotation, otherwise the first rule that matches it; a problem if there is none. */
export function ruleFor(rules: RuleSet, route: Matched): Rule | Problem {
  if (route.ruleName !== null) {
    const name = route.ruleName;
    return rules.rules.find((rule) => rule.name === name) ?? unknownRule(name);
  }
  return rules.rules.find((rule) => matches(rule.match, route)) ?? NO_RULE;
}

const NO_RULE: Problem = { problem: "no-rule", text: "No rule applies to this route, so it is left alone." };

function unknownRule(name: string): Problem {
  return {
    problem: "unknown-rule",
    text: `The route's annotation names the rule ${quoted(name)}, which does not exist, so it is left alone.`,
  };
}

function matches({ namespaces, labels, kinds }: Match, route: Matched): boolean {
  if (namespaces !== undefined && !namespaces.includes(route.namespace)) return false;
  if (kinds !== undefined && !kinds.includes(route.kind)) return false;
  for (const key in labels) {
    if (!Object.hasOwn(route.labels, key) || route.labels[key] !== labels[key]) return false;
  }
  return true;
}
