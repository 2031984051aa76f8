/** A thread of its own, so that reading the answers does not delay the requests whose wait is measured. */
import { setTimeout as sleep } from "node:timers/promises";
import { workerData } from "node:worker_threads";

/** Requests that are repeated, each in so many copies. */
export interface Visits {
  readonly url: string;
  readonly everyMs: number;
  readonly copies: number;
}

async function askAgainAndAgain({ url, everyMs }: Visits): Promise<void> {
  for (;;) {
    await fetch(url).then(
      (answer) => answer.arrayBuffer(),
      () => undefined,
    );
    await sleep(everyMs);
  }
}

for (const visits of workerData as readonly Visits[]) {
  for (let i = 0; i < visits.copies; i++) void askAgainAndAgain(visits);
}
