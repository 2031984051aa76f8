import { formatDuration } from "../../rules/duration.ts";
import { type PrometheusName, usualPrometheus } from "../../rules/prometheusName.ts";
import { formatShare } from "../../rules/share.ts";
import type { Brake, Condition, Hold, LoneClient, Reason } from "../model/reason.ts";

/** One reason as a sentence. Log, Events, page, `explain` and stories use it. */
export function reasonText(reason: Reason): string {
  switch (reason.kind) {
    case "ready":
      return reason.ready < reason.minReady
        ? `readiness: ${reason.ready} ready, at least ${reason.minReady} needed`
        : `readiness: ${reason.ready} ready`;
    case "readinessSilent":
      return reason.why === "elsewhere"
        ? "readiness: unknown (it has no endpoints in the part of this cluster that is watched)"
        : "readiness: unknown (the watch is silent)";
    case "share":
      return `${reason.signal}${askedText(reason.signal, reason.thresholds)}: ${shareText(reason)}`;
    case "gateway":
      return `gateway of cluster ${reason.cluster}: ${gatewayText(reason)}`;
    case "query":
      return `query ${reason.name}${askedText("query", reason)}: ${queryText(reason)}`;
    case "noMetrics":
      return `${reason.signal}${askedText(reason.signal, reason)}: ${noMetricsText(reason)}; this moves nothing`;
    case "lostRequests":
      return `successRate: unknown (its weight promised ${count(reason.promised)} requests, ${count(reason.received)} were answered)`;
    case "waiting":
      return waitingText(reason);
    case "trial":
      return trialText(reason);
    case "stepping":
      return `returning: step ${reason.step + 1} of ${reason.steps}, ${formatShare(reason.share)} of its traffic`;
    case "sure":
      return `${reason.signal}: new failures leave no doubt, so the last ${inSeconds(reason.leftMs)} of failAfter are not awaited`;
    case "removed":
      return `removed because of ${reason.cause}`;
    case "brake":
      return `held by ${reason.brake}${reason.leftMs === undefined ? "" : ` for another ${inSeconds(reason.leftMs)}`}: ${brakeText(reason)}`;
    case "spill":
      return `capacity: too few ready endpoints for the whole load, so the tiers carry ${reason.loads.map((load) => `${load} %`).join(", ")} of it`;
    case "warm":
      return `standbys are kept warm with ${formatShare(reason.share)} of the traffic`;
    case "pinned":
      return reason.untilMs === null
        ? "pinned by its owner, without end"
        : `pinned by its owner until ${new Date(reason.untilMs).toISOString()}`;
  }
}

/** Which Prometheus is asked, where it is not the usual one. */
function askedText(signal: string, { prometheus }: { readonly prometheus?: PrometheusName | undefined }): string {
  return prometheus === undefined || prometheus === usualPrometheus(signal) ? "" : ` (${prometheus} Prometheus)`;
}

function shareText(reason: Extract<Reason, { kind: "share" }>): string {
  const { recoverAbove, minRequests, windowMs } = reason.thresholds;
  const window = formatDuration(windowMs);
  const what = reason.signal === "latency" ? "responses" : "requests";
  // Counts are extrapolated: a part of a request is none.
  if (reason.total < 0.5) return `no ${what} in ${window}`;
  const seen = `${percent(reason.good / reason.total)} of ${count(reason.total)} ${what} in ${window} ${goodText(reason)}`;
  switch (reason.opinion) {
    case "unfit":
      return `${seen}; upper bound ${percent(reason.interval.upper)}, below ${failText(reason)}${attributedText(reason)}`;
    case "fit":
      return `${seen}, at least ${formatShare(recoverAbove)}${attributedText(reason)}`;
    case "between":
      return `${seen}${betweenText(reason)}${attributedText(reason)}`;
    case "quiet":
      return `${seen}; too few to judge, ${minRequests} needed${attributedText(reason)}`;
  }
}

function attributedText({ unaccounted }: Extract<Reason, { kind: "share" }>): string {
  if (unaccounted < 0.5) return "";
  const failures =
    unaccounted < 1.5 ? "1 failure that reached no endpoint is" : `${count(unaccounted)} failures that reached no endpoint are`;
  return `; ${failures} attributed to it`;
}

/** The ratio is below `recoverAbove`, and the upper end of its interval is not below `failBelow`. */
function betweenText(reason: Extract<Reason, { kind: "share" }>): string {
  const { signal, good, total, interval, thresholds } = reason;
  if (good / total < thresholds.failBelow) return `; upper bound ${percent(interval.upper)}, not below ${failText(reason)}`;
  const recover = formatShare(thresholds.recoverAbove);
  return `, between ${failText(reason)} and ${signal === "unanswered" ? recover : `recoverAbove ${recover}`}`;
}

/** The threshold by its name in the rules. Those of `unanswered` are shares of what is not answered. */
function failText({ signal, thresholds: { failBelow } }: Extract<Reason, { kind: "share" }>): string {
  const share = formatShare(failBelow);
  return signal === "unanswered" ? `${share} (failAbove ${formatShare(1 - failBelow)})` : `failBelow ${share}`;
}

function goodText({ signal, thresholds }: Extract<Reason, { kind: "share" }>): string {
  switch (signal) {
    case "successRate":
      return "good";
    case "latency":
      return `within ${formatDuration(thresholds.underMs ?? 0)}`;
    case "unanswered":
      return "answered";
  }
}

