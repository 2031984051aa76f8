import { Command, Option } from "commander";
import { wholeRouteJson } from "../../admin/routeJson.ts";
import type { RouteState } from "../../evaluator/model/state.ts";
import type { KubeApi } from "../../kube/kubeApi.ts";
import { isManaged } from "../../observer/managed.ts";
import type { Route, RouteRef } from "../../routes/route.ts";
import { routeKey } from "../../routes/route.ts";
import type { RulesProblem } from "../../rules/rulesProblem.ts";
import { type Answer, printAnswer, type Remark, usageError } from "../output/answer.ts";
import { EXIT } from "../output/exit.ts";
import { printableJson } from "../output/printable.ts";
import { refuseRules } from "../output/refuseRules.ts";
import { type TextStyle, textStyleOf } from "../output/textStyle.ts";
import type { Selector } from "../wiring/clusterSettings.ts";
import { addressOption, type ControllerSettings, withControllerSettings } from "../wiring/controllerSettings.ts";
import { findPrometheus } from "../wiring/findPrometheus.ts";
import { type OpenedPrometheus, openPrometheus } from "../wiring/openPrometheus.ts";
import { rulesIn } from "../wiring/rulesIn.ts";
import { type JudgingSettings, withJudgingSettings } from "../wiring/sightSettings.ts";
import { askAddress, askLeader, type ControllerAnswer, type ControllerPlace, routePath } from "./controller/askController.ts";
import { exportRecords, recordsPath, STDOUT } from "./explain/exportRecords.ts";
import { ownTick } from "./explain/ownTick.ts";
import { renderExplanation } from "./explain/renderExplanation.ts";
import { routeAlone } from "./explain/routeAlone.ts";
import { type RouteEvent, routeEvents } from "./explain/routeEvents.ts";
import { readRouteView } from "./explain/routeView.ts";
import { findRoute } from "./owner/findRoute.ts";
import type { RouteArgument } from "./owner/routeArgument.ts";
import { namespaceOption, openCluster, type RouteSettings, routeAction, withRoute } from "./owner/routeCommand.ts";

interface ExplainSettings extends RouteSettings, JudgingSettings, ControllerSettings {
  readonly address?: string;
  readonly export?: string;
  readonly output: "table" | "json";
}

const EXAMPLES = `
Examples:
  linkerd-failover explain -n shop httproute/web
  linkerd-failover explain -n shop ts/web -o json
  linkerd-failover explain -n shop ts/web --address http://localhost:8080

The explanation comes from the leader: through the API server, which needs
permission to get pods/proxy, or from --address. If no controller answers, the
command runs a single tick itself, with --rules and --prometheus-url or
linkerd-viz's Prometheus, like a controller that has just started; the waits so
far are then unknown. If you may read no more than routes, it shows what the
route itself says.

--export FILE writes what the controller's last decisions on the route were made
from. \`replay FILE\` makes them again: a bug report with everything in it.

Exit status: 0 explained, 1 the route is not managed, 2 wrong usage, 3 the API
server, or the controller at --address, cannot be reached.
`;

/** `explain KIND/NAME`: why each backend has its weight, and what would change it. */
export function explainCommand(): Command {
  const command = withRoute(withControllerSettings(withJudgingSettings(new Command("explain"))))
    .description("show why each backend of a route has its weight, and what would change it")
    .addOption(namespaceOption())
    .addOption(addressOption())
    .addOption(new Option("-o, --output <format>", "output format").choices(["table", "json"]).default("table"))
    .addOption(
      new Option("--export <file>", `write the last decisions on the route with all that they were made from (${STDOUT}: standard output)`),
    )
    .addHelpText("after", EXAMPLES);
  return routeAction<ExplainSettings>(command, [], (argument, _, settings) => explain(argument, settings));
}

async function explain(argument: RouteArgument, settings: ExplainSettings): Promise<void> {
  const opened = await openPrometheus(settings);
  if ("wrong" in opened) return printAnswer(usageError(opened.wrong));
  const cluster = openCluster(settings);
  const { address, output } = settings;
  const print: Printing = { output, nowMs: Date.now(), style: textStyleOf(process.stdout) };
  if (address !== undefined) {
    const namespace = settings.namespace ?? ("answer" in cluster ? "default" : cluster.namespace);
    const route: RouteRef = { kind: argument.codec.kind, namespace, name: argument.name };
    if (settings.export !== undefined)
      return printAnswer(await exportRecords(await askAddress(address, recordsPath(route)), route, settings.export));
    return printAnswer(await answerOf(await askAddress(address, routePath(route)), print, async () => []));
  }
  if ("answer" in cluster) return printAnswer(cluster.answer);
  if (settings.export !== undefined) {
    const found = await findRoute(cluster.kube, argument, cluster.namespace);
    if ("answer" in found) return printAnswer(found.answer);
    const place = { namespace: settings.controllerNamespace, port: settings.adminPort };
    const response = await askLeader(cluster.kube, place, recordsPath(found.route));
    return printAnswer(await exportRecords(response, found.route, settings.export));
  }
  const scope: ExplainScope = {
    namespace: cluster.namespace,
    controller: { namespace: settings.controllerNamespace, port: settings.adminPort },
    selector: settings.selector ?? null,
    prometheus: async () => {
      const found = opened.prometheus ?? (await findPrometheus(cluster.kube, cluster.login, settings));
      return "why" in found ? null : found;
    },
    rulesFile: settings.rules,
  };
  const answer = await explainRoute(cluster.kube, argument, scope, print);
  if ("problems" in answer) refuseRules(answer.problems);
  else printAnswer(answer);
}

