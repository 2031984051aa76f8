import type { Frame } from "../../../evaluator/model/observation.ts";
import { NO_SUSPECTS } from "../../../evaluator/model/suspects.ts";
import type { PrometheusClient } from "../../../observer/prometheus.ts";
import { atBaseline } from "../../../routes/atBaseline.ts";
import { outagesIn, type SeenShare, seenShares, watchingOnly } from "../../../simulator/outages.ts";
import { CANDIDATES, GRID, MAX_EVALUATIONS, type Stretch, type Suggestion, suggest } from "../../../simulator/suggest.ts";
import { PastReader } from "./pastReader.ts";
import type { NotReplayed, Past } from "./replayPast.ts";
import { sharedAnswers } from "./sharedAnswers.ts";

/** Less of a past tells nothing of usual noise. */
const SHORTEST_PAST_MS = 3_600_000;
/** Ticks of the parts that are evaluated closely. */
const CLOSE_INTERVAL_MS = 5_000;
const MAX_CLOSE_TICKS = Math.floor(MAX_EVALUATIONS / CANDIDATES);
/** Time before and after a bad moment that is evaluated with it. */
const AROUND_MS = 600_000;
const SHORTEST_WINDOW_MS = GRID.windowMs[0];
const MAX_TICKS_WITHOUT_ANSWER = 5;

export interface Suggested {
  readonly past: Past;
  readonly suggestion: Suggestion;
  /** The parts of the past that were evaluated closely. */
  readonly stretches: readonly Stretch[];
}

/**
 * Finds outages and noise in a route's past, and tries rules on the worst parts of it. A long past is first read at the
 * ticks of `past`, with windows that leave no gap between them.
 */
export async function suggestRules(past: Past, prometheus: PrometheusClient): Promise<Suggested | NotReplayed> {
  if (past.untilMs - past.fromMs < SHORTEST_PAST_MS)
    return { cannot: "its past is too short to suggest anything: at least 1h is needed, and a week with an outage tells most" };
  const client = sharedAnswers(prometheus);
  const spans = await spansOf(past, client);
  if ("noAnswer" in spans || "cannot" in spans) return spans;
  const stretches: Stretch[] = [];
  for (const span of spans) {
    const stretch = await stretchOf({ ...past, ...span, intervalMs: CLOSE_INTERVAL_MS }, client);
    if (!("frames" in stretch)) return stretch;
    stretches.push(stretch);
  }
  const suggestion = suggest(past.rule, past.brakes, stretches, CLOSE_INTERVAL_MS);
  return { past, suggestion, stretches };
}

type Span = Pick<Past, "fromMs" | "untilMs">;

/** The parts of the past with the smallest shares of good requests, each with what is around it, the oldest first. */
async function spansOf(past: Past, prometheus: PrometheusClient): Promise<readonly Span[] | NotReplayed> {
  const { fromMs, untilMs, intervalMs } = past;
  const windowMs = Math.max(SHORTEST_WINDOW_MS, intervalMs);
  const frames = await framesOf(past, windowMs, prometheus);
  if (!Array.isArray(frames)) return frames;
  const seen = seenShares(frames, rulesOf(past), windowMs, intervalMs).filter(({ atMs }) => atMs >= fromMs);
  if (seen.length === 0) return { cannot: "in its past no window has enough requests to tell anything" };
  const spans: Span[] = [];
  const aroundMs = AROUND_MS + windowMs;
  const ticksOf = (span: Span) => (span.untilMs - span.fromMs) / CLOSE_INTERVAL_MS;
  let left = MAX_CLOSE_TICKS;
  // Where no request fails no rule moves anything.
  for (const { atMs } of worstFirst(seen.filter(({ good, total }) => good < total))) {
    if (spans.some((span) => atMs >= span.fromMs && atMs <= span.untilMs)) continue;
    const before = spans.map((span) => span.untilMs).filter((endMs) => endMs < atMs);
    const after = spans.map((span) => span.fromMs).filter((beginMs) => beginMs > atMs);
    // No moment is evaluated twice.
    const span = { fromMs: Math.max(fromMs, atMs - aroundMs, ...before), untilMs: Math.min(untilMs, atMs + aroundMs, ...after) };
    if (ticksOf(span) > left) break;
    left -= ticksOf(span);
    spans.push(span);
  }
  return spans.toSorted((a, b) => a.fromMs - b.fromMs);
}

function worstFirst(seen: readonly SeenShare[]): readonly SeenShare[] {
  return seen.toSorted((a, b) => a.good / a.total - b.good / b.total);
}

async function stretchOf(past: Past, prometheus: PrometheusClient): Promise<Stretch | NotReplayed> {
  const { fromMs, untilMs, intervalMs } = past;
  const frames = new Map<number, readonly Frame[]>();
  for (const windowMs of GRID.windowMs) {
    const own = await framesOf(past, windowMs, prometheus);
    if (!Array.isArray(own)) return own;
    frames.set(windowMs, own);
  }
  const seen = seenShares(frames.get(SHORTEST_WINDOW_MS) ?? [], rulesOf(past), SHORTEST_WINDOW_MS, intervalMs);
  const outages = outagesIn(
    seen.filter(({ atMs }) => atMs >= fromMs),
    intervalMs,
  );
  return { fromMs, untilMs, frames, outages };
}

/** What Prometheus knows of the route at each tick, with the ticks before that fill the window. */
async function framesOf(past: Past, windowMs: number, prometheus: PrometheusClient): Promise<Frame[] | NotReplayed> {
  const { fromMs, untilMs, intervalMs, rule, brakes } = past;
  const reader = new PastReader(past, atBaseline(past.route), { rules: [watchingOnly(rule, windowMs)], brakes }, prometheus);
  const frames: Frame[] = [];
  let unanswered = 0;
  for (let atMs = fromMs - (Math.ceil(windowMs / intervalMs) + 1) * intervalMs; atMs <= untilMs; atMs += intervalMs) {
    const answers = await reader.read(atMs);
    unanswered = answers.failures.length <= answers.asked ? 0 : unanswered + 1;
    const [why] = answers.failures;
    if (why !== undefined && unanswered >= MAX_TICKS_WITHOUT_ANSWER) return { noAnswer: why };
    frames.push(await reader.frame(answers, NO_SUSPECTS));
  }
  return frames;
}

function rulesOf({ rule, brakes }: Past) {
  return { rules: [rule], brakes };
}
