import { appendFileSync } from "node:fs";
import type { BackendReport } from "../../../src/evaluator/model/backendReport.ts";
import type { Counts } from "../../../src/evaluator/model/observation.ts";
import type { Opinion } from "../../../src/evaluator/model/reason.ts";
import type { RouteState } from "../../../src/evaluator/model/state.ts";
import type { Seen } from "./clientsSaw.ts";
import type { Recorded } from "./recordedRoute.ts";

/** One route at the end of one phase: what its clients saw in the window, what was read of it and how it was judged. */
export interface EvidenceRow {
  readonly recording: string;
  readonly phase: string;
  readonly route: string;
  readonly weights: string;
  readonly saw: Pair<Counts>;
  /** Null: there are no series. */
  readonly read: Pair<Counts | null>;
  readonly opinions: Pair<Opinion>;
  /** Why a reading is not what the clients saw. */
  readonly note?: string;
}

interface Pair<T> {
  readonly primary: T;
  readonly standby: T;
}

/** The signals that are compared with what the clients saw. */
export type Compared = "successRate" | "unanswered";

/** A reading may be off by this part of the route's requests, */
const PART_OFF = 0.05;
/** and by as many as may have been under way at either end of the window. */
const REQUESTS_OFF = 3;

/** The row of a route at a tick. */
export function rowOf(
  about: Pick<EvidenceRow, "recording" | "phase" | "note">,
  { name, primary, standby }: Recorded,
  after: RouteState,
  { saw, signal }: { readonly saw: Seen; readonly signal: Compared },
): EvidenceRow {
  const [one, other] = [after.backends.get(primary), after.backends.get(standby)];
  const live = after.splits[0]?.live ?? {};
  return {
    ...about,
    route: name,
    weights: `${live[primary]}/${live[standby]}`,
    saw: { primary: saw.primary, standby: saw.standby },
    read: { primary: readingOf(one, signal), standby: readingOf(other, signal) },
    opinions: { primary: opinionOf(one, signal), standby: opinionOf(other, signal) },
  };
}

/** How far a row's readings are from what the clients saw, as a part of the route's requests. */
export function errorOf({ saw, read }: Pick<EvidenceRow, "saw" | "read">): number {
  const requests = saw.primary.total + saw.standby.total;
  return offBy({ saw, read }) / Math.max(1, requests);
}

/** Whether the readings are what the clients saw, but for the requests at the ends of the window. */
export function isClose(row: Pick<EvidenceRow, "saw" | "read">): boolean {
  return errorOf(row) <= PART_OFF || offBy(row) <= REQUESTS_OFF;
}

function offBy({ saw, read }: Pick<EvidenceRow, "saw" | "read">): number {
  const off = (["primary", "standby"] as const).flatMap((backend) => {
    const { total = 0, failures = 0 } = read[backend] ?? {};
    return [Math.abs(total - saw[backend].total), Math.abs(failures - saw[backend].failures)];
  });
  return Math.max(...off);
}

/** Appends a row to the record file of `npm run evidence`; other test runs record nothing. */
export function recordRow(row: EvidenceRow): void {
  const file = process.env.EVIDENCE_RECORD;
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(row)}\n`);
}

function signalOf(report: BackendReport | undefined, signal: Compared) {
  return report?.judgement.soft.find((judged) => judged.signal === signal);
}

function opinionOf(report: BackendReport | undefined, signal: Compared): Opinion {
  return signalOf(report, signal)?.opinion ?? "missing";
}

function readingOf(report: BackendReport | undefined, signal: Compared): Counts | null {
  const reason = signalOf(report, signal)?.reasons[0];
  return reason?.kind === "share" ? { total: reason.total, failures: reason.total - reason.good } : null;
}
