import { setTimeout as sleep } from "node:timers/promises";
import { initialState, type RouteState } from "../../../evaluator/model/state.ts";
import { step } from "../../../evaluator/step.ts";
import type { KubeApi } from "../../../kube/kubeApi.ts";
import { createObserver } from "../../../observer/createObserver.ts";
import type { Observer, ResourceHealth } from "../../../observer/observer.ts";
import type { PrometheusClient } from "../../../observer/prometheus.ts";
import { CODECS } from "../../../routes/codecs.ts";
import { type Route, routeKey, serviceKey } from "../../../routes/route.ts";
import { questionsOf } from "../../../rules/questions.ts";
import type { RuleSet } from "../../../rules/ruleSet.ts";
import type { Selector } from "../../wiring/clusterSettings.ts";

/** The caches must be filled within this time. */
const FILL_TIME_LIMIT_MS = 15_000;
/** If the API server still refuses a list after this time, waiting longer is pointless. */
const REFUSAL_LIMIT_MS = 2_000;
const POLL_EVERY_MS = 50;
/** The first tick does not depend on this: no wait is over yet. */
const INTERVAL_MS = 5_000;

export interface OwnTick {
  readonly kube: KubeApi;
  /** Null: metric signals are off. */
  readonly prometheus: PrometheusClient | null;
  readonly rules: RuleSet;
  /** Null: the default labels. */
  readonly selector: Selector | null;
}

/** The state of a route at the first tick of a controller that starts now. Writes nothing. Null: the route is not managed. */
export async function ownTick(
  { kube, prometheus, rules, selector }: OwnTick,
  route: Route,
): Promise<{ readonly state: RouteState | null } | { readonly why: string }> {
  const stopping = new AbortController();
  const observer = createObserver({
    ...{ kube, codecs: CODECS, prometheus, selector, intervalMs: INTERVAL_MS },
    questions: () => questionsOf(rules),
    watchNamespaces: namespacesOf(route),
    onChange: () => undefined,
    onReleased: () => undefined,
    clock: { nowMs: () => performance.now() },
    random: () => Math.random(),
  });
  try {
    if (!(await fill(observer, stopping.signal))) return { why: missingLists(observer) };
    const nowMs = Date.now();
    const { state } = step(initialState(INTERVAL_MS, "explain"), await observer.observe(nowMs, "fresh"), rules, nowMs);
    return { state: state.routes.get(routeKey(route)) ?? null };
  } finally {
    stopping.abort();
  }
}

/** Whether the caches were filled in time. */
async function fill(observer: Observer, signal: AbortSignal): Promise<boolean> {
  let filled = false;
  void observer.start(signal).then(() => (filled = true));
  for (let waitedMs = 0; waitedMs < FILL_TIME_LIMIT_MS; waitedMs += POLL_EVERY_MS) {
    await sleep(POLL_EVERY_MS);
    if (filled) return missing(observer).length === 0;
    if (waitedMs >= REFUSAL_LIMIT_MS && observer.health().resources.some(({ trouble }) => trouble !== null)) return false;
  }
  return false;
}

/** The namespaces of the route and its backends. */
function namespacesOf({ namespace, splits }: Route): readonly string[] {
  const services = splits.flatMap(({ backends }) => backends.map(({ backend }) => serviceKey(namespace, backend)));
  return [...new Set([namespace, ...services.map((key) => key.slice(0, key.indexOf("/")))])];
}

function missingLists(observer: Observer): string {
  return missing(observer)
    .map(({ resource, trouble }) => `${resource}: ${trouble ?? "the list did not arrive in time"}`)
    .join("; ");
}

/** The resources of which the list of at least one namespace is missing. */
function missing(observer: Observer): readonly ResourceHealth[] {
  return observer.health().resources.filter(({ synced, absent }) => !synced && !absent);
}
