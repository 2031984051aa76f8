import { longestWindowMs } from "../../rules/longestWindow.ts";
import { isReachable, type Judgement, type SignalJudgement } from "./judgement.ts";
import type { RouteSituation } from "./routeSituation.ts";
import type { Standing } from "./standings.ts";
import { averageShares } from "./weightHistory.ts";

/** Later too few of its own requests are in the window to be told from another backend's. */
const PART_OF_WINDOW = 0.5;

const NOTHING: readonly SignalJudgement[] = [];

/**
 * What metrics last showed of a backend's own requests. While it carries traffic that is every opinion. Afterwards its last requests
 * stay in the window for a while and what came before them does not, so they are told apart better; but failures that reached no
 * endpoint may then be those of the new carrier. After it was unreachable other pods may answer, so nothing is known of them.
 */
export function lastShown({ backend, last }: Standing, judgement: Judgement, situation: RouteSituation): readonly SignalJudgement[] {
  if (!isReachable(judgement)) return NOTHING;
  const { soft } = judgement;
  const { rule, shares, facts, nowMs } = situation;
  const before = last?.lastShown ?? NOTHING;
  if ((shares.get(backend) ?? 0) > 0) {
    if (soft.some(isOpinion)) return withEarlier(soft, before);
  } else if (soft.some(isValue) && !soft.some(hasUnaccounted)) {
    const recent = averageShares(facts.history, nowMs, longestWindowMs(rule) * PART_OF_WINDOW);
    if ((recent.get(backend) ?? 0) > 0) return withEarlier(soft, before);
  }
  return before;
}

/** Each signal shows what it last had. Windows differ in length: what a short one has shown must outlast it while a long one still shows something. */
function withEarlier(soft: readonly SignalJudgement[], before: readonly SignalJudgement[]): readonly SignalJudgement[] {
  if (before.length === 0 || soft.every(isValue)) return soft;
  return soft.map((own) => (isValue(own) ? own : (before.find(({ signal }) => signal === own.signal) ?? own)));
}

/** Whether failures that only the route counted are attributed to the backend. */
export function hasUnaccounted({ reasons }: SignalJudgement): boolean {
  return reasons.some((reason) => reason.kind === "share" && reason.unaccounted >= 0.5);
}

function isOpinion({ opinion }: SignalJudgement): boolean {
  return opinion === "fit" || opinion === "unfit" || opinion === "between";
}

function isValue({ reading }: SignalJudgement): boolean {
  return reading.state === "value";
}
