import type { Source } from "./tidy.ts";

/** A word that the project no longer uses, and what it says instead. */
interface RetiredWord {
  readonly pattern: RegExp;
  readonly instead: string;
}

/** One concept has one name: those of the glossary in docs/concepts.md. Reflected in names of the code, too. */
const RETIRED: readonly RetiredWord[] = [
  {
    pattern: /(?<![A-Za-z])look(s|ed|ing)?(?![a-z])|(?<![A-Z])Look(s|ed|ing)?(?![a-z])|LOOK/,
    instead: "tick, or: evaluate, read, check, watch, see",
  },
  { pattern: /wish/i, instead: "desired weights" },
  { pattern: /who(m|so)?ever|(no|some|any|every)body|(some|every)one(?![a-z])/i, instead: "the thing that is meant, by its name" },
  {
    pattern:
      /\bleft on ((readiness|metrics?|latency|successRate|unanswered|gateway|query|(its|a|the) (gateway|metric|signal|query))\b|\$\{)/i,
    instead: "removed because of",
  },
  { pattern: /\blaid at\b|\bat (its|the|their|this|that|each)( \S+){0,2} doors?\b/i, instead: "attributed to" },
  { pattern: /\bthe (mind|eyes|hands)\b/i, instead: "the room by its name" },
  { pattern: /blam(e|ing)|\bconvict/i, instead: "attribute, suspect, remove" },
  { pattern: /\b(fares?|glance\w*)\b/i, instead: "does worse; reads" },
];

/** Retired words in a text, each with its line and what to say instead. */
export function retiredWords({ path, text }: Source): readonly string[] {
  return text
    .split("\n")
    .flatMap((line, i) =>
      RETIRED.filter(({ pattern }) => pattern.test(line)).map(
        ({ instead }) => `${path}:${i + 1} (${instead}): ${line.trim().slice(0, 120)}`,
      ),
    );
}
