import type { KubeApi } from "../../../kube/kubeApi.ts";
import { asksCounts } from "../../../observer/asksCounts.ts";
import { CODECS } from "../../../routes/codecs.ts";
import { type Route, serviceKey } from "../../../routes/route.ts";
import { askedAt } from "../../../rules/askedAt.ts";
import { DEFAULT_RULES } from "../../../rules/defaultRules.ts";
import type { ParsedRules } from "../../../rules/parseRules.ts";
import type { PrometheusName } from "../../../rules/prometheusName.ts";
import { questionsOf } from "../../../rules/questions.ts";
import type { RuleSet } from "../../../rules/ruleSet.ts";
import type { Selector } from "../../wiring/clusterSettings.ts";
import type { OpenedPrometheus } from "../../wiring/openPrometheus.ts";
import { rulesIn } from "../../wiring/rulesIn.ts";
import { readController } from "../controller/readController.ts";
import { type Category, type CheckReport, reportOf } from "./checkReport.ts";
import { clusterChecks, isUnreachable } from "./clusterChecks.ts";
import { controllerChecks } from "./controllerChecks.ts";
import { linkerdChecks } from "./linkerdChecks.ts";
import type { LinkerdFlags } from "./linkerdFlags.ts";
import { isUnreached, prometheusChecks, withoutPrometheus } from "./prometheusChecks.ts";
import { type ClusterFacts, readCluster } from "./readCluster.ts";
import { type PrometheusFacts, readPrometheus } from "./readPrometheus.ts";
import { rulesChecks } from "./rulesChecks.ts";
import { metricsWanted, signalChecks, wantsGateways } from "./signalChecks.ts";
import { wantedFamilies } from "./wantedFamilies.ts";

export interface Inspected {
  readonly kube: KubeApi;
  /** Null: no --prometheus-url, and none was found. */
  readonly prometheus: OpenedPrometheus | null;
  /** The fast one beside it; absent: there is one. */
  readonly fastPrometheus?: OpenedPrometheus | null;
  /** Which one of two is not configured; absent: the fast one. */
  readonly missing?: PrometheusName | null;
  /** Why none was found; null: linkerd-viz is not installed. */
  readonly notFound?: string | null;
  /** Absent: the built-in rule. */
  readonly rulesFile: string | undefined;
  readonly selector: Selector | null;
  /** Empty: all. */
  readonly namespaces: readonly string[];
  readonly controllerNamespace: string;
  readonly maxRoutesPerNamespace: number;
  /** Where the controller's admin server is asked; absent: it is not checked. */
  readonly adminPort?: number;
  /** Of `linkerd check`. */
  readonly flags?: LinkerdFlags;
  /** When it must have asked the API server all; absent: after a minute. The client of Prometheus has its own. */
  readonly until?: AbortSignal | undefined;
}

export interface Inspection {
  readonly report: CheckReport;
  /** Whether the API server or Prometheus did not answer at all. */
  readonly unreachable: boolean;
}

/** Runs all checks. If one server cannot be reached, what does not depend on it is checked all the same. */
export async function inspect({
  kube,
  prometheus,
  fastPrometheus = null,
  missing = "fast",
  rulesFile,
  flags = {},
  until,
  adminPort,
  notFound = null,
  ...scope
}: Inspected): Promise<Inspection> {
  const place = { namespace: scope.controllerNamespace, port: adminPort ?? 0 };
  const [cluster, parsed, controller] = await Promise.all([
    readCluster(kube, { ...scope, codecs: CODECS }, until),
    rulesIn(rulesFile),
    adminPort === undefined ? null : readController(kube, place, until),
  ]);
  const routes = cluster.kinds.flatMap((kind) => kind.routes);
  const checksOf = async (opened: OpenedPrometheus | null, name?: PrometheusName) =>
    opened === null ? null : metricsChecks(opened, cluster, routes, parsed, name);
  const [metrics, fast] = await Promise.all([
    checksOf(prometheus, fastPrometheus === null ? undefined : "main"),
    checksOf(fastPrometheus, "fast"),
  ]);
  return {
    report: reportOf([
      clusterChecks(cluster, scope.selector !== null),
      controller === null || !cluster.version.ok
        ? { categoryName: "controller", checks: [] }
        : controllerChecks(controller, { isWanted: routes.length > 0, rules: parsed.ok ? parsed.rules : null, rulesFile }),
      rulesChecks(rulesFile, parsed, routes, missing),
      metrics?.category ?? withoutPrometheus(notFound),
      ...(fast === null ? [] : [fast.category]),
      linkerdChecks(cluster, (fast ?? metrics)?.facts ?? null, routes, flags),
    ]),
    unreachable:
      [metrics, fast].some((read) => read !== null && isUnreached(read.facts.reach)) ||
      (!cluster.version.ok && isUnreachable(cluster.version)),
  };
}

/** The category of one Prometheus; `name`: which one of two. With invalid rules, only what all rules need is checked. */
async function metricsChecks(
  { client, url }: NonNullable<Inspected["prometheus"]>,
  cluster: ClusterFacts,
  routes: readonly Route[],
  parsed: ParsedRules,
  name: PrometheusName | undefined,
): Promise<{ readonly category: Category; readonly facts: PrometheusFacts }> {
  const all: RuleSet = parsed.ok ? parsed.rules : { ...DEFAULT_RULES, rules: [] };
  const rules = name === undefined ? all : askedAt(all, name);
  const isAsked = name === undefined || !parsed.ok || asksCounts(questionsOf(rules));
  const families = wantedFamilies(routes, questionsOf(rules));
  const clusters = clustersBehind(routes, cluster.clusters);
  const facts = await readPrometheus(client, {
    ...{ routes, rules, gateways: wantsGateways(rules) && clusters.length > 0 },
    names: [...families.flatMap(({ names }) => names), ...metricsWanted(rules)],
  });
  const signals = parsed.ok ? signalChecks(facts, rules, clusters) : [];
  return { category: prometheusChecks(facts, { name, url, routes, families, isAsked }, signals), facts };
}

/** The clusters from which backends of these routes are mirrored through a gateway. */
function clustersBehind(routes: readonly Route[], mirrors: ReadonlyMap<string, string>): readonly string[] {
  const backends = routes.flatMap(({ namespace, splits }) =>
    splits.flatMap((split) => split.backends.map(({ backend }) => serviceKey(namespace, backend))),
  );
  return [...new Set(backends.flatMap((key) => mirrors.get(key) ?? []))].sort();
}
