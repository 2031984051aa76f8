import { Command, InvalidArgumentError, Option } from "commander";
import type { KubeApi, KubeFailure } from "../../kube/kubeApi.ts";
import { resourcePath } from "../../kube/resourcePath.ts";
import type { PrometheusClient } from "../../observer/prometheus.ts";
import { readRemote } from "../../observer/remote.ts";
import { readTime } from "../../routes/rfc3339.ts";
import { type Route, routeKey } from "../../routes/route.ts";
import { parseDuration } from "../../rules/duration.ts";
import { ruleFor } from "../../rules/ruleFor.ts";
import type { RuleSet } from "../../rules/ruleSet.ts";
import { type Answer, printAnswer, usageError } from "../output/answer.ts";
import { EXIT } from "../output/exit.ts";
import { failureAnswer, gotNoAnswer } from "../output/failureAnswer.ts";
import { printable, printableJson } from "../output/printable.ts";
import { refuseRules } from "../output/refuseRules.ts";
import { openPrometheus } from "../wiring/openPrometheus.ts";
import { readDuration } from "../wiring/readDuration.ts";
import { rulesIn } from "../wiring/rulesIn.ts";
import { type JudgingSettings, withJudgingSettings } from "../wiring/sightSettings.ts";
import { findRoute } from "./owner/findRoute.ts";
import type { RouteArgument } from "./owner/routeArgument.ts";
import { namespaceOption, openCluster, type RouteSettings } from "./owner/routeCommand.ts";
import { servicesOf } from "./replay/recordedRoute.ts";
import { renderReplay, replayJson } from "./replay/renderReplay.ts";
import { replayFile } from "./replay/replayFile.ts";
import { type Past, replayPast } from "./replay/replayPast.ts";
import { isRecordFile, type RecordFile, routeOrFileArgument } from "./replay/routeOrFile.ts";

/** One day with a tick every five seconds. */
const MAX_TICKS = 17_280;
const HOUR_MS = 3_600_000;
const INTERVAL_MS = 5_000;

/** A point in time, or how long before now. */
type Moment = { readonly atMs: number } | { readonly agoMs: number };

interface ReplaySettings extends RouteSettings, JudgingSettings {
  readonly from: Moment;
  readonly until: Moment;
  readonly interval: number;
  readonly output: "table" | "json";
}

const EXAMPLES = `
Examples:
  linkerd-failover replay -n shop httproute/web \\
    --prometheus-url http://localhost:9090 --from 6h
  linkerd-failover replay -n shop ts/web --rules examples/rules.yaml \\
    --prometheus-url http://localhost:9090 -o json

It evaluates what Prometheus has kept of the route's past with these rules,
starting from the route's baseline. It writes nothing, and the route needs no
label: try a rules file on last week's outage.

With a FILE of \`explain --export\` it makes the decisions in the file again, and
needs neither a cluster nor Prometheus.

The weights, the baseline and the ready endpoints of that time come from the
controller's own metrics or kube-state-metrics. Where Prometheus has none, the
weights were the baseline, and readiness has no opinion. How the requests would
have done on another backend is unknown, since they followed the weights.

Exit status: 0 replayed, 1 the route cannot be judged, or a decision is not the
same again, 2 wrong usage, 3 the API server or Prometheus cannot be reached.
`;

/** `replay KIND/NAME`: what the rules would have done in the past. */
export function replayCommand(): Command {
  return withJudgingSettings(new Command("replay"))
    .description("show what the rules would have done with a route in the past")
    .addArgument(routeOrFileArgument())
    .addOption(namespaceOption())
    .addOption(
      new Option("--from <time>", "how long ago (6h), or a time in RFC 3339").default({ agoMs: HOUR_MS }, "1h").argParser(readMoment),
    )
    .addOption(new Option("--until <time>", "how long ago, or a time in RFC 3339").default({ agoMs: 0 }, "now").argParser(readMoment))
    .addOption(new Option("--interval <duration>", "time between two ticks").default(INTERVAL_MS, "5s").argParser(readInterval))
    .addOption(new Option("-o, --output <format>", "output format").choices(["table", "json"]).default("table"))
    .addHelpText("after", EXAMPLES)
    .action(replay);
}

async function replay(argument: RouteArgument | RecordFile, settings: ReplaySettings): Promise<void> {
  if (isRecordFile(argument)) return printAnswer(await replayFile(argument.file, settings.output));
  const opened = await openPrometheus(settings);
  if ("wrong" in opened) return printAnswer(usageError(opened.wrong));
  if (opened.prometheus === null) return printAnswer(usageError("a replay needs Prometheus", "set --prometheus-url"));
  const span = spanOf(settings, Date.now());
  if ("message" in span) return printAnswer(usageError(span.message, span.hint));
  const parsed = await rulesIn(settings.rules);
  if (!parsed.ok) return refuseRules(parsed.problems);
  const cluster = openCluster(settings);
  if ("answer" in cluster) return printAnswer(cluster.answer);
  const found = await findRoute(cluster.kube, argument, cluster.namespace);
  if ("answer" in found) return printAnswer(found.answer);
  printAnswer(await replayRoute(cluster.kube, found.route, parsed.rules, { ...span, ...settings }, opened.prometheus.client));
}

