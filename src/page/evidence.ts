import type { ReasonJson } from "../admin/decisionJson.ts";
import { type Sentence, say, strong } from "./say.ts";
import { countText, percent, spanText } from "./text.ts";

/** What was seen of a backend at the time of a reason, as a clause; null: the reason is no evidence. */
export function evidenceOf(reason: ReasonJson, backend: string): Sentence | null {
  switch (reason.kind) {
    case "ready":
      return readyClause(reason, backend);
    case "share":
      return shareClause(reason, backend);
    case "gateway":
      return reason["gateway"] === "dead" ? say`${strong(`the gateway of cluster ${String(reason["cluster"])} is dead`)}` : null;
    case "query":
      return say`${backend}: ${strong(reason.text)}`;
    case "told":
      return toldClause(reason.text, backend);
    case "lostRequests":
      return say`${backend} was promised ${countText(numberOf(reason, "promised"))} requests by its weight and ${strong(`answered ${countText(numberOf(reason, "received"))}`)}`;
    default:
      return null;
  }
}

/** Whether a reason speaks against its backend. */
function isAgainst(reason: ReasonJson): boolean {
  if (reason.kind === "ready") return numberOf(reason, "ready") < numberOf(reason, "minReady");
  if (reason.kind === "gateway") return reason["gateway"] === "dead";
  return reason.kind === "lostRequests" || reason["opinion"] === "unfit";
}

/** The evidence against a backend among reasons; null: there is none. */
export function evidenceAgainst(reasons: readonly ReasonJson[], backend: string): Sentence | null {
  const found = reasons.find((reason) => reason.backend === backend && isAgainst(reason));
  const told = found ?? reasons.find((reason) => reason.backend === backend && reason.kind === "told");
  return told === undefined ? null : evidenceOf(told, backend);
}

/** The evidence of an Event, which has its text alone. */
function toldClause(text: string, backend: string): Sentence {
  const [, share, total, window] = /^successRate: ([\d.]+) % of (\d+) requests in (\S+) good/.exec(text) ?? [];
  if (share !== undefined && total !== undefined) {
    return say`${strong(`${share} % of ${countText(Number(total))} requests`)} to ${backend} succeeded (in ${(window ?? "").replaceAll(/(\d)([a-z])/g, "$1 $2")})`;
  }
  return text.startsWith("readiness: 0 ready") ? say`${strong(`${backend} has no ready endpoint`)}` : say`${backend}: ${text}`;
}

function readyClause(reason: ReasonJson, backend: string): Sentence {
  const ready = numberOf(reason, "ready");
  if (ready === 0) return say`${strong(`${backend} has no ready endpoint`)}`;
  const needed = numberOf(reason, "minReady");
  const what = `${backend} has ${ready} ready ${ready === 1 ? "endpoint" : "endpoints"}`;
  return ready < needed ? say`${strong(what)} and needs ${needed}` : say`${what}`;
}

function shareClause(reason: ReasonJson, backend: string): Sentence | null {
  const total = numberOf(reason, "total");
  if (total < 0.5) return say`${backend} got no requests in ${spanText(numberOf(reason, "windowMs"))}`;
  const seen = `${percent(numberOf(reason, "good") / total)} of ${countText(total)}`;
  const window = spanText(numberOf(reason, "windowMs"));
  const wanted = `the rule wants ${percent(numberOf(reason, "failBelow"))}`;
  const limit = reason["opinion"] === "unfit" ? `; even at best ${percent(numberOf(reason, "upper"))}, and ${wanted}` : "";
  switch (reason["signal"]) {
    case "latency":
      return say`${strong(`${seen} responses`)} of ${backend} came within ${spanTextOf(numberOf(reason, "underMs"))} (in ${window}${limit})`;
    case "unanswered":
      return say`${strong(`${seen} requests`)} to ${backend} were answered at all (in ${window}${limit})`;
    default:
      return say`${strong(`${seen} requests`)} to ${backend} succeeded (in ${window}${limit})`;
  }
}

function spanTextOf(ms: number): string {
  return ms < 1_000 ? `${ms} ms` : spanText(ms);
}

/** A number of a reason's data; 0 if it has none of that name. */
export function numberOf(reason: ReasonJson, name: string): number {
  const value = reason[name];
  return typeof value === "number" ? value : 0;
}
