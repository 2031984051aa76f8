import type { Problem, Route } from "../routes/route.ts";
import type { Match, Rule, RuleSet } from "./ruleSet.ts";

/** The annotation of a route is someone else's text, and can be long. */
const MAX_NAME_SHOWN = 63;

type Matched = Pick<Route, "kind" | "namespace" | "labels" | "ruleName">;

/** The rule that a route names, else the first one that matches it; a problem where there is none. */
export function ruleFor(rules: RuleSet, route: Matched): Rule | Problem {
  if (route.ruleName !== null) {
    const name = route.ruleName;
    return rules.rules.find((rule) => rule.name === name) ?? unknownRule(name);
  }
  return rules.rules.find((rule) => matches(rule.match, route)) ?? NO_RULE;
}

const NO_RULE: Problem = { problem: "no-rule", text: "No rule matches this route, so it is left alone." };

function unknownRule(name: string): Problem {
  const shown = name.length > MAX_NAME_SHOWN ? `${name.slice(0, MAX_NAME_SHOWN)}…` : name;
  return {
    problem: "unknown-rule",
    text: `The route asks for the rule ${JSON.stringify(shown)}, which does not exist, so it is left alone.`,
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
