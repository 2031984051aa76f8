import { answeredInstead } from "../../../controller/missingPrometheusNews.ts";
import { type Route, routeKey } from "../../../routes/route.ts";
import { signalsNaming } from "../../../rules/askedAt.ts";
import type { ParsedRules } from "../../../rules/parseRules.ts";
import type { PrometheusName } from "../../../rules/prometheusName.ts";
import { ruleFor } from "../../../rules/ruleFor.ts";
import type { RuleSet } from "../../../rules/ruleSet.ts";
import { renderProblems } from "../../../rules/rulesProblem.ts";
import { formatShare } from "../../../rules/share.ts";
import { atMost, type Category, type Check, counted, failure, fine, listed, warning } from "./checkReport.ts";

/** The category `rules`: whether they are valid, and which routes they judge. Without `file`: the built-in rule. `missing`: which Prometheus is not configured. */
export function rulesChecks(
  file: string | undefined,
  parsed: ParsedRules,
  routes: readonly Route[],
  missing: PrometheusName | null,
): Category {
  return {
    categoryName: "rules",
    checks: parsed.ok
      ? [validity(file, parsed.rules), ...costs(parsed.rules), ...unanswered(parsed.rules, missing), ...judges(parsed.rules, routes)]
      : [invalidity(file, parsed.problems)],
  };
}

function validity(file: string | undefined, { rules }: RuleSet): Check {
  return fine(file === undefined ? "no --rules: these checks use the built-in rule" : `${file} is valid: ${counted(rules.length, "rule")}`);
}

function invalidity(file: string | undefined, problems: Extract<ParsedRules, { ok: false }>["problems"]): Check {
  return failure(`${file ?? "the built-in rule"} is valid`, { error: renderProblems(problems) });
}

/** Side effects that the author of a rule may not expect. */
function costs({ rules }: RuleSet): readonly Check[] {
  return rules
    .filter(({ fallback }) => fallback.standbyShare > 0)
    .map(({ name, fallback: { standbyShare } }) =>
      warning(`rule ${JSON.stringify(name)} sends no traffic to standbys`, {
        error: `${formatShare(standbyShare)} of the traffic goes to them at all times, even while they are slower or fail more often`,
        hint: "this is the purpose of standbyShare; on HTTPRoutes it also lets the proxies themselves spill over to them",
      }),
    );
}

/** The signals that name a Prometheus that is not configured. */
function unanswered(rules: RuleSet, missing: PrometheusName | null): readonly Check[] {
  if (missing === null) return [];
  return signalsNaming(rules, missing).map(({ rule, signal }) =>
    warning(`the ${missing} Prometheus answers ${signal} in rule ${JSON.stringify(rule)}`, {
      error: answeredInstead(missing),
      hint: `give \`check\` the same settings as the controller; if it has none either, remove \`prometheus: ${missing}\` from the signal`,
    }),
  );
}

/** The routes that each rule judges, and the routes to which no rule applies. */
function judges(rules: RuleSet, routes: readonly Route[]): readonly Check[] {
  if (routes.length === 0) return [];
  const judged = new Map<string, string[]>(rules.rules.map(({ name }) => [name, []]));
  const left: Check[] = [];
  for (const route of routes) {
    const found = ruleFor(rules, route);
    if ("problem" in found) left.push(warning(`a rule judges ${routeKey(route)}`, { error: `${found.problem}: ${found.text}` }));
    else judged.get(found.name)?.push(routeKey(route));
  }
  const lines = [...judged].map(([name, keys]) =>
    fine(keys.length === 0 ? `rule ${JSON.stringify(name)} judges no route` : `rule ${JSON.stringify(name)} judges ${listed(keys)}`),
  );
  return [...lines, ...atMost(left)];
}
