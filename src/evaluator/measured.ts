import type { Judgement, SignalJudgement } from "./judgement.ts";

/** What metrics tell of those who carry a route's load: some `value`, an honest `quiet`, nothing (`lost`), or nobody asks (`off`). */
export type Measured = "value" | "quiet" | "lost" | "off";

const WORSE: Readonly<Record<Measured, number>> = { value: 0, quiet: 1, lost: 2, off: 3 };

/** The best that metrics tell of any carrier of a route. */
export function measuredOf(judgements: readonly Judgement[], carries: (index: number) => boolean): Measured {
  let best: Measured = "off";
  for (let i = 0; i < judgements.length; i++) {
    const judgement = judgements[i];
    if (judgement === undefined || !carries(i)) continue;
    for (const signal of judgement.soft) {
      const own = measuredBy(signal);
      if (WORSE[own] < WORSE[best]) best = own;
    }
  }
  return best;
}

function measuredBy({ reading }: SignalJudgement): Measured {
  switch (reading.state) {
    case "value":
      return "value";
    case "quiet":
      return "quiet";
    case "missing":
    case "failed":
      return "lost";
  }
}
