import type { Dice } from "./dice.ts";
import type { Target } from "./scrapedSeries.ts";
import { PLAIN_TARGET } from "./scrapedSeries.ts";
import type { SimulatedPrometheus } from "./simulatedPrometheus.ts";
import { lasting, passing, type Trouble } from "./trouble.ts";

/** Prometheus stores all series under other labels from now on: a pod got another label, or the scrape configuration changed. */
export function relabelled(): Trouble {
  return passing(({ prometheus }) => {
    change(prometheus, (targets) => targets.map((target) => ({ ...target, revision: target.revision + 1 })));
    return "all series get another label";
  });
}

/** Another job scrapes the same proxies. */
export function secondJob(): Trouble {
  return lasting("a second job scrapes the proxies", ({ prometheus }) => {
    const isSecond = ({ job }: Target) => job === "second";
    change(prometheus, (targets) => {
      const [first = PLAIN_TARGET] = targets;
      return targets.some(isSecond) ? targets : [...targets, { ...first, job: "second" }];
    });
    return () => change(prometheus, (targets) => targets.filter((target) => !isSecond(target)));
  });
}

/** Prometheus answers with a part of what it has, and says so. */
export function partialAnswers(_: Dice): Trouble {
  return lasting("Prometheus is partial", ({ prometheus }) => {
    prometheus.condition = "partial";
    return () => {
      prometheus.condition = "working";
    };
  });
}

function change(prometheus: SimulatedPrometheus, to: (targets: readonly Target[]) => readonly Target[]): void {
  prometheus.targets = to(prometheus.targets);
}
