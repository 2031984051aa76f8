import type { Report } from "../controller/report.ts";
import { routeKey } from "../routes/route.ts";
import { type Answer, JSON_ANSWER, json, refusal } from "./answer.ts";
import { decisionJson } from "./decisionJson.ts";
import type { Metrics } from "./metrics.ts";
import { overview } from "./overview.ts";
import type { Packed } from "./packed.ts";
import { PAGE_SCRIPT, PAGE_STYLE } from "./pageAssets.ts";
import { notAlive, notReady } from "./probes.ts";
import type { RateHistory } from "./rateHistory.ts";
import { wholeRouteJson } from "./routeJson.ts";
import { STATUS_PAGE } from "./statusPage.ts";

/** Number of decisions in an answer without a `limit`. */
const DECISIONS_DEFAULT = 100;
/** Maximum number of decisions in the answer about one route. */
const ROUTE_DECISIONS = 20;

export interface Visit {
  readonly params: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly report: () => Report;
  readonly rates: RateHistory;
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
  { path: "/page.js", answer: () => text("text/javascript", PAGE_SCRIPT) },
  { path: "/page.css", answer: () => text("text/css", PAGE_STYLE) },
  ...["/livez", "/live"].map((path): Page => ({ path, answer: ({ report }) => probe(notAlive(report())) })),
  ...["/readyz", "/ready"].map((path): Page => ({ path, answer: ({ report }) => probe(notReady(report())) })),
  { path: "/metrics", answer: async ({ expose }) => ({ status: 200, ...(await expose()) }) },
  { path: "/api/routes", answer: async ({ allRoutes }) => ({ ...JSON_ANSWER, body: await allRoutes() }) },
  { path: "/api/overview", answer: everything },
  { path: "/api/routes/:kind/:namespace/:name", answer: oneRoute },
  { path: "/api/decisions", answer: lastDecisions },
  { path: "/api/records/:kind/:namespace/:name", answer: records },
];

function text(type: string, body: string): Answer {
  return { status: 200, contentType: `${type}; charset=utf-8`, body };
}

function probe(problem: string | null): Answer {
  return problem === null ? text("text/plain", "ok\n") : refusal(503, problem);
}

/** The data of the status page. The history of the success rates is large, so it is included only on request. */
function everything({ query, report, rates }: Visit): Answer {
  return json(overview(report(), query["rates"] === "all" ? rates : null));
}

function oneRoute({ params, report }: Visit): Answer {
  const { state, decisions } = report();
  const key = `${String(params.kind)}/${String(params.namespace)}/${String(params.name)}`;
  const route = state.routes.get(key);
  if (route === undefined) return refusal(404, `there is no managed route ${key}`);
  const own = decisions.filter(({ decision }) => routeKey(decision.route) === key).slice(0, ROUTE_DECISIONS);
  return json(wholeRouteJson(route, own, state.aheadMs));
}

/** The records are texts of JSON already. */
function records({ params, report }: Visit): Answer {
  const texts = report().recordsOf(`${String(params.kind)}/${String(params.namespace)}/${String(params.name)}`);
  return { ...json(null), body: `{"records":[${texts.join(",")}]}\n` };
}

function lastDecisions({ query, report }: Visit): Answer {
  const { limit = String(DECISIONS_DEFAULT) } = query;
  if (typeof limit !== "string" || !/^[1-9]\d*$/.test(limit)) return refusal(400, "limit must be a whole number of at least 1");
  return json(report().decisions.flatMap(decisionJson).slice(0, Number(limit)));
}
