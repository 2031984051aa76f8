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
import { type Answer, refusal, speak } from "../output/answer.ts";
import { EXIT } from "../output/exit.ts";
import { failureAnswer, isAway } from "../output/failureAnswer.ts";
import { printable, printableJson } from "../output/printable.ts";
import { refuseRules } from "../output/refuseRules.ts";
import { openPrometheus } from "../wiring/openPrometheus.ts";
import { readDuration } from "../wiring/readDuration.ts";
import { rulesIn } from "../wiring/rulesIn.ts";
import { type JudgingSettings, withJudgingSettings } from "../wiring/sightSettings.ts";
import { findRoute } from "./owner/findRoute.ts";
import type { RouteArgument } from "./owner/routeArgument.ts";
import { namespaceOption, openCluster, type RouteSettings, routeArgument } from "./owner/routeCommand.ts";
import { renderReplay, replayJson } from "./replay/renderReplay.ts";
import { type Past, replayPast, servicesOf } from "./replay/replayPast.ts";

/** A day, looked at every five seconds. */
const MOST_LOOKS = 17_280;
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

What Prometheus has kept of a route's past is judged as the controller would
have judged it then, by these rules and from the route's baseline on. Nothing is
written, and the route need not be labelled yet: a rules file can be tried on
last week's outage.

What it cannot know: how many endpoints were ready then, so readiness says
nothing; and how the requests would have fared elsewhere, since they went by the
weights of their own time.

Exit status: 0 told, 1 the route cannot be judged, 2 wrong usage, 3 the API
server or Prometheus cannot be reached.
`;

/** `replay KIND/NAME`: what the rules would have done in the past. */
export function replayCommand(): Command {
  return withJudgingSettings(new Command("replay"))
    .description("tell what the rules would have done with a route in the past")
    .addArgument(routeArgument())
    .addOption(namespaceOption())
    .addOption(new Option("--from <time>", "how long ago, or when: 6h or RFC 3339").default({ agoMs: HOUR_MS }, "1h").argParser(readMoment))
    .addOption(new Option("--until <time>", "how long ago, or when").default({ agoMs: 0 }, "now").argParser(readMoment))
    .addOption(new Option("--interval <duration>", "time between two looks").default(INTERVAL_MS, "5s").argParser(readInterval))
    .addOption(new Option("-o, --output <format>", "how to print it").choices(["table", "json"]).default("table"))
    .addHelpText("after", EXAMPLES)
    .action(replay);
}

async function replay(argument: RouteArgument, settings: ReplaySettings): Promise<void> {
  const opened = await openPrometheus(settings);
  if ("wrong" in opened) return speak(refusal(opened.wrong));
  if (opened.prometheus === null) return speak(refusal("there is no past without a Prometheus", "--prometheus-url names it"));
  const span = spanOf(settings, Date.now());
  if ("message" in span) return speak(refusal(span.message, span.hint));
  const parsed = await rulesIn(settings.rules);
  if (!parsed.ok) return refuseRules(parsed.problems);
  const cluster = openCluster(settings);
  if ("answer" in cluster) return speak(cluster.answer);
  const found = await findRoute(cluster.kube, argument, cluster.namespace);
  if ("answer" in found) return speak(found.answer);
  speak(await replayRoute(cluster.kube, found.route, parsed.rules, { ...span, ...settings }, opened.prometheus.client));
}

export interface ReplaySpan {
  readonly fromMs: number;
  readonly untilMs: number;
  /** Time between two looks. */
  readonly interval: number;
  readonly output: "table" | "json";
}

/** Replays the past of a route that was found. */
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
  if (!route.splits.some(({ backends }) => backends.length > 1))
    return cannot(route.problems[0]?.text ?? "it has no two backends to shift between");
  const remotes = await remotesOf(kube, route);
  if ("status" in remotes) return failureAnswer("cannot read its Services", remotes);
  const past: Past = { route, rule, brakes: rules.brakes, ...remotes, fromMs, untilMs, intervalMs: interval };
  const replayed = await replayPast(past, prometheus);
  if ("cannot" in replayed) return cannot(replayed.cannot);
  if ("away" in replayed) {
    const hint = "--prometheus-url names it";
    return { exit: EXIT.unreachable, remarks: [{ message: `Prometheus was asked: ${replayed.away}`, hint }] };
  }
  const page = output === "json" ? printableJson(replayJson(past, replayed)) : printable(renderReplay(past, replayed));
  const { unanswered, looks, why } = replayed;
  const remarks = unanswered > 0 ? [{ message: `${unanswered} of ${looks} looks did not get all their answers: ${why}` }] : [];
  return { exit: EXIT.fine, page, remarks };
}

/** What of its backends is in other clusters. A Service that may not be read counts as one of this cluster. */
async function remotesOf(kube: KubeApi, route: Route): Promise<Pick<Past, "linked" | "clusters"> | KubeFailure> {
  const linked = new Map<string, string>();
  const clusters = new Map<string, string>();
  for (const key of servicesOf(route)) {
    const [namespace = "", name = ""] = key.split("/");
    const found = await kube.get(resourcePath({ group: "", version: "v1", plural: "services", namespace, name }));
    if (!found.ok && isAway(found)) return found;
    const remote = found.ok ? readRemote(found.value) : null;
    if (remote === null || remote.cluster === null) continue;
    linked.set(key, remote.cluster);
    if (remote.kind === "gateway") clusters.set(key, remote.cluster);
  }
  return { linked, clusters };
}

function spanOf(
  { from, until, interval }: ReplaySettings,
  nowMs: number,
): ReplayBounds | { readonly message: string; readonly hint: string } {
  const momentOf = (moment: Moment) => ("atMs" in moment ? moment.atMs : nowMs - moment.agoMs);
  const fromMs = momentOf(from);
  const untilMs = momentOf(until);
  if (untilMs > nowMs) return { message: "--until is yet to come", hint: "without it the past ends now" };
  if (fromMs >= untilMs) return { message: "--from is not before --until", hint: "a duration is how long ago, as in --from 6h --until 5h" };
  if ((untilMs - fromMs) / interval > MOST_LOOKS)
    return { message: `these are more than ${MOST_LOOKS} looks`, hint: "a longer --interval needs fewer, or a part of the time is enough" };
  return { fromMs, untilMs };
}

type ReplayBounds = Pick<ReplaySpan, "fromMs" | "untilMs">;

function readMoment(text: string): Moment {
  const ago = parseDuration(text);
  if (!("wrong" in ago)) return { agoMs: ago.value };
  const atMs = readTime(text);
  if (atMs === null) throw new InvalidArgumentError("It must be a duration, as 6h, or a time as 2026-01-31T12:00:00Z.");
  return { atMs };
}

function readInterval(text: string): number {
  const intervalMs = readDuration(text);
  if (intervalMs < 1_000) throw new InvalidArgumentError("It must be at least 1s.");
  return intervalMs;
}
