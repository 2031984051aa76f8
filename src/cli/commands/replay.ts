import { Command, Option } from "commander";
import type { KubeApi, KubeFailure } from "../../kube/kubeApi.ts";
import { resourcePath } from "../../kube/resourcePath.ts";
import type { PrometheusClient } from "../../observer/prometheus.ts";
import { readRemote } from "../../observer/remote.ts";
import { type Route, routeKey } from "../../routes/route.ts";
import { ruleFor } from "../../rules/ruleFor.ts";
import type { RuleSet } from "../../rules/ruleSet.ts";
import { type Answer, printAnswer, usageError } from "../output/answer.ts";
import { EXIT } from "../output/exit.ts";
import { failureAnswer, gotNoAnswer } from "../output/failureAnswer.ts";
import { printable, printableJson } from "../output/printable.ts";
import { refuseRules } from "../output/refuseRules.ts";
import { written } from "../output/written.ts";
import { findPrometheus } from "../wiring/findPrometheus.ts";
import { openPrometheus } from "../wiring/openPrometheus.ts";
import { rulesIn } from "../wiring/rulesIn.ts";
import { type JudgingSettings, withJudgingSettings } from "../wiring/sightSettings.ts";
import { findRoute } from "./owner/findRoute.ts";
import type { RouteArgument } from "./owner/routeArgument.ts";
import { namespaceOption, openCluster, type RouteSettings, routeAction, withRoute } from "./owner/routeCommand.ts";
import { compareReplays, comparisonJson, renderComparison, type Side } from "./replay/compareReplays.ts";
import { comparisonPage } from "./replay/comparisonPage.ts";
import { servicesOf } from "./replay/recordedRoute.ts";
import { type RecordFile, recordFileIn } from "./replay/recordFile.ts";
import { renderReplay, replayJson } from "./replay/renderReplay.ts";
import { renderSuggestion, suggestionJson } from "./replay/renderSuggestion.ts";
import { replayFile } from "./replay/replayFile.ts";
import { type NotReplayed, type Past, type Replayed, replayPast } from "./replay/replayPast.ts";
import { HOUR_MS, type Moment, type ReplaySpan, readInterval, readMoment, replaySpan } from "./replay/replaySpan.ts";
import { sharedAnswers } from "./replay/sharedAnswers.ts";
import { suggestRules } from "./replay/suggestRules.ts";

interface ReplaySettings extends RouteSettings, JudgingSettings {
  readonly from: Moment;
  readonly until: Moment;
  readonly interval?: number;
  readonly output: "table" | "json";
  readonly compare?: readonly string[];
  readonly html?: string;
  readonly suggest?: true;
}

const EXAMPLES = `
Examples:
  linkerd-failover replay -n shop httproute/web \\
    --prometheus-url http://localhost:9090 --from 6h
  linkerd-failover replay -n shop httproute/web --from 7d
  linkerd-failover replay -n shop ts/web --rules examples/rules.yaml \\
    --prometheus-url http://localhost:9090 -o json

  linkerd-failover replay -n shop ts/web --compare \\
    examples/rules.yaml examples/readiness-only.yaml \\
    --prometheus-url http://localhost:9090

  linkerd-failover replay -n shop ts/web --from 30d --suggest

It evaluates what Prometheus has kept of the route's past with these rules,
starting from the route's baseline. It writes nothing, and the route needs no
label: try a rules file on last week's outage.

With a FILE of \`explain --export\` it makes the decisions in the file again, and
needs neither a cluster nor Prometheus.

A long time is evaluated at fewer points, so that Prometheus is asked no more
than for a day: a week at one tick every 35s. What it tells of seconds is then
rough; replay the hours of interest again.

The weights, the baseline and the ready endpoints of that time come from the
controller's own metrics or kube-state-metrics. Where Prometheus has none, the
weights were the baseline, and readiness has no opinion. How the requests would
have done on another backend is unknown, since they followed the weights.

Exit status: 0 replayed, 1 the route cannot be judged, or a decision is not the
same again, 2 wrong usage, 3 the API server or Prometheus cannot be reached.
`;

