import type { RuleSet } from "../../../rules/ruleSet.ts";
import { failureText } from "../../output/failureAnswer.ts";
import { VERSION } from "../../wiring/ownVersion.ts";
import type { ControllerFacts } from "../controller/readController.ts";
import type { ReplicaFacts } from "../controller/readReplica.ts";
import { atMost, type Category, type Check, counted, failure, fine, listed, warning } from "./checkReport.ts";

const RUNNING = "a controller is running";
const LEADS = "a replica leads";
const INSTALL =
  "install it (helm install linkerd-failover), or name its namespace with --controller-namespace; --pre checks what it needs before that";
const VIEWER = "the chart's Role linkerd-failover-viewer in the controller's namespace lets a user ask it";

export interface ControllerExpectations {
  /** A route has the label, so a controller is wanted. */
  readonly isWanted: boolean;
  /** The rules that were checked; null: they are invalid. */
  readonly rules: RuleSet | null;
  readonly rulesFile: string | undefined;
}

/** The category `controller`: whether one runs and leads, its version, its rules, and whether users of its routes are failing. */
export function controllerChecks(facts: ControllerFacts, expected: ControllerExpectations): Category {
  const running = runningCheck(facts, expected);
  const checks =
    running.result === "error" || isAbsent(facts)
      ? [running]
      : [running, ...leaderChecks(facts), ...replicaChecks(facts), ...stateChecks(facts), ...routeChecks(facts, expected)];
  return { categoryName: "controller", checks };
}

/** There are no pods and no Lease, as far as this user may see. */
function isAbsent({ lease, pods, leader }: ControllerFacts): boolean {
  return leader === null && (!pods.ok || pods.value.length === 0) && !(lease.ok && lease.value.spec?.holderIdentity);
}

function runningCheck(facts: ControllerFacts, { isWanted }: ControllerExpectations): Check {
  const { place, pods, lease, renewed } = facts;
  const all = pods.ok ? pods.value : [];
  const ready = all.filter((pod) => pod.ready);
  if (all.length > 0 && ready.length === all.length) return fine(`${counted(all.length, "replica")} ready in ${place.namespace}`);
  if (all.length > 0) {
    const error = `${ready.length} of ${counted(all.length, "replica")} in ${place.namespace} ${ready.length === 1 ? "is" : "are"} ready`;
    const others = all.filter((pod) => !pod.ready).map(({ name, phase }) => `${name} (${phase})`);
    const trouble = {
      error: `${error}: not ${listed(others)}`,
      hint: `kubectl describe pod -n ${place.namespace} ${others[0]?.split(" ")[0]}`,
    };
    return ready.length === 0 ? failure(RUNNING, trouble) : warning(RUNNING, trouble);
  }
  // A process outside the cluster has a Lease, but no pod.
  if (renewed) return fine(`a controller is running: its Lease in ${place.namespace} is renewed`);
  const [refused] = [lease, pods].filter((read) => !read.ok && read.status !== 404);
  if (refused !== undefined && !refused.ok)
    return warning(RUNNING, { error: `this could not be checked: ${failureText(refused)}`, hint: VIEWER });
  const none = { error: `${place.namespace} has no pod of a controller, and no Lease that one renews`, hint: INSTALL };
  return isWanted ? failure(RUNNING, none) : warning(RUNNING, none);
}

function leaderChecks({ leader, renewed, lease, replicas, place }: ControllerFacts): readonly Check[] {
  if (leader !== null && renewed) return [fine(`${leader} leads: it renews its Lease`)];
  if (leader !== null && lease.ok) {
    const since = lease.value.spec?.renewTime ?? "an unknown time";
    const error = `the Lease of ${leader} in ${place.namespace} is not renewed (last at ${since} by its clock): no replica writes weights`;
    return [failure(LEADS, { error, hint: `is the pod gone or stuck? kubectl logs -n ${place.namespace} ${leader}` })];
  }
  if (!lease.ok && lease.status !== 404)
    return [warning(LEADS, { error: `this could not be checked: ${failureText(lease)}`, hint: VIEWER })];
  if (replicas.some(({ facts }) => facts.ok && facts.value.leads === null))
    return [
      warning("the controller writes", {
        error: "it is a dry run: it evaluates and reports, and writes nothing",
        hint: "dryRun: false ends it",
      }),
    ];
  return [
    failure(LEADS, {
      error: `the Lease in ${place.namespace} has no holder: no replica writes weights`,
      hint: `kubectl logs -n ${place.namespace} -l app.kubernetes.io/name=linkerd-failover`,
    }),
  ];
}

