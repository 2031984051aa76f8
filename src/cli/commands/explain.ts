import { Command, InvalidArgumentError, Option } from "commander";
import { wholeRouteJson } from "../../admin/routeJson.ts";
import type { KubeApi } from "../../kube/kubeApi.ts";
import { isManaged } from "../../observer/managed.ts";
import type { PrometheusClient } from "../../observer/prometheus.ts";
import { routeKey } from "../../routes/route.ts";
import type { RulesProblem } from "../../rules/rulesProblem.ts";
import { type Answer, type Remark, refusal, speak } from "../output/answer.ts";
import { EXIT } from "../output/exit.ts";
import { type Paper, paperOf } from "../output/paper.ts";
import { printableJson } from "../output/printable.ts";
import { refuseRules } from "../output/refuseRules.ts";
import { readNamespace, type Selector, setting } from "../wiring/clusterSettings.ts";
import { openPrometheus } from "../wiring/openPrometheus.ts";
import { rulesIn } from "../wiring/rulesIn.ts";
import { type JudgingSettings, withJudgingSettings } from "../wiring/sightSettings.ts";
import { askAddress, askLeader, type ControllerPlace, type Told } from "./explain/askController.ts";
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
  readonly output: "table" | "json";
}

const EXAMPLES = `
Examples:
  linkerd-failover explain -n shop httproute/web
  linkerd-failover explain -n shop ts/web -o json
  linkerd-failover explain -n shop ts/web --address http://localhost:8080

The controller that leads is asked: by way of the API server, which takes the
right to get pods/proxy, or at --address, as behind kubectl port-forward. Where
none can be asked, it takes a look of its own, by --rules and --prometheus-url,
as a controller would that starts at this moment: what was waited for until now
it cannot know.

Exit status: 0 told, 1 the route is not managed, 2 wrong usage, 3 the API
server, or the controller at --address, cannot be reached.
`;

/** `explain KIND/NAME`: why each backend has its weight, and what would change it. */
export function explainCommand(): Command {
  return withJudgingSettings(new Command("explain"))
    .description("tell why each backend of a route has its weight now, and what would change it")
    .addArgument(routeArgument())
    .addOption(namespaceOption())
    .addOption(new Option("--address <url>", "the controller's admin server").argParser(readAddress))
    .addOption(
      setting("--controller-namespace <name>", "where the controller runs, for its Lease and pods", "namespace")
        .default("linkerd-failover")
        .argParser(readNamespace),
    )
    .addOption(setting("--admin-port <number>", "port of the controller's admin server in its pod").default(8080).argParser(readPort))
    .addOption(new Option("-o, --output <format>", "how to print it").choices(["table", "json"]).default("table"))
    .addHelpText("after", EXAMPLES)
    .action(explain);
}

async function explain(argument: RouteArgument, settings: ExplainSettings): Promise<void> {
  const opened = await openPrometheus(settings);
  if ("wrong" in opened) return speak(refusal(opened.wrong));
  const cluster = openCluster(settings);
  const { address, output } = settings;
  const print: Printing = { output, nowMs: Date.now(), paper: paperOf(process.stdout) };
  if (address !== undefined) {
    const namespace = settings.namespace ?? ("answer" in cluster ? "default" : cluster.namespace);
    return speak(answerOf(await askAddress(address, { kind: argument.codec.kind, namespace, name: argument.name }), print));
  }
  if ("answer" in cluster) return speak(cluster.answer);
  const scope: ExplainScope = {
    namespace: cluster.namespace,
    controller: { namespace: settings.controllerNamespace, port: settings.adminPort },
    selector: settings.selector ?? null,
    prometheus: opened.prometheus?.client ?? null,
    rulesFile: settings.rules,
  };
  const answer = await explainRoute(cluster.kube, argument, scope, print);
  if ("problems" in answer) refuseRules(answer.problems);
  else speak(answer);
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

/** What the controller that leads tells of a route; where none can be asked, what an own look tells. */
export async function explainRoute(
  kube: KubeApi,
  argument: RouteArgument,
  { namespace, controller, selector, prometheus, rulesFile }: ExplainScope,
  print: Printing,
): Promise<Answer | { readonly problems: readonly RulesProblem[] }> {
  const found = await findRoute(kube, argument, namespace);
  if ("answer" in found) return found.answer;
  const told = await askLeader(kube, controller, found.route);
  if (told.ok) return answerOf(told, print);
  const key = routeKey(found.route);
  if (!isManaged(found.object.metadata?.labels, selector)) return notManaged(key);
  const parsed = await rulesIn(rulesFile);
  if (!parsed.ok) return { problems: parsed.problems };
  return ownAnswer(await ownTick({ kube, prometheus, rules: parsed.rules, selector }, found.route), told.why, key, print);
}

export interface Printing {
  readonly output: "table" | "json";
  readonly nowMs: number;
  readonly paper: Paper;
}

/** What a controller told, or that the one which was named did not. */
function answerOf(told: Told, { output, nowMs, paper }: Printing): Answer {
  if (!told.ok) {
    const message = `the controller was asked: ${told.why}`;
    if (told.answered) return { exit: EXIT.no, remarks: [{ message }] };
    const hint = "--address is that of its admin server, as behind `kubectl port-forward`";
    return { exit: EXIT.unreachable, remarks: [{ message, hint }] };
  }
  const view = readRouteView(told.value);
  if (view === null) return { exit: EXIT.no, remarks: [{ message: `${told.by} told something that is no route` }] };
  const source = `as ${told.by} sees it`;
  const page = output === "json" ? printableJson({ source, ...(told.value as object) }) : renderExplanation(view, source, nowMs, paper);
  return { exit: EXIT.fine, page, remarks: [] };
}

function ownAnswer(look: Awaited<ReturnType<typeof ownTick>>, why: string, key: string, print: Printing): Answer {
  const asked: Remark = {
    message: `no controller could be asked: ${why}`,
    hint: "this is an own look, which knows of no waits until now; --controller-namespace, --admin-port or --address lead to the controller",
  };
  if ("why" in look) return { exit: EXIT.no, remarks: [asked, { message: `the own look cannot see all that it needs: ${look.why}` }] };
  if (look.state === null) return notManaged(key);
  const value = wholeRouteJson(look.state, []);
  const { page = "", exit } = answerOf({ ok: true, value, by: "an own look, just now," }, print);
  return { exit, page, remarks: [asked] };
}

function notManaged(key: string): Answer {
  const hint = "label it with failover.linkerd.io/controlled-by=linkerd-failover; --selector names another label";
  return { exit: EXIT.no, remarks: [{ message: `${key} is not managed: nobody moves its weights`, hint }] };
}

function readAddress(text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "")
    throw new InvalidArgumentError("It must be an http or https URL without a login.");
  return text;
}

function readPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) throw new InvalidArgumentError("It must be a port, from 1 to 65535.");
  return port;
}
