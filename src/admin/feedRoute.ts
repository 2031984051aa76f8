import { isTelling } from "../evaluator/explain/explain.ts";
import type { Verdict } from "../evaluator/model/judgement.ts";
import type { Reason } from "../evaluator/model/reason.ts";
import { type RouteState, reasonsOf } from "../evaluator/model/state.ts";
import type { Phase, Problem } from "../routes/route.ts";
import type { DecisionJson, ReasonJson } from "./decisionJson.ts";
import { reasonJson } from "./reasonJson.ts";
import { type RequestsSeen, requestsOf, requestsOfRoute } from "./requestsSeen.ts";
import { rfc3339 } from "./rfc3339.ts";
import { type Severity, severityOf } from "./severity.ts";

/** A request rate that moved less than this part is not sent again. */
const SAME_RATE = 0.1;
/** A success rate that moved less is not sent again, in shares. */
const SAME_SUCCESS = 0.001;
/** Digits of a request rate. */
const RATE_DIGITS = 3;
/** A success rate is sent in parts of this, rounded down: below 100 % never becomes 100 %. */
const SUCCESS_PARTS = 1_000;

/** A route as the page shows it. */
export interface FeedRoute extends RequestsSeen {
  /** `KIND/NAMESPACE/NAME` */
  readonly key: string;
  readonly severity: Severity;
  readonly rule: string | null;
  readonly primary: string;
  readonly frozen: boolean;
  readonly pinned: string | null;
  readonly problems: readonly Problem[];
  readonly splits: readonly FeedSplit[];
  /** When its weights were last changed; null: not that this replica knows. */
  readonly lastShift: string | null;
  /** Why it is as it is; null for a healthy route, and for most of a great many. */
  readonly why: Why | null;
}

export interface FeedSplit {
  readonly name: string;
  readonly backends: readonly FeedBackend[];
}

export interface FeedBackend extends RequestsSeen {
  readonly backend: string;
  readonly weight: number;
  readonly baseline: number;
  /** The weight that would be written if nothing held it. */
  readonly desired: number;
  readonly phase: Phase | null;
  readonly verdict: Verdict | null;
  readonly ready: number | null;
}

/** The reasons for the state of a route, what it waits for, and its last decision. */
export interface Why {
  readonly reasons: readonly ReasonJson[];
  readonly waits: readonly Wait[];
  /** When the present phase of each backend began. */
  readonly since: Readonly<Record<string, string>>;
  readonly decision: DecisionJson | null;
}

/** Something that ends by itself, or once a condition holds. */
export interface Wait {
  readonly backend: string | null;
  readonly for: string;
  /** Null: it does not end by time alone. */
  readonly until: string | null;
}

export interface FeedRouteOptions {
  /** When the last tick was, by the wall clock. */
  readonly tickMs: number;
  /** How far the wall clock is ahead of the clock of the state. */
  readonly aheadMs: number;
  /** The newest decision of the route that was written. */
  readonly last: LastShift | undefined;
  /** Whether the reasons are included. */
  readonly explained: boolean;
  /** What was sent before: numbers that moved little are sent again as they were. */
  readonly before: FeedRoute | undefined;
}

/** When the newest decision of a route was written, and its rendering. */
export interface LastShift {
  readonly atMs: number;
  readonly json: () => DecisionJson | null;
}

/** Renders a route for the page. */
export function feedRoute(key: string, route: RouteState, options: FeedRouteOptions): FeedRoute {
  const { before, last, explained } = options;
  const severity = severityOf(route);
  const splits = route.splits.map((split, i) => ({
    name: split.name,
    backends: Object.keys(split.live).map((backend) => feedBackend(route, split, backend, before?.splits[i])),
  }));
  const seen = requestsOfRoute(oncePerBackend(splits));
  return {
    key,
    severity,
    ...{ rule: route.rule, primary: route.primary, frozen: route.frozen, pinned: route.pinned, problems: route.problems },
    ...steady(seen, before),
    splits,
    lastShift: last === undefined ? null : rfc3339(last.atMs),
    why: explained && severity !== "healthy" ? whyOf(route, options) : null,
  };
}

function feedBackend(
  route: RouteState,
  { live, baseline, desired }: RouteState["splits"][number],
  backend: string,
  before: FeedSplit | undefined,
): FeedBackend {
  const report = route.backends.get(backend);
  return {
    backend,
    weight: live[backend] ?? 0,
    baseline: baseline[backend] ?? 0,
    desired: desired[backend] ?? 0,
    phase: report?.state.phase ?? null,
    verdict: report?.judgement.verdict ?? null,
    ready: report?.judgement.readyEndpoints ?? null,
    ...steady(
      requestsOf(route, report),
      before?.backends.find((own) => own.backend === backend),
    ),
  };
}

/** A backend of several splits has its requests counted once. */
function oncePerBackend(splits: readonly FeedSplit[]): readonly FeedBackend[] {
  const found = new Map<string, FeedBackend>();
  for (const { backends } of splits) {
    for (const own of backends) if ((found.get(own.backend)?.weight ?? 0) === 0) found.set(own.backend, own);
  }
  return [...found.values()];
}

/** Rounded, and as before where that is near: most numbers of steady routes need not be sent again. */
function steady({ seen, success, perSecond }: RequestsSeen, before: RequestsSeen | undefined): RequestsSeen {
  const isNear = before !== undefined && before.seen === seen && near(before.success, success, SAME_SUCCESS) && nearRate(before, perSecond);
  if (isNear) return { seen, success: before.success, perSecond: before.perSecond };
  return {
    seen,
    success: success === null ? null : Math.floor(success * SUCCESS_PARTS + 1e-9) / SUCCESS_PARTS,
    perSecond: perSecond === null ? null : Number(perSecond.toPrecision(RATE_DIGITS)),
  };
}

function nearRate({ perSecond }: RequestsSeen, now: number | null): boolean {
  return near(perSecond, now, SAME_RATE * (now ?? 0));
}

function near(before: number | null, now: number | null, by: number): boolean {
  return before === null || now === null ? before === now : Math.abs(before - now) <= by;
}

function whyOf(route: RouteState, { tickMs, aheadMs, last }: FeedRouteOptions): Why {
  const reasons = reasonsOf(route);
  return {
    reasons: reasons.filter(({ reason }) => tells(reason)).map(({ backend, reason }) => ({ backend, ...reasonJson(reason) })),
    waits: reasons.flatMap(({ backend, reason }) => waitOf(backend, reason, tickMs)),
    since: Object.fromEntries([...route.backends].map(([backend, { state }]) => [backend, rfc3339(state.sinceMs + aheadMs)])),
    decision: last?.json() ?? null,
  };
}

function tells(reason: Reason): boolean {
  return isTelling(reason) || reason.kind === "removed";
}

function waitOf(backend: string | null, reason: Reason, tickMs: number): readonly Wait[] {
  if (reason.kind === "pinned") return [{ backend, for: "pin", until: reason.untilMs === null ? null : rfc3339(reason.untilMs) }];
  if (reason.kind === "waiting") return [{ backend, for: reason.for, until: endOf(reason.leftMs, tickMs) }];
  return reason.kind === "brake" ? [{ backend, for: reason.brake, until: endOf(reason.leftMs ?? 0, tickMs) }] : [];
}

function endOf(leftMs: number, tickMs: number): string | null {
  return leftMs > 0 ? rfc3339(tickMs + leftMs) : null;
}
