import { gunzipSync } from "node:zlib";
import type { Report } from "../controller/report.ts";
import type { PastDecision } from "../evaluator/explain/pastDecision.ts";
import { routeKey } from "../routes/route.ts";
import { type Answer, JSON_ANSWER, json, refusal } from "./answer.ts";
import { decisionJson, pastDecisionJson } from "./decisionJson.ts";
import type { Feed } from "./feed.ts";
import { HISTORY_MS, type History } from "./history.ts";
import type { Metrics } from "./metrics.ts";
import type { Packed } from "./packed.ts";
import { PAGE_SCRIPT, PAGE_STYLE } from "./pageAssets.ts";
import { notAlive, notReady } from "./probes.ts";
import { wholeRouteJson } from "./routeJson.ts";
import { STATUS_PAGE } from "./statusPage.ts";

/** Number of decisions in an answer without a `limit`. */
const DECISIONS_DEFAULT = 100;
/** Maximum number of decisions in the answer about one route. */
const ROUTE_DECISIONS = 50;

export interface Visit {
  readonly params: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly report: () => Report;
  readonly feed: Feed;
  readonly history: History;
  readonly past: () => readonly PastDecision[];
  readonly expose: Metrics["expose"];
  /** All routes as JSON. */
  readonly allRoutes: () => Promise<Packed>;
}

export interface Page {
  readonly path: string;
  answer(visit: Visit): Answer | Promise<Answer>;
}

/** All paths of the server. */
export const PAGES: readonly Page[] = [
  { path: "/", answer: () => text("text/html", STATUS_PAGE) },
  asset("/page.js", "text/javascript", PAGE_SCRIPT),
  asset("/page.css", "text/css", PAGE_STYLE),
  ...["/livez", "/live"].map((path): Page => ({ path, answer: ({ report }) => probe(notAlive(report())) })),
  ...["/readyz", "/ready"].map((path): Page => ({ path, answer: ({ report }) => probe(notReady(report())) })),
  { path: "/metrics", answer: async ({ expose }) => ({ status: 200, ...(await expose()) }) },
  { path: "/api/routes", answer: async ({ allRoutes }) => ({ ...JSON_ANSWER, body: await allRoutes() }) },
  { path: "/api/feed", answer: changes },
  { path: "/api/routes/:kind/:namespace/:name", answer: oneRoute },
  { path: "/api/history/:kind/:namespace/:name", answer: historyOf },
  { path: "/api/decisions", answer: lastDecisions },
  { path: "/api/records/:kind/:namespace/:name", answer: records },
];

function text(type: string, body: string): Answer {
  return { status: 200, contentType: `${type}; charset=utf-8`, body };
}

/** Unpacked once, at the start, for clients that want it plain. */
function asset(path: string, type: string, packed: string): Page {
  const gzipped = Buffer.from(packed, "base64");
  const answer = { ...text(type, gunzipSync(gzipped).toString()), gzipped };
  return { path, answer: () => answer };
}

function probe(problem: string | null): Answer {
  return problem === null ? text("text/plain", "ok\n") : refusal(503, problem);
}

/** The data of the status page: what has changed since a cursor. */
async function changes({ query, feed }: Visit): Promise<Answer> {
  const { since = null } = query;
  if (since !== null && typeof since !== "string") return refusal(400, "since must be a cursor of an earlier answer");
  const { plain, gzipped } = await feed.answer(since);
  return { ...JSON_ANSWER, body: plain, gzipped };
}

function keyIn({ params }: Visit): string {
  return `${String(params["kind"])}/${String(params["namespace"])}/${String(params["name"])}`;
}

function oneRoute(visit: Visit): Answer {
  const { state, decisions } = visit.report();
  const key = keyIn(visit);
  const route = state.routes.get(key);
  if (route === undefined) return refusal(404, `there is no managed route ${key}`);
  const own = decisions.filter(({ decision }) => routeKey(decision.route) === key).flatMap(decisionJson);
  const told = visit.past().flatMap((past) => (routeKey(past.route) === key ? pastDecisionJson(past) : []));
  return json(wholeRouteJson(route, [...own, ...told].slice(0, ROUTE_DECISIONS), state.aheadMs));
}

/** Weights and requests of one route over time, for its chart. `since` is in milliseconds. */
function historyOf(visit: Visit): Answer {
  const { nowMs, state } = visit.report();
  const key = keyIn(visit);
  const { since = String(nowMs - HISTORY_MS) } = visit.query;
  if (typeof since !== "string" || !/^\d{1,15}$/.test(since)) return refusal(400, "since must be a time in milliseconds");
  if (!state.routes.has(key)) return refusal(404, `there is no managed route ${key}`);
  return json({ nowMs, backends: visit.history.of(key, Math.max(Number(since), nowMs - HISTORY_MS)) });
}

/** The records are texts of JSON already. */
function records(visit: Visit): Answer {
  const texts = visit.report().recordsOf(keyIn(visit));
  return { ...json(null), body: `{"records":[${texts.join(",")}]}\n` };
}

function lastDecisions({ query, report, past }: Visit): Answer {
  const { limit = String(DECISIONS_DEFAULT) } = query;
  if (typeof limit !== "string" || !/^[1-9]\d*$/.test(limit)) return refusal(400, "limit must be a whole number of at least 1");
  const all = [...report().decisions.flatMap(decisionJson), ...past().flatMap(pastDecisionJson)];
  return json(all.toSorted((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0)).slice(0, Number(limit)));
}