/** Whether the replicas answer, and whether they and this command are of one version. */
function replicaChecks({ replicas }: ControllerFacts): readonly Check[] {
  const answers = replicas.flatMap(({ pod, facts }) => (facts.ok ? [{ pod, facts: facts.value }] : []));
  const silent = replicas.flatMap(({ pod, facts }) =>
    facts.ok
      ? []
      : [warning(`${pod} answers`, { error: failureText(facts), hint: `${VIEWER}; --admin-port is the port of its admin server` })],
  );
  return [...silent, ...(answers.length === 0 ? [] : [versionCheck(answers)])];
}

function versionCheck(answers: readonly { readonly pod: string; readonly facts: ReplicaFacts }[]): Check {
  const others = answers.filter(({ facts }) => facts.version !== VERSION);
  if (others.length === 0) return fine(`${answers.length === 1 ? "the replica" : "all replicas"} and this command are version ${VERSION}`);
  const error = `this command is version ${VERSION}, but ${listed(others.map(({ pod, facts }) => `${pod} is ${facts.version ?? "of an unknown version"}`))}`;
  return warning("the controller and this command are of one version", {
    error,
    hint: "update the older one; during a rollout, check again when it is over",
  });
}

/** What the leader says of its loop, its rules and its Prometheus. */
function stateChecks({ replicas, leader, stuck }: ControllerFacts): readonly Check[] {
  const asked = replicas.find(({ pod, facts }) => facts.ok && (leader === null || pod === leader))?.facts;
  if (asked === undefined || !asked.ok) return [];
  const { rulesLoaded, rulesLoadedAtMs, prometheusUp, signalsLost } = asked.value;
  const since = rulesLoadedAtMs === null ? "" : ` since ${new Date(rulesLoadedAtMs).toISOString()}`;
  const rules =
    rulesLoaded === false
      ? failure("its rules file is valid", {
          error: `it is not: the rules of before stay in force${since}`,
          hint: "its log has the problems, as `rules validate FILE` has",
        })
      : fine(`its rules are valid and in force${since}`);
  const lost = {
    error: "many routes lost their metrics at once, so metric-driven moves are frozen",
    hint: "is Prometheus well, and does it scrape the proxies?",
  };
  return [
    ...(stuck === undefined ? [] : [stuck === null ? fine("its loop beats") : failure("its loop beats", { error: stuck })]),
    rules,
    ...(prometheusUp === false ? [warning("its Prometheus answers", { error: "it does not: metrics move nothing" })] : []),
    ...(signalsLost === true ? [warning("its routes have metrics", lost)] : []),
  ];
}

function routeChecks({ routes }: ControllerFacts, { rules, rulesFile }: ControllerExpectations): readonly Check[] {
  if (routes === null) return [];
  const failing = [...routes].filter(([, route]) => route.degraded).map(([key]) => key);
  const names = [...new Set([...routes.values()].flatMap(({ rule }) => rule ?? []))];
  const unknown = names.filter((name) => rules !== null && rules.rules.every((rule) => rule.name !== name));
  const otherRules = {
    error: `it judges by ${listed(unknown)}, which ${rulesFile ?? "the built-in rule"} lacks: the checks below are for other rules`,
    hint: "give --rules its file, for example from its ConfigMap",
  };
  return [
    ...(failing.length === 0
      ? [fine(`it manages ${counted(routes.size, "route")}, and users of none are failing`)]
      : atMost(
          failing.map((key) =>
            warning(`users of ${key} are served`, { error: "users are failing now", hint: `linkerd-failover explain ${commandOf(key)}` }),
          ),
        )),
    ...(unknown.length === 0 ? [] : [warning("it judges by the rules that are checked here", otherRules)]),
  ];
}

/** `-n NAMESPACE KIND/NAME` */
function commandOf(key: string): string {
  const [kind = "", namespace = "", name = ""] = key.split("/");
  return `-n ${namespace} ${kind.toLowerCase()}/${name}`;
}