export interface ExplainScope {
  readonly namespace: string;
  readonly controller: ControllerPlace;
  /** Null: the default labels. */
  readonly selector: Selector | null;
  /** The Prometheus for an own tick; null: none. */
  readonly prometheus: () => Promise<OpenedPrometheus | null>;
  /** Absent: the built-in rule. */
  readonly rulesFile: string | undefined;
}

/** The leader's explanation of a route; if no controller answers, that of a single tick by this command. */
export async function explainRoute(
  kube: KubeApi,
  argument: RouteArgument,
  { namespace, controller, selector, prometheus, rulesFile }: ExplainScope,
  print: Printing,
): Promise<Answer | { readonly problems: readonly RulesProblem[] }> {
  const found = await findRoute(kube, argument, namespace);
  if ("answer" in found) return found.answer;
  const response = await askLeader(kube, controller, routePath(found.route));
  if (response.ok) return answerOf(response, print, () => routeEvents(kube, found.route));
  const key = routeKey(found.route);
  if (!isManaged(found.object.metadata?.labels, selector)) return notManaged(key);
  const parsed = await rulesIn(rulesFile);
  if (!parsed.ok) return { problems: parsed.problems };
  const opened = await prometheus();
  const tick = await ownTick({ kube, prometheus: opened?.client ?? null, rules: parsed.rules, selector }, found.route);
  opened?.stop?.();
  if ("why" in tick) return aloneAnswer(found.route, `${response.why}; ${tick.why}`, await routeEvents(kube, found.route), print);
  return ownAnswer(tick.state, response.why, key, print);
}

export interface Printing {
  readonly output: "table" | "json";
  readonly nowMs: number;
  readonly style: TextStyle;
}

/** The explanation that a controller gave, or why it gave none. Where it remembers no decision, the Events tell of them. */
async function answerOf(
  response: ControllerAnswer,
  { output, nowMs, style }: Printing,
  eventsOf: () => Promise<readonly RouteEvent[]>,
): Promise<Answer> {
  if (!response.ok) {
    const message = `the controller gave no explanation: ${response.why}`;
    if (response.answered) return { exit: EXIT.no, remarks: [{ message }] };
    const hint = "--address must be the URL of its admin server, for example behind `kubectl port-forward`";
    return { exit: EXIT.unreachable, remarks: [{ message, hint }] };
  }
  const view = readRouteView(response.value);
  if (view === null) return { exit: EXIT.no, remarks: [{ message: `${response.by} sent something that is not a route` }] };
  const source = `as seen by ${response.by}`;
  const events = view.decisions.length === 0 ? await eventsOf() : [];
  const page =
    output === "json"
      ? printableJson({ source, ...(response.value as object), ...(events.length > 0 && { events }) })
      : renderExplanation(view, { source, events, nowMs, style });
  return { exit: EXIT.fine, page, remarks: [] };
}

async function ownAnswer(state: RouteState | null, why: string, key: string, print: Printing): Promise<Answer> {
  const noController: Remark = {
    message: `no controller answered: ${why}`,
    hint: "this is a single tick by this command, without the waits so far; to reach the controller, set --controller-namespace, --admin-port or --address",
  };
  if (state === null) return notManaged(key);
  const value = wholeRouteJson(state, []);
  const { page = "", exit } = await answerOf({ ok: true, value, by: "this command in a single tick" }, print, async () => []);
  return { exit, page, remarks: [noController] };
}

/** What the route's object says, for a user who may read no more than that. */
function aloneAnswer(route: Route, why: string, events: readonly RouteEvent[], { output, nowMs, style }: Printing): Answer {
  const view = routeAlone(route, nowMs);
  const source = "as the route itself says; the health of its backends is unknown";
  const page = output === "json" ? printableJson({ source, ...view, events }) : renderExplanation(view, { source, events, nowMs, style });
  const hint = "the chart's roles linkerd-failover-viewer let a user ask the controller; --address names it";
  return { exit: EXIT.fine, page, remarks: [{ message: `neither the controller nor what a tick needs could be read: ${why}`, hint }] };
}

function notManaged(key: string): Answer {
  const hint = "label it with failover.linkerd.io/controlled-by=linkerd-failover; --selector sets another label";
  return { exit: EXIT.no, remarks: [{ message: `${key} is not managed: no controller changes its weights`, hint }] };
}
