import { allCounts } from "../health/backendCounts.ts";
import { backendCounts, requestsOf } from "../health/successRates.ts";
import type { BackendReport } from "../model/backendReport.ts";
import type { ClientCounts, Counts, RequestCounts } from "../model/observation.ts";
import type { LoneClient } from "../model/reason.ts";
import type { RouteSituation } from "../model/routeSituation.ts";
import { sumRequests } from "../model/sumRequests.ts";
import type { Survey } from "../model/survey.ts";
import { wilson } from "../model/wilson.ts";
import { leftByMetrics } from "./departures.ts";

/** Of two clients that disagree, neither can be told to be the one that is wrong. */
const FEWEST_CLIENTS = 3;

/** A client with fewer requests in the window sent none: counts are extrapolated. */
const FEWEST_REQUESTS = 0.5;

/** The clients' counts must add up to this part of the requests and failures that were judged. What they lack may be an outage. */
const WHOLE = 0.9;

/** What one client counted for one backend. */
interface Witness {
  readonly name: string;
  readonly counts: Counts;
}

/**
 * The backends that must stay although their success rate has been unfit for long enough, because one client among three or
 * more sees the failures alone: without it the backend would not be unfit. Where that is unknown, because the clients were not
 * asked, their answer is not whole or the others are too quiet to judge, nothing is held.
 */
export function oneClient(moved: ReadonlyMap<string, BackendReport>, situation: RouteSituation): ReadonlyMap<string, LoneClient> {
  const { facts, clients } = situation;
  const held = new Map<string, LoneClient>();
  const leavers = [...moved.values()].filter(leftBySuccessRateAlone);
  if (leavers.length === 0 || clients?.state !== "answered") return held;
  if (clients.value.windowMs !== facts.rule.signals.successRate?.windowMs) return held;
  const own = clientsOf(facts.surveyed, clients.value);
  for (const leaver of leavers) {
    const client = loneClient(leaver, own, situation);
    if (client !== null) held.set(leaver.backend, client);
  }
  return held;
}

/** Whether it was removed at this tick by its success rate, and no other metric is against it. */
function leftBySuccessRateAlone(report: BackendReport): boolean {
  const unfit = report.judgement.soft.filter(({ opinion }) => opinion === "unfit");
  return leftByMetrics(report) && unfit.length > 0 && unfit.every(({ signal }) => signal === "successRate");
}

/** The route's own clients. Where none counts by the route, all callers of its backends: they cannot be told apart. */
function clientsOf(surveyed: Survey, { byClient }: ClientCounts): ReadonlyMap<string, RequestCounts> {
  const own = [...byClient].filter(([, requests]) => requestsOf(surveyed, requests) !== undefined);
  return own.length > 0 ? new Map(own) : byClient;
}

function loneClient(
  { backend, judgement }: BackendReport,
  clients: ReadonlyMap<string, RequestCounts>,
  { facts, nowMs }: RouteSituation,
): LoneClient | null {
  const thresholds = facts.rule.signals.successRate;
  const reading = judgement.soft.find(({ signal }) => signal === "successRate")?.reading;
  if (thresholds === undefined || reading === undefined || !("total" in reading)) return null;
  const { failBelow, minRequests, windowMs } = thresholds;
  const at = facts.standings.findIndex((standing) => standing.backend === backend);
  const countsIn = (requests: RequestCounts): Counts | null => {
    const counted = backendCounts(facts, requests, windowMs, nowMs)[at];
    return counted === undefined || counted.isIncomplete ? null : allCounts(counted);
  };
  const witnesses: Witness[] = [];
  for (const [name, requests] of clients) {
    const counts = countsIn(requests);
    if (counts !== null && counts.total >= FEWEST_REQUESTS) witnesses.push({ name, counts });
  }
  const worst = worstOf(witnesses, failBelow);
  if (witnesses.length < FEWEST_CLIENTS || worst === null) return null;
  if (!isWhole(countsIn(sumRequests([...clients.values()])), reading)) return null;
  const others = countsIn(sumRequests([...clients].flatMap(([name, requests]) => (name === worst.name ? [] : [requests]))));
  if (others === null || others.total < minRequests) return null;
  const othersGood = Math.max(0, others.total - others.failures);
  if (wilson(othersGood, others.total).upper < failBelow) return null;
  return { name: worst.name, ...worst.counts, others: witnesses.length - 1, othersGood, othersTotal: others.total };
}

/** The client whose failures go furthest beyond those that `failBelow` allows it. */
function worstOf(witnesses: readonly Witness[], failBelow: number): Witness | null {
  const beyond = ({ counts }: Witness) => counts.failures - (1 - failBelow) * counts.total;
  let worst: Witness | null = null;
  for (const witness of witnesses) if (worst === null || beyond(witness) > beyond(worst)) worst = witness;
  return worst;
}

function isWhole(counted: Counts | null, judged: { readonly good: number; readonly total: number }): boolean {
  if (counted === null) return false;
  return counted.total >= WHOLE * judged.total && counted.failures >= WHOLE * (judged.total - judged.good);
}
