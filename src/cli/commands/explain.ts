import { Command, InvalidArgumentError, Option } from "commander";
import { wholeRouteJson } from "../../admin/routeJson.ts";
import type { KubeApi } from "../../kube/kubeApi.ts";
import { isManaged } from "../../observer/managed.ts";
import type { PrometheusClient } from "../../observer/prometheus.ts";
import { type RouteRef, routeKey } from "../../routes/route.ts";
import type { RulesProblem } from "../../rules/rulesProblem.ts";
import { type Answer, printAnswer, type Remark, usageError } from "../output/answer.ts";
import { EXIT } from "../output/exit.ts";
import { printableJson } from "../output/printable.ts";
import { refuseRules } from "../output/refuseRules.ts";
import { type TextStyle, textStyleOf } from "../output/textStyle.ts";
import { readNamespace, type Selector, setting } from "../wiring/clusterSettings.ts";
import { openPrometheus } from "../wiring/openPrometheus.ts";
import { rulesIn } from "../wiring/rulesIn.ts";
import { type JudgingSettings, withJudgingSettings } from "../wiring/sightSettings.ts";
import { askAddress, askLeader, type ControllerAnswer, type ControllerPlace, routePath } from "./explain/askController.ts";
import { exportRecords, recordsPath, STDOUT } from "./explain/exportRecords.ts";
import { ownTick } from "./explain/ownTick.ts";
import { renderExplanation } from "./explain/renderExplanation.ts";
import { readRouteView } from "./explain/routeView.ts";
import { findRoute } from "./owner/findRoute.ts";
import type { RouteArgument } from "./owner/routeArgument.ts";
import { namespaceOption, openCluster, type RouteSettings, routeArgument } from "./owner/routeCommand.ts";

interface ExplainSettings extends RouteSettings, JudgingSettings {
  readonly address?: string;
  readonly adminPort: number;
  readonly controllerNamespace: string;
  readonly export?: string;
  readonly output: "table" | "json";
}

const EXAMPLES = `
Examples:
  linkerd-failover explain -n shop httproute/web
  linkerd-failover explain -n shop ts/web -o json
  linkerd-failover explain -n shop ts/web --address http://localhost:8080

The explanation comes from the leader: through the API server, which needs
permission to get pods/proxy, or from --address, for example behind kubectl
port-forward. If no controller answers, the command runs a single tick itself,
with --rules and --prometheus-url, like a controller that has just started. The
waits so far are then unknown.

--export FILE writes what the controller's last decisions on the route were made
from. \`replay FILE\` makes them again: a bug report with everything in it.

Exit status: 0 explained, 1 the route is not managed, 2 wrong usage, 3 the API
server, or the controller at --address, cannot be reached.
`;

/** `explain KIND/NAME`: why each backend has its weight, and what would change it. */
export function explainCommand(): Command {
  return withJudgingSettings(new Command("explain"))
    .description("show why each backend of a route has its weight, and what would change it")
    .addArgument(routeArgument())
    .addOption(namespaceOption())
    .addOption(new Option("--address <url>", "URL of the controller's admin server").argParser(readAddress))
    .addOption(
      setting("--controller-namespace <name>", "namespace of the controller, its Lease and its pods", "namespace")
        .default("linkerd-failover")
        .argParser(readNamespace),
    )
    .addOption(setting("--admin-port <number>", "port of the admin server in the controller's pod").default(8080).argParser(readPort))
    .addOption(new Option("-o, --output <format>", "output format").choices(["table", "json"]).default("table"))
    .addOption(
      new Option("--export <file>", `write the last decisions on the route with all that they were made from (${STDOUT}: standard output)`),
    )
    .addHelpText("after", EXAMPLES)
    .action(explain);
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
    return printAnswer(answerOf(await askAddress(address, routePath(route)), print));
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
    prometheus: opened.prometheus?.client ?? null,
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
  readonly prometheus: PrometheusClient | null;
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
  if (response.ok) return answerOf(response, print);
  const key = routeKey(found.route);
  if (!isManaged(found.object.metadata?.labels, selector)) return notManaged(key);
  const parsed = await rulesIn(rulesFile);
  if (!parsed.ok) return { problems: parsed.problems };
  return ownAnswer(await ownTick({ kube, prometheus, rules: parsed.rules, selector }, found.route), response.why, key, print);
}

export interface Printing {
  readonly output: "table" | "json";
  readonly nowMs: number;
  readonly style: TextStyle;
}

/** The explanation that a controller gave, or why it gave none. */
function answerOf(response: ControllerAnswer, { output, nowMs, style }: Printing): Answer {
  if (!response.ok) {
    const message = `the controller gave no explanation: ${response.why}`;
    if (response.answered) return { exit: EXIT.no, remarks: [{ message }] };
    const hint = "--address must be the URL of its admin server, for example behind `kubectl port-forward`";
    return { exit: EXIT.unreachable, remarks: [{ message, hint }] };
  }
  const view = readRouteView(response.value);
  if (view === null) return { exit: EXIT.no, remarks: [{ message: `${response.by} sent something that is not a route` }] };
  const source = `as seen by ${response.by}`;
  const page = output === "json" ? printableJson({ source, ...(response.value as object) }) : renderExplanation(view, source, nowMs, style);
  return { exit: EXIT.fine, page, remarks: [] };
}

function ownAnswer(tick: Awaited<ReturnType<typeof ownTick>>, why: string, key: string, print: Printing): Answer {
  const noController: Remark = {
    message: `no controller answered: ${why}`,
    hint: "this is a single tick by this command, without the waits so far; to reach the controller, set --controller-namespace, --admin-port or --address",
  };
  if ("why" in tick)
    return { exit: EXIT.no, remarks: [noController, { message: `this command could not read everything that a tick needs: ${tick.why}` }] };
  if (tick.state === null) return notManaged(key);
  const value = wholeRouteJson(tick.state, []);
  const { page = "", exit } = answerOf({ ok: true, value, by: "this command in a single tick" }, print);
  return { exit, page, remarks: [noController] };
}

function notManaged(key: string): Answer {
  const hint = "label it with failover.linkerd.io/controlled-by=linkerd-failover; --selector sets another label";
  return { exit: EXIT.no, remarks: [{ message: `${key} is not managed: no controller changes its weights`, hint }] };
}

function readAddress(text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "")
    throw new InvalidArgumentError("It must be an http or https URL without a username or password.");
  return text;
}

function readPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) throw new InvalidArgumentError("It must be a port from 1 to 65535.");
  return port;
}
