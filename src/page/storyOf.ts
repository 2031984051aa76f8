import type { DecisionJson } from "../admin/decisionJson.ts";
import { evidenceAgainst, evidenceOf, numberOf } from "./evidence.ts";
import { type Sentence, say, strong } from "./say.ts";
import { countText, percent } from "./text.ts";

/** What a decision did and what was seen then, in sentences. */
export function storyOf(decision: DecisionJson): readonly Sentence[] {
  const did = deedOf(decision);
  const why = whyOf(decision);
  const sentences = why === null ? [did] : [did, why];
  const failed = outcomeOf(decision);
  return failed === null ? sentences : [...sentences, failed];
}

/** What a decision did, as one sentence. */
export function deedOf(decision: DecisionJson): Sentence {
  const { direction } = decision;
  const gainers = changed(decision, 1);
  const losers = changed(decision, -1);
  const [gainer = "?"] = gainers;
  const to = gainers.join(" and ");
  const isAll = gainers.length === 1 && shareAfter(decision, gainer) === 1;
  if (decision.outcome !== "written") return say`${strong(`Would move traffic to ${to}`)}: ${weightsText(decision)}.`;
  switch (direction) {
    case "failover":
      return isAll
        ? say`${strong(`Moved to ${gainer}`)}.`
        : say`${strong(`Moved traffic from ${losers.join(" and ")} to ${to}`)}: ${weightsText(decision)}.`;
    case "return":
      return isAll
        ? say`${strong(`${gainer} has all of its traffic again`)}.`
        : say`${strong(`${to} gets ${percent(shareAfter(decision, gainer) ?? 0)} of the traffic`)}: ${weightsText(decision)}.`;
    case "pin":
      return say`${strong(`Its owner pinned it to ${to}`)}: ${weightsText(decision)}.`;
    default:
      return say`${strong("The owner's weights are back")}: ${weightsText(decision)}.`;
  }
}

/** `because …`: what was seen of the backend that lost its traffic, or of the one that returns. */
export function whyOf(decision: DecisionJson): Sentence | null {
  if (decision.direction === "return") return trialOf(decision);
  for (const backend of changed(decision, -1)) {
    const evidence = evidenceAgainst(decision.reasons, backend);
    if (evidence !== null) return [...evidence, "."];
  }
  return decision.cause === "manual" ? null : say`The cause was ${CAUSE_TEXTS[decision.cause] ?? decision.cause}.`;
}

/** A cause in words. */
export const CAUSE_TEXTS: Readonly<Record<string, string>> = {
  readiness: "its readiness",
  successRate: "its success rate",
  latency: "its latency",
  unanswered: "requests that stayed unanswered",
  gateway: "its gateway",
  query: "a query of yours",
  manual: "its owner",
  capacity: "too few ready endpoints for the whole load",
};

function trialOf({ reasons, ...decision }: DecisionJson): Sentence | null {
  for (const backend of changed({ ...decision, reasons }, 1)) {
    const trial = reasons.find((reason) => reason.backend === backend && reason.kind === "trial");
    if (trial !== undefined) {
      return say`In the step before, ${strong(`${countText(numberOf(trial, "good"))} of ${countText(numberOf(trial, "total"))}`)} requests to ${backend} were good.`;
    }
    const share = reasons.find((reason) => reason.backend === backend && reason.kind === "share" && reason["opinion"] === "fit");
    const evidence = share ?? reasons.find((reason) => reason.backend === backend && (reason.kind === "ready" || reason.kind === "told"));
    const clause = evidence === undefined ? null : evidenceOf(evidence, backend);
    if (clause !== null) return [...clause, "."];
  }
  return null;
}

function outcomeOf({ outcome, error }: DecisionJson): Sentence | null {
  switch (outcome) {
    case "written":
      return null;
    case "conflict":
      return say`${strong("Not written")}: another writer has changed the route; evaluated again at the next tick.`;
    case "failed":
      return say`${strong("Not written")}: ${error ?? "the write failed"}; tried again at each tick.`;
    default:
      return say`${strong("Not written")}: this is a dry run.`;
  }
}

/** The backends that gained (`sign` 1) or lost (-1) weight. */
function changed({ before, after }: DecisionJson, sign: number): readonly string[] {
  return Object.keys(after).filter((backend) => Math.sign((after[backend] ?? 0) - (before[backend] ?? 0)) === sign);
}

/** An Event tells only the weights that changed, so the rest may be missing; null: there is no weight at all. */
function shareAfter({ after, before }: DecisionJson, backend: string): number | null {
  const sum = Math.max(total(after), total(before));
  return sum === 0 ? null : (after[backend] ?? 0) / sum;
}

function total(weights: Readonly<Record<string, number>>): number {
  return Object.values(weights).reduce((sum, weight) => sum + weight, 0);
}

function weightsText({ before, after }: DecisionJson): string {
  return Object.keys(after)
    .filter((backend) => before[backend] !== after[backend])
    .map((backend) => `${backend} ${before[backend] ?? 0} → ${after[backend] ?? 0}`)
    .join(", ");
}
