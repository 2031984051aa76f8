import { CAUSES, type Cause, type RouteRef } from "../../routes/route.ts";
import { DIRECTIONS, type Direction } from "../model/decision.ts";

/** A decision as its Event tells it: all that remains of it after a restart, and all that another replica knows. */
export interface PastDecision {
  readonly atMs: number;
  readonly route: RouteRef;
  readonly direction: Direction;
  readonly cause: Cause;
  /** Only the weights that changed. */
  readonly splits: readonly {
    readonly name: string;
    readonly before: Readonly<Record<string, number>>;
    readonly after: Readonly<Record<string, number>>;
  }[];
  readonly because: readonly { readonly backend: string | null; readonly text: string }[];
}

const TEXT = /^([a-z]+) \(([A-Za-z]+)\): (.+)$/s;
/** One backend's change; names of backends have no spaces. */
const CHANGE = /^(\S+) (\d+(?:\.\d+)?|\u2013) \u2192 (\d+(?:\.\d+)?|\u2013)$/;
const BACKEND = /^([a-z0-9][a-z0-9.-]*): (.+)$/s;
/** A signal's name stands before its own colon, too. */
const SIGNALS = new Set(["readiness", "successRate", "latency", "unanswered", "waiting", "trial", "returning", "capacity"]);
/** The name of the only split of a TrafficSplit. */
const ONLY_SPLIT = "0";

/** Reads what `decisionText` wrote; null: it is no such text. A text that was cut short loses reasons, never weights. */
export function readDecisionText(route: RouteRef, atMs: number, text: string): PastDecision | null {
  const [, direction = "", cause = "", rest = ""] = TEXT.exec(text) ?? [];
  if (!isDirection(direction) || !isCause(cause)) return null;
  const parts = rest.split("; ");
  const splits: PastDecision["splits"][number][] = [];
  while (parts.length > 0) {
    const split = readSplit(parts[0] ?? "");
    if (split === null) break;
    splits.push(split);
    parts.shift();
  }
  return splits.length === 0 ? null : { atMs, route, direction, cause, splits, because: reasonsIn(parts) };
}

function readSplit(text: string): PastDecision["splits"][number] | null {
  const before: Record<string, number> = {};
  const after: Record<string, number> = {};
  const named = /^(\S+): (.+)$/.exec(text);
  const changes = (named?.[2] ?? text).split(", ");
  for (const change of changes) {
    const [, backend, from = "", to = ""] = CHANGE.exec(change) ?? [];
    if (backend === undefined) return null;
    before[backend] = Number(from.replace("–", "0"));
    after[backend] = Number(to.replace("–", "0"));
  }
  return { name: named?.[1] ?? ONLY_SPLIT, before, after };
}

/** A text may itself have a semicolon: a part without a backend or a signal belongs to the one before it. */
function reasonsIn(parts: readonly string[]): PastDecision["because"] {
  const because: { readonly backend: string | null; readonly text: string }[] = [];
  for (const part of parts) {
    const [, name, text] = BACKEND.exec(part) ?? [];
    const last = because.at(-1);
    if (name !== undefined && text !== undefined && !SIGNALS.has(name)) because.push({ backend: name, text });
    else if (last === undefined || part.startsWith("held by ") || part.startsWith("capacity: "))
      because.push({ backend: null, text: part });
    else because[because.length - 1] = { ...last, text: `${last.text}; ${part}` };
  }
  return because;
}

function isDirection(text: string): text is Direction {
  return DIRECTIONS.some((direction) => direction === text);
}

function isCause(text: string): text is Cause {
  return CAUSES.some((cause) => cause === text);
}
