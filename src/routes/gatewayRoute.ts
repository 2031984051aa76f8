import { notAccepted } from "./acceptance.ts";
import { GATEWAY_MAX_WEIGHT, isGatewayWeight, readBackendRefs } from "./backendRefs.ts";
import { guardedPatch } from "./guardedPatch.ts";
import { MOST_SPLITS, tooMuchToRemember } from "./memory.ts";
import { quote } from "./quote.ts";
import type { Problem, RouteCodec, RouteKind, RouteResource, Split } from "./route.ts";
import { type KindObject, type KindSpelling, readRouteObject, type Spelled, versionOf } from "./routeObject.ts";
import { ruleNames } from "./ruleNames.ts";
import { serviceParents } from "./serviceParents.ts";

/** Rules that are read of one route; the API allows 16, other controllers' extensions of it some hundred. */
const MOST_RULES = MOST_SPLITS;

/**
 * How the routes of Gateway API, and Linkerd's own HTTPRoute after their model, are spelled. Each rule with two Services
 * is a split. Matches, filters and time limits are neither read nor written.
 */
export function gatewayRouteCodec(kind: RouteKind, resource: RouteResource): RouteCodec {
  const spelling: KindSpelling = {
    kind,
    resource,
    // A sum that Linkerd cannot hold takes thousands of backends.
    maxWeightSum: Number.MAX_SAFE_INTEGER,
    maxWeight: GATEWAY_MAX_WEIGHT,
    storable: isGatewayWeight,
    read: readGatewayRoute,
  };
  return {
    kind,
    resource,
    read: (object) => readRouteObject(spelling, object),
    writeVersion: (route) => versionOf(route.apiVersion),
    patch: guardedPatch,
  };
}

function readGatewayRoute({ namespace, spec, status }: KindObject): Spelled | string {
  const parents = serviceParents(spec["parentRefs"], namespace);
  if (typeof parents === "string") return parents;
  const none = "spec.parentRefs: none of them is a Service, and the clients of a Service are all that can be failed over";
  if (parents.length === 0) return { parents, splits: [], hasOtherRules: true, problems: [{ problem: "nothing-to-split", text: none }] };
  const rules = spec["rules"] ?? [];
  if (!Array.isArray(rules)) return `spec.rules: a list is needed, found ${quote(rules)}`;
  if (rules.length > MOST_RULES) return `spec.rules: at most ${MOST_RULES} are read, found ${rules.length}`;
  const { splits, flaws, allZero } = readRules(rules, namespace);
  const tooMuch = tooMuchToRemember(splits);
  if (tooMuch !== null) return `spec.rules: ${tooMuch}`;
  const problems: Problem[] = [];
  const refused = notAccepted(status, namespace, parents);
  if (refused !== null) problems.push(refused);
  if (flaws.length > 0) problems.push({ problem: "unreadable", text: `${firstOf(flaws)}; left alone` });
  else if (splits.length === 0) {
    problems.push({ problem: "nothing-to-split", text: "spec.rules: no rule names two Services to fail over between" });
  }
  if (allZero.length > 0) {
    const what = `${firstOf(allZero)}: all weights are 0, which the clients' proxies cannot serve`;
    problems.push({ problem: "no-weights", text: `${what}; judged as if the primary had 100` });
  }
  return { parents, splits, hasOtherRules: splits.length < rules.length, problems };
}

interface Rules {
  readonly splits: readonly Split[];
  /** Of rules that are left alone, why. */
  readonly flaws: readonly string[];
  /** Where all weights are zero. */
  readonly allZero: readonly string[];
}

/** A rule that cannot be read is left alone as it is; the others are none the worse for it. */
function readRules(rules: readonly unknown[], namespace: string): Rules {
  const names = ruleNames(rules);
  const splits: Split[] = [];
  const flaws: string[] = [];
  const allZero: string[] = [];
  for (const [i, rule] of rules.entries()) {
    const backends = readBackendRefs(rule, i, namespace);
    if (typeof backends === "string") flaws.push(backends);
    // Two ports of one Service: nothing to choose between.
    if (typeof backends === "string" || backends.length < 2) continue;
    splits.push({ name: names[i] ?? String(i), backends });
    if (backends.every((b) => b.weight === 0)) allZero.push(`spec.rules[${i}].backendRefs`);
  }
  return { splits, flaws, allZero };
}

/** One text for all, so that a route with many bad rules does not fill a page. */
function firstOf(texts: readonly string[]): string {
  const more = texts.length - 1;
  return more === 0 ? (texts[0] ?? "") : `${texts[0]} (and ${more} more ${more === 1 ? "rule" : "rules"})`;
}
