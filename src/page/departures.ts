import type { RouteDetail } from "./live.ts";
import { type Sentence, say, strong } from "./say.ts";
import { CAUSE_TEXTS } from "./storyOf.ts";

/** A backend became unfit, and no weight has changed since. */
export interface Departure {
  readonly at: string;
  readonly sentences: readonly Sentence[];
}

/** Decisions this long before or after say the same. */
const SAME_MS = 15_000;

/** The backends that are out or suspect now without a decision that tells it, the last one first. */
export function departuresOf({ splits, decisions }: Pick<RouteDetail, "splits" | "decisions">): readonly Departure[] {
  const backends = new Map(splits.flatMap((split) => split.backends.map((own) => [own.backend, own] as const)));
  return [...backends.values()]
    .flatMap(({ backend, phase, since, reasons }): readonly Departure[] => {
      if (since === null || (phase !== "out" && phase !== "suspect")) return [];
      if (decisions.some(({ at }) => Math.abs(Date.parse(at) - Date.parse(since)) <= SAME_MS)) return [];
      const cause = reasons.find(({ kind }) => kind === "removed")?.cause;
      if (phase === "suspect") return [{ at: since, sentences: [say`${strong(`${backend} became unfit`)}; nothing has moved yet.`] }];
      return [
        {
          at: since,
          sentences: [
            say`${strong(`${backend} was found unfit`)} because of ${CAUSE_TEXTS[cause ?? ""] ?? "bad health"}; no weight has changed since.`,
          ],
        },
      ];
    })
    .toSorted((a, b) => (a.at < b.at ? 1 : -1));
}