/** `replay KIND/NAME`: what the rules would have done in the past. */
export function replayCommand(): Command {
  const command = withRoute(withJudgingSettings(new Command("replay")))
    .description("show what the rules would have done with a route in the past")
    .addOption(namespaceOption())
    .addOption(
      new Option("--from <time>", "how long ago (6h, 7d), or a time in RFC 3339").default({ agoMs: HOUR_MS }, "1h").argParser(readMoment),
    )
    .addOption(new Option("--until <time>", "how long ago, or a time in RFC 3339").default({ agoMs: 0 }, "now").argParser(readMoment))
    .addOption(
      new Option(
        "--interval <duration>",
        "time between two ticks (default: 5s, or longer if the time has more than 17280 of them)",
      ).argParser(readInterval),
    )
    .addOption(new Option("-o, --output <format>", "output format").choices(["table", "json"]).default("table"))
    .addOption(new Option("--compare <file...>", "two rules files: show where they would have done different things"))
    .addOption(
      new Option("--suggest", "suggest thresholds and waits for this past, with reasons").conflicts(["compare", "html", "interval"]),
    )
    .addOption(new Option("--html <file>", "with --compare: also write a page for a browser"))
    .addHelpText("after", EXAMPLES);
  const instead = (words: readonly string[]) => {
    const record = recordFileIn(words);
    return record === null ? null : replayRecord(record, command.opts<ReplaySettings>());
  };
  return routeAction<ReplaySettings>(command, [], (argument, _, settings) => replay(argument, settings), { instead });
}

async function replayRecord({ file }: RecordFile, { output }: ReplaySettings): Promise<void> {
  printAnswer(await replayFile(file, output));
}

async function replay(argument: RouteArgument, settings: ReplaySettings): Promise<void> {
  const opened = await openPrometheus(settings);
  if ("wrong" in opened) return printAnswer(usageError(opened.wrong));
  const span = replaySpan(settings, Date.now());
  if ("message" in span) return printAnswer(usageError(span.message, span.hint));
  const files = settings.compare === undefined ? null : twoFiles(settings.compare);
  if (files !== null && "message" in files) return printAnswer(usageError(files.message, files.hint));
  const parsed = await rulesIn(files === null ? settings.rules : files[0]);
  if (!parsed.ok) return refuseRules(parsed.problems);
  const compared = files === null ? null : await rulesIn(files[1]);
  if (compared?.ok === false) return refuseRules(compared.problems);
  const cluster = openCluster(settings);
  if ("answer" in cluster) return printAnswer(cluster.answer);
  const found = await findRoute(cluster.kube, argument, cluster.namespace);
  if ("answer" in found) return printAnswer(found.answer);
  const prometheus = opened.prometheus ?? (await findPrometheus(cluster.kube, cluster.login, settings));
  if ("why" in prometheus) return printAnswer(usageError(noPrometheus(prometheus.why), "name it with --prometheus-url"));
  const { client } = prometheus;
  if (settings.suggest === true) {
    printAnswer(await suggestFor(cluster.kube, found.route, parsed.rules, { ...span, ...settings }, client));
  } else if (files === null || compared === null) {
    printAnswer(await replayRoute(cluster.kube, found.route, parsed.rules, { ...span, ...settings }, client));
  } else {
    const sides = [
      { file: files[0], rules: parsed.rules },
      { file: files[1], rules: compared.rules },
    ] as const;
    printAnswer(await compareRules(cluster.kube, found.route, sides, { ...span, ...settings }, client));
  }
  prometheus.stop?.();
}

function noPrometheus(why: string | null): string {
  return `a replay needs Prometheus: ${why ?? "there is no linkerd-viz"}`;
}

/** Replays the past of a route. */
export async function replayRoute(
  kube: KubeApi,
  route: Route,
  rules: RuleSet,
  span: ReplaySpan,
  prometheus: PrometheusClient,
): Promise<Answer> {
  const past = await pastOf(kube, route, rules, span);
  if ("exit" in past) return past;
  const replayed = await replayPast(past, prometheus);
  if (!("all" in replayed)) return notReplayed(route, replayed);
  const page = span.output === "json" ? printableJson(replayJson(past, replayed)) : printable(renderReplay(past, replayed));
  return { exit: EXIT.fine, page, remarks: remarksOn(replayed) };
}