export interface ReplaySpan {
  readonly fromMs: number;
  readonly untilMs: number;
  /** Time between two ticks. */
  readonly interval: number;
  readonly output: "table" | "json";
}

/** Replays the past of a route. */
export async function replayRoute(
  kube: KubeApi,
  route: Route,
  rules: RuleSet,
  { fromMs, untilMs, interval, output }: ReplaySpan,
  prometheus: PrometheusClient,
): Promise<Answer> {
  const cannot = (why: string): Answer => ({ exit: EXIT.no, remarks: [{ message: `${routeKey(route)} cannot be judged: ${why}` }] });
  const rule = ruleFor(rules, route);
  if ("problem" in rule) return cannot(rule.text);
  const notAccepted = route.problems.find(({ problem }) => problem === "not-accepted");
  if (notAccepted !== undefined) return cannot(notAccepted.text);
  if (!route.splits.some(({ backends }) => backends.length > 1)) return cannot(route.problems[0]?.text ?? "it has fewer than two backends");
  const remotes = await remotesOf(kube, route);
  if ("status" in remotes) return failureAnswer("cannot read its Services", remotes);
  const past: Past = { route, rule, brakes: rules.brakes, ...remotes, fromMs, untilMs, intervalMs: interval };
  const replayed = await replayPast(past, prometheus);
  if ("cannot" in replayed) return cannot(replayed.cannot);
  if ("noAnswer" in replayed) {
    const hint = "is --prometheus-url right?";
    return { exit: EXIT.unreachable, remarks: [{ message: `Prometheus does not answer: ${replayed.noAnswer}`, hint }] };
  }
  const page = output === "json" ? printableJson(replayJson(past, replayed)) : printable(renderReplay(past, replayed));
  const { unanswered, ticks, why } = replayed;
  const remarks = unanswered > 0 ? [{ message: `in ${unanswered} of ${ticks} ticks not every query was answered: ${why}` }] : [];
  return { exit: EXIT.fine, page, remarks };
}

/** The backends that are in other clusters. A Service that we may not read counts as local. */
async function remotesOf(kube: KubeApi, route: Route): Promise<Pick<Past, "linked" | "clusters" | "elsewhere"> | KubeFailure> {
  const linked = new Map<string, string>();
  const clusters = new Map<string, string>();
  const elsewhere = new Set<string>();
  for (const key of servicesOf(route)) {
    const [namespace = "", name = ""] = key.split("/");
    const found = await kube.get(resourcePath({ group: "", version: "v1", plural: "services", namespace, name }));
    if (!found.ok && gotNoAnswer(found)) return found;
    const remote = found.ok ? readRemote(found.value) : null;
    if (remote?.kind === "elsewhere") elsewhere.add(key);
    if (remote === null || remote.cluster === null) continue;
    linked.set(key, remote.cluster);
    if (remote.kind === "gateway") clusters.set(key, remote.cluster);
  }
  return { linked, clusters, elsewhere };
}

function spanOf(
  { from, until, interval }: ReplaySettings,
  nowMs: number,
): ReplayBounds | { readonly message: string; readonly hint: string } {
  const momentOf = (moment: Moment) => ("atMs" in moment ? moment.atMs : nowMs - moment.agoMs);
  const fromMs = momentOf(from);
  const untilMs = momentOf(until);
  if (untilMs > nowMs) return { message: "--until is in the future", hint: "without it the replay ends now" };
  if (fromMs >= untilMs)
    return { message: "--from is not before --until", hint: "a duration means how long ago, as in --from 6h --until 5h" };
  if ((untilMs - fromMs) / interval > MAX_TICKS)
    return { message: `these are more than ${MAX_TICKS} ticks`, hint: "use a longer --interval, or a shorter time" };
  return { fromMs, untilMs };
}

type ReplayBounds = Pick<ReplaySpan, "fromMs" | "untilMs">;

function readMoment(text: string): Moment {
  const ago = parseDuration(text);
  if (!("wrong" in ago)) return { agoMs: ago.value };
  const atMs = readTime(text);
  if (atMs === null) throw new InvalidArgumentError("It must be a duration such as 6h, or a time such as 2026-01-31T12:00:00Z.");
  return { atMs };
}

function readInterval(text: string): number {
  const intervalMs = readDuration(text);
  if (intervalMs < 1_000) throw new InvalidArgumentError("It must be at least 1s.");
  return intervalMs;
}