function gatewayText({ gateway }: Extract<Reason, { kind: "gateway" }>): string {
  switch (gateway) {
    case "alive":
      return "alive";
    case "dying":
      return "dead at one tick; a second tick decides";
    case "dead":
      return "dead";
    case "unprobed":
      return "unknown (not probed)";
    case "unknown":
      return "unknown (no answer from Prometheus)";
  }
}

function queryText({ opinion, value, failAbove, recoverBelow }: Extract<Reason, { kind: "query" }>): string {
  if (opinion === "unfit") return `${value}, above failAbove ${failAbove}`;
  return opinion === "fit"
    ? `${value}, ${recoverBelow} or less`
    : `${value}, between recoverBelow ${recoverBelow} and failAbove ${failAbove}`;
}

function noMetricsText({ signal, why, error }: Extract<Reason, { kind: "noMetrics" }>): string {
  if (why === "quiet") return "no sample, as expected without traffic";
  if (why === "failed") return `unknown (no answer from Prometheus${error === undefined ? "" : `: ${error}`})`;
  return signal.startsWith("query ")
    ? "unknown (the answer has no sample)"
    : "unknown (Prometheus has no series for it although it has weight)";
}

function waitingText(reason: Extract<Reason, { kind: "waiting" }>): string {
  const left = inSeconds(reason.leftMs);
  const relapsed = reason.relapses > 0 ? `, longer after ${reason.relapses} relapse${reason.relapses === 1 ? "" : "s"}` : "";
  switch (reason.for) {
    case "failAfter":
      return `waiting: removed if this lasts another ${left}`;
    case "recoverAfter":
      return `waiting: must be good for ${reason.condition === "bad" ? "" : "another "}${left} before any traffic returns${relapsed}${conditionText(reason.condition)}`;
    case "step":
      return reason.leftMs > 0 ? `waiting: next step in ${left} if it stays good` : "waiting: next step as soon as it is good";
    case "write":
      return "waiting: its step is not written yet";
    case "evidence":
      return "waiting: its last step was not written; it needs new evidence first";
  }
}

function trialText({ why, good, total, promised, needed, carriers }: Extract<Reason, { kind: "trial" }>): string {
  const answered = `trial: ${count(good)} of ${count(total)} requests since the step began are good`;
  switch (why) {
    case "enough":
      return answered;
    case "tooFew":
      return `${answered}; the next step needs ${count(needed)}`;
    case "untested":
      return "trial: all of its traffic returns only after a good request; none was sent since the step began";
    case "worse":
      return carriers === null
        ? `${answered}; the next step needs a larger part`
        : `${answered}, a smaller part than ${percent(carriers.good / carriers.total)} of the backends that carry the load`;
    case "unanswered":
      return promised === null
        ? `trial: it answered ${count(total)} requests since the step began, while the backends that carry the load answered theirs`
        : `trial: its weight promised ${count(promised)} requests since the step began, it answered ${count(total)}`;
    case "unfit":
      return `${answered}; that is unfit`;
  }
}

function conditionText(condition: Condition): string {
  switch (condition) {
    case "good":
      return "";
    case "bad":
      return "; not good yet";
    case "signalLoss":
      return "; unknown now: metrics are not trusted";
    case "staleWatch":
      return "; unknown now: the endpoint watch is silent";
    case "gatewayDeadOnce":
      return "; unknown now: its gateway was dead at one tick";
    case "gatewayUnknown":
      return "; unknown now: the state of its gateway is unknown";
    case "warmUp":
      return "; unknown now: the first window of metrics is not complete";
    case "between":
      return "; unknown now: it is between the thresholds";
    case "worse":
      return "; not good yet: it does worse than the backends that carry the load";
    case "noReading":
      return "; unknown now: the signal that removed it has no reading";
  }
}

function brakeText({ brake, awaits, client, by }: Hold): string {
  if (by !== undefined) return `${by} put the baseline back`;
  if (client !== undefined) return loneClientText(client);
  if (awaits === "gateway") return "after the start a gateway needs a second tick";
  return BRAKE_TEXTS[brake];
}

function loneClientText({ name, failures, total, others, othersGood, othersTotal }: LoneClient): string {
  const own = `only client ${name} sees failures, for ${count(failures)} of its ${count(total)} requests`;
  return `${own}; ${percent(othersGood / othersTotal)} of ${count(othersTotal)} requests of ${others} other clients are good`;
}

const BRAKE_TEXTS: Readonly<Record<Brake, string>> = {
  maxShifted: "enough other routes have just left their baseline because of metrics",
  signalLoss: "many routes lost their metrics in one tick, so metrics are not trusted",
  minTimeBetweenWrites: "the last decision about this route was made a moment ago",
  sharedFate: "its load would go to a backend that does no better",
  oneClient: "only one client sees failures",
  warmUp: "the first window of metrics is not complete",
  noneFit: "no backend is fit; the rule's whenNoneFit says which one carries the load",
  reapplied: "another writer put the baseline back",
  frozen: "frozen by its owner",
};

/** A wait in whole seconds, rounded up, so that a wait that has not ended never reads `0s`. */
export function inSeconds(ms: number): string {
  return formatDuration(Math.max(0, Math.ceil(ms / 1_000) * 1_000));
}

function count(requests: number): string {
  return String(Math.round(requests));
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
