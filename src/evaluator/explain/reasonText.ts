import { formatDuration } from "../../rules/duration.ts";
import { formatShare } from "../../rules/share.ts";
import type { Brake, Looks, Reason } from "../model/reason.ts";

/** One reason, as a person would say it. */
export function reasonText(reason: Reason): string {
  switch (reason.kind) {
    case "ready":
      return reason.ready < reason.minReady
        ? `readiness: ${reason.ready} ready, at least ${reason.minReady} needed`
        : `readiness: ${reason.ready} ready`;
    case "readinessSilent":
      return reason.why === "elsewhere"
        ? "readiness: has no endpoints in what is watched of this cluster, so readiness says nothing"
        : "readiness: the watch is silent, so readiness says nothing";
    case "share":
      return `${reason.signal}: ${shareText(reason)}`;
    case "gateway":
      return `gateway: ${gatewayText(reason)}`;
    case "query":
      return `query ${reason.name}: ${queryText(reason)}`;
    case "noMetrics":
      return `${reason.signal}: ${silenceText(reason)}; this moves nothing`;
    case "lostRequests":
      return `successRate: its weight promised it ${count(reason.promised)} requests and it answered ${count(reason.received)}; nothing to judge`;
    case "waiting":
      return waitingText(reason);
    case "stepping":
      return `returning: step ${reason.step + 1} of ${reason.steps}, ${formatShare(reason.share)} of its traffic`;
    case "left":
      return `left on ${reason.cause}`;
    case "brake":
      return `held: ${reason.awaits === "gateway" ? "a gateway needs a second look after the start" : brakeText(reason.brake)}${reason.leftMs === undefined ? "" : ` for another ${inSeconds(reason.leftMs)}`}`;
    case "spill":
      return `capacity: too few ready endpoints to carry all of the load, so the tiers carry ${reason.loads.map((load) => `${load} %`).join(", ")} of it`;
    case "warm":
      return `standbys are kept warm with ${formatShare(reason.share)} of the traffic`;
    case "pinned":
      return reason.untilMs === null
        ? "pinned by its owner, without end"
        : `pinned by its owner until ${new Date(reason.untilMs).toISOString()}`;
  }
}

function shareText(reason: Extract<Reason, { kind: "share" }>): string {
  const { failBelow, recoverAbove, minRequests, windowMs } = reason.thresholds;
  const window = formatDuration(windowMs);
  const what = reason.signal === "latency" ? "responses" : "requests";
  if (reason.total <= 0) return `no ${what} in ${window}`;
  const lost = reason.unaccounted >= 0.5 ? `, of these ${count(reason.unaccounted)} failures that never reached an endpoint` : "";
  const seen = `${percent(reason.good / reason.total)} of ${count(reason.total)} ${what} in ${window} ${goodText(reason)}${lost}`;
  switch (reason.opinion) {
    case "unfit":
      return `${seen}; at best ${percent(reason.interval.upper)}, below ${formatShare(failBelow)}`;
    case "fit":
      return `${seen}, at least ${formatShare(recoverAbove)}`;
    case "between":
      return `${seen}: neither below ${formatShare(failBelow)} for sure nor ${formatShare(recoverAbove)}`;
    case "quiet":
      return `${seen}; too few to judge, ${minRequests} needed`;
  }
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

function gatewayText({ cluster, gateway }: Extract<Reason, { kind: "gateway" }>): string {
  switch (gateway) {
    case "alive":
      return `that of cluster ${cluster} is alive`;
    case "dying":
      return `that of cluster ${cluster} was seen dead once; a second look decides`;
    case "dead":
      return `that of cluster ${cluster} is dead`;
    case "unprobed":
      return `nobody probes that of cluster ${cluster}, so it says nothing`;
    case "unknown":
      return `Prometheus does not tell of that of cluster ${cluster}, so it says nothing`;
  }
}

function queryText({ opinion, value, failAbove, recoverBelow }: Extract<Reason, { kind: "query" }>): string {
  if (opinion === "unfit") return `${value}, above ${failAbove}`;
  return opinion === "fit" ? `${value}, ${recoverBelow} or less` : `${value}: between ${recoverBelow} and ${failAbove}`;
}

function silenceText({ signal, why, error }: Extract<Reason, { kind: "noMetrics" }>): string {
  if (why === "quiet") return "no sample, as is right for a backend that is sent nothing";
  if (why === "failed") return `no answer from Prometheus${error === undefined ? "" : ` (${error})`}`;
  return signal.startsWith("query ") ? "its answer has no sample" : "Prometheus has no series for it although it has weight";
}

function waitingText(reason: Extract<Reason, { kind: "waiting" }>): string {
  const left = inSeconds(reason.leftMs);
  const relapsed = reason.relapses > 0 ? `, longer after ${reason.relapses} relapse${reason.relapses === 1 ? "" : "s"}` : "";
  switch (reason.for) {
    case "failAfter":
      return `waits: out if this lasts another ${left}`;
    case "recoverAfter":
      return `waits: must look good for ${reason.looks === "bad" ? "" : "another "}${left} before any traffic returns${relapsed}${nowText(reason.looks)}`;
    case "step":
      return reason.leftMs > 0 ? `waits: next step in ${left} if it stays good` : "waits: next step as soon as it looks good";
    case "write":
      return "waits: its last step is not yet written";
    case "evidence":
      return "waits: its last step was not written, and metrics must speak for it again before it is";
  }
}

function nowText(looks: Looks): string {
  switch (looks) {
    case "good":
      return "";
    case "bad":
      return "; does not yet";
    case "silent":
      return "; nobody can tell now";
  }
}

function brakeText(brake: Brake): string {
  switch (brake) {
    case "maxShifted":
      return "enough other routes have just left their baseline by metrics; the next may go soon";
    case "signalLoss":
      return "many routes lost their metrics at once, so the monitoring is not believed";
    case "minTimeBetweenWrites":
      return "it was decided about this route a moment ago";
    case "sharedFate":
      return "its load would go to a backend that is doing worse";
    case "warmUp":
      return "the first window of metrics is not complete yet";
    case "noneFit":
      return "no backend is fit, so whoever carries the load and is ready keeps it";
    case "reapplied":
      return "someone put the baseline back over our weights; ours wait";
    case "frozen":
      return "frozen by its owner";
  }
}

/** How long is still waited, in whole seconds, rounded up: `0s` would be a lie. */
export function inSeconds(ms: number): string {
  return formatDuration(Math.max(0, Math.ceil(ms / 1_000) * 1_000));
}

function count(requests: number): string {
  return String(Math.round(requests));
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
