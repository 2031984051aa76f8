import { writeTime } from "../../../routes/rfc3339.ts";
import { routeKey } from "../../../routes/route.ts";
import { formatDuration } from "../../../rules/duration.ts";
import { formatRules } from "../../../rules/formatRules.ts";
import { formatShare } from "../../../rules/share.ts";
import { CANDIDATES, type Candidate, type Tried } from "../../../simulator/suggest.ts";
import { writeSeconds } from "./replayPast.ts";
import type { Suggested } from "./suggestRules.ts";

const NAMES = { failBelow: "failBelow", windowMs: "window", minRequests: "minRequests", failAfterMs: "failAfter" } as const;
const OUTAGES = "Outages, in which a fifth of the requests or more failed for half a minute or longer:";
const KEYS = Object.keys(NAMES) as (keyof Candidate)[];

/** The suggestion as text for people, with the rule as YAML at its end. */
export function renderSuggestion(suggested: Suggested): string {
  const { past, suggestion, stretches } = suggested;
  const { outages, now, best } = suggestion;
  const closeMs = stretches.reduce((sum, { fromMs, untilMs }) => sum + untilMs - fromMs, 0);
  const seen = outages.map(
    ({ fromMs, untilMs, good }) => `  ${writeSeconds(fromMs)} for ${seconds(untilMs - fromMs)}: down to ${percent(good)} good`,
  );
  const isSame = KEYS.every((key) => best.candidate[key] === now.candidate[key]);
  return `${[
    `${routeKey(past.route)} from ${writeSeconds(past.fromMs)} to ${writeSeconds(past.untilMs)}; rules were tried on the ${seconds(closeMs)} with the most failures`,
    ...(outages.length === 0 ? ["No outage can be seen in it, so nothing tells how soon one would be caught."] : [OUTAGES, ...seen]),
    "",
    `now:       ${valuesOf(now.candidate)}: ${resultOf(now, outages.length)}`,
    ...(isSame ? [] : [`suggested: ${valuesOf(best.candidate)}: ${resultOf(best, outages.length)}`]),
    ...(isSame ? ["", `None of the ${CANDIDATES} rules that were tried is better.`] : []),
    "",
    `The ${isSame ? "present" : "suggested"} rule with another value of one key:`,
    ...reasonsFor(suggested).map((text) => `- ${text}`),
    ...unsureOf(suggested),
    ...(isSame ? [] : ["", "The rules file with the suggested rule, of which only successRate is new:", ruleText(suggested).trimEnd()]),
  ].join("\n")}\n`;
}

/** The same as data. */
export function suggestionJson(suggested: Suggested): unknown {
  const { past, suggestion } = suggested;
  const { route, fromMs, untilMs } = past;
  const result = ({ candidate, caught, falseMoves, afterMs }: Tried) => ({
    ...{ failBelow: candidate.failBelow, window: formatDuration(candidate.windowMs), minRequests: candidate.minRequests },
    ...{ failAfter: formatDuration(candidate.failAfterMs), caught, falseMoves, afterSeconds: afterMs === null ? null : afterMs / 1_000 },
  });
  return {
    ...{ kind: route.kind, namespace: route.namespace, name: route.name, from: writeTime(fromMs), until: writeTime(untilMs) },
    outages: suggestion.outages.map((own) => ({ from: writeTime(own.fromMs), until: writeTime(own.untilMs), good: own.good })),
    ...{
      now: result(suggestion.now),
      suggested: result(suggestion.best),
      reasons: [...reasonsFor(suggested), ...unsureOf(suggested)],
      rules: ruleText(suggested),
    },
  };
}

/** For each key: what its other values would have done. */
function reasonsFor({ suggestion: { best, others } }: Suggested): readonly string[] {
  return KEYS.map((key) => {
    const own = others.filter(({ candidate }) => candidate[key] !== best.candidate[key]);
    const worse = own.flatMap((other) => {
      const why = whyWorse(other, best);
      return why === null ? [] : [`${NAMES[key]} ${valueOf(key, other.candidate)} ${why}`];
    });
    return worse.length === 0 ? `${NAMES[key]}: no other value is worse` : worse.join("; ");
  });
}

function unsureOf({ suggestion: { outages } }: Suggested): readonly string[] {
  return outages.length === 1 ? ["One outage is little to learn from: replay the rule on others, too."] : [];
}

function whyWorse(other: Tried, best: Tried): string | null {
  if (other.caught < best.caught) return `would have missed ${many(best.caught - other.caught, "outage")}`;
  if (other.falseMoves > best.falseMoves)
    return `would have moved traffic without an outage ${many(other.falseMoves - best.falseMoves, "time")} more`;
  const laterMs = (other.afterMs ?? 0) - (best.afterMs ?? 0);
  return laterMs >= 1_000 ? `would have been ${seconds(laterMs)} later` : null;
}

function resultOf({ caught, falseMoves, afterMs }: Tried, outages: number): string {
  const after = afterMs === null ? "" : `, ${seconds(afterMs)} after they could be seen`;
  const found = outages === 0 ? "" : `catches ${caught} of ${many(outages, "outage")}${after}; `;
  return `${found}${falseMoves === 0 ? "never moves" : `${many(falseMoves, "time")} moves`} traffic without an outage`;
}

function ruleText({ past, suggestion }: Suggested): string {
  return formatRules({ rules: [suggestion.best.rule], brakes: past.brakes });
}

function valuesOf(candidate: Candidate): string {
  return KEYS.map((key) => `${NAMES[key]} ${valueOf(key, candidate)}`).join(", ");
}

function valueOf(key: keyof Candidate, candidate: Candidate): string {
  if (key === "failBelow") return formatShare(candidate.failBelow);
  return key === "minRequests" ? String(candidate.minRequests) : formatDuration(candidate[key]);
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function seconds(ms: number): string {
  return formatDuration(Math.round(ms / 1_000) * 1_000);
}

function many(count: number, what: string): string {
  return `${count} ${count === 1 ? what : `${what}s`}`;
}
