import { notAccepted } from "./acceptance.ts";
import { GATEWAY_MAX_WEIGHT, isGatewayWeight, readBackendRefs } from "./backendRefs.ts";
import { guardedPatch } from "./guardedPatch.ts";
import { matchesDigest } from "./matchesDigest.ts";
import { MOST_SPLITS, tooMuchToRemember } from "./memory.ts";
import { quote } from "./quote.ts";
import type { Problem, RouteCodec, RouteKind, RouteResource, Split } from "./route.ts";
import { type KindFields, type KindFormat, type KindObject, readRouteObject, versionOf } from "./routeObject.ts";
import { ruleNames } from "./ruleNames.ts";
import { serviceParents } from "./serviceParents.ts";

/** Maximum number of rules in one route. The API allows 16, some implementations several hundred. */
const MOST_RULES = MOST_SPLITS;

/**
 * The codec of Gateway API's routes and of Linkerd's own HTTPRoute. Each rule with two or more Services is a split.
 * Matches, filters and timeouts are neither read nor written.
 */
export function gatewayRouteCodec(kind: RouteKind, resource: RouteResource): RouteCodec {
  const format: KindFormat = {
    kind,
    resource,
    // It would take thousands of backends to exceed the sum that Linkerd supports.
    maxWeightSum: Number.MAX_SAFE_INTEGER,
    maxWeight: GATEWAY_MAX_WEIGHT,
    storable: isGatewayWeight,
    read: readGatewayRoute,
  };
  return {
    kind,
    resource,
    read: (object) => readRouteObject(format, object),
    writeVersion: (route) => versionOf(route.apiVersion),
    patch: guardedPatch,
  };
}

function readGatewayRoute({ namespace, spec, status }: KindObject): KindFields | string {
  const parents = serviceParents(spec["parentRefs"], namespace);
  if (typeof parents === "string") return parents;
  const none = "spec.parentRefs: no parent is a Service, and only requests to a Service can fail over";
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
    problems.push({ problem: "no-weights", text: `${what}; evaluated as if the primary had weight 100` });
  }
  return { parents, splits, hasOtherRules: splits.length < rules.length, problems };
}

interface Rules {
  readonly splits: readonly Split[];
  /** Why rules are left alone, one text each. */
  readonly flaws: readonly string[];
  /** Paths of rules in which all weights are zero. */
  readonly allZero: readonly string[];
}

/** Reads the splits. An unreadable rule stays unchanged, and the other rules are managed nevertheless. */
function readRules(rules: readonly unknown[], namespace: string): Rules {
  const names = ruleNames(rules);
  const splits: Split[] = [];
  const flaws: string[] = [];
  const allZero: string[] = [];
  for (const [i, rule] of rules.entries()) {
    const backends = readBackendRefs(rule, i, namespace);
    if (typeof backends === "string") flaws.push(backends);
    // One Service may be listed twice, with two ports: that is no split.
    if (typeof backends === "string" || backends.length < 2) continue;
    splits.push({ name: names[i] ?? String(i), backends, matches: matchesDigest(rule) });
    if (backends.every((b) => b.weight === 0)) allZero.push(`spec.rules[${i}].backendRefs`);
  }
  return { splits, flaws, allZero };
}

/** The first text and the number of the others, so that a route with many bad rules has a short problem. */
function firstOf(texts: readonly string[]): string {
  const more = texts.length - 1;
  return more === 0 ? (texts[0] ?? "") : `${texts[0]} (and ${more} more ${more === 1 ? "rule" : "rules"})`;
}