/** Suggests a rule for a route, by its past. */
export async function suggestFor(
  kube: KubeApi,
  route: Route,
  rules: RuleSet,
  span: ReplaySpan,
  prometheus: PrometheusClient,
): Promise<Answer> {
  const past = await pastOf(kube, route, rules, span);
  if ("exit" in past) return past;
  const suggested = await suggestRules(past, prometheus);
  if (!("suggestion" in suggested)) return notReplayed(route, suggested);
  const page = span.output === "json" ? printableJson(suggestionJson(suggested)) : printable(renderSuggestion(suggested));
  return { exit: EXIT.fine, page, remarks: [] };
}

export interface ComparedRules {
  readonly file: string;
  readonly rules: RuleSet;
}

/** Replays the past of a route with two rules files, and shows where they differ. */
export async function compareRules(
  kube: KubeApi,
  route: Route,
  [before, after]: readonly [ComparedRules, ComparedRules],
  span: ReplaySpan & { readonly html?: string },
  prometheus: PrometheusClient,
): Promise<Answer> {
  const shared = sharedAnswers(prometheus);
  const side = async ({ file, rules }: ComparedRules): Promise<Side | Answer> => {
    const past = await pastOf(kube, route, rules, span);
    if ("exit" in past) return of(file, past);
    const replayed = await replayPast(past, shared);
    return "all" in replayed ? { file, past, replayed } : of(file, notReplayed(route, replayed));
  };
  const [one, other] = await Promise.all([side(before), side(after)]);
  if ("exit" in one) return one;
  if ("exit" in other) return other;
  const comparison = compareReplays([one, other]);
  const page = span.output === "json" ? printableJson(comparisonJson(comparison)) : printable(renderComparison(comparison));
  const failed = span.html === undefined ? null : await written(span.html, comparisonPage(comparison));
  if (failed !== null) return usageError(`${span.html} cannot be written: ${failed}`);
  return { exit: EXIT.fine, page, remarks: remarksOn(one.replayed) };
}

/** An answer that concerns one of the files. */
function of(file: string, answer: Answer): Answer {
  return { ...answer, remarks: answer.remarks.map((remark) => ({ ...remark, message: `${file}: ${remark.message}` })) };
}

function twoFiles(files: readonly string[]): readonly [string, string] | { readonly message: string; readonly hint: string } {
  const [one, other, ...more] = files;
  if (one !== undefined && other !== undefined && more.length === 0) return [one, other];
  return { message: "--compare takes two rules files", hint: "the route comes before it: replay ts/web --compare old.yaml new.yaml" };
}

/** What is replayed, or why it cannot be. */
async function pastOf(kube: KubeApi, route: Route, rules: RuleSet, { fromMs, untilMs, interval }: ReplaySpan): Promise<Past | Answer> {
  const rule = ruleFor(rules, route);
  if ("problem" in rule) return cannotBeJudged(route, rule.text);
  const notAccepted = route.problems.find(({ problem }) => problem === "not-accepted");
  if (notAccepted !== undefined) return cannotBeJudged(route, notAccepted.text);
  if (!route.splits.some(({ backends }) => backends.length > 1))
    return cannotBeJudged(route, route.problems[0]?.text ?? "it has fewer than two backends");
  const remotes = await remotesOf(kube, route);
  if ("status" in remotes) return failureAnswer("cannot read its Services", remotes);
  return { route, rule, brakes: rules.brakes, ...remotes, fromMs, untilMs, intervalMs: interval };
}

function cannotBeJudged(route: Route, why: string): Answer {
  return { exit: EXIT.no, remarks: [{ message: `${routeKey(route)} cannot be judged: ${why}` }] };
}

function notReplayed(route: Route, why: NotReplayed): Answer {
  if ("cannot" in why) return cannotBeJudged(route, why.cannot);
  return {
    exit: EXIT.unreachable,
    remarks: [{ message: `Prometheus does not answer: ${why.noAnswer}`, hint: "is --prometheus-url right?" }],
  };
}

function remarksOn({ unanswered, ticks, why }: Replayed): Answer["remarks"] {
  return unanswered > 0 ? [{ message: `in ${unanswered} of ${ticks} ticks not every query was answered: ${why}` }] : [];
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
