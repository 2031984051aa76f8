/** A thread of its own, so that reading the answers does not delay the requests whose wait is measured. */
import { setTimeout as sleep } from "node:timers/promises";
import { workerData } from "node:worker_threads";

/** Requests that are repeated, each in so many copies. */
export interface Visits {
  readonly url: string;
  readonly everyMs: number;
  readonly copies: number;
  /** As an open status page asks: each request has the cursor of the last answer. */
  readonly follows?: boolean;
}

/** The part of an answer of the feed that leads to the next one. */
interface FeedAnswer {
  readonly cursor: string;
  readonly more: boolean;
}

async function askAgainAndAgain({ url, everyMs, follows = false }: Visits): Promise<void> {
  let cursor: string | null = null;
  for (;;) {
    const read = await textAt(cursor === null ? url : `${url}?since=${cursor}`);
    const answer = follows && read !== null ? (JSON.parse(read) as FeedAnswer) : null;
    cursor = answer?.cursor ?? cursor;
    if (answer?.more !== true) await sleep(everyMs);
  }
}

/** Null: there was no answer. One that says no is a mistake of the bench. */
async function textAt(url: string): Promise<string | null> {
  const answer = await fetch(url).catch(() => null);
  if (answer !== null && !answer.ok) throw new Error(`${url}: HTTP ${answer.status}`);
  return (await answer?.text().catch(() => null)) ?? null;
}

for (const visits of workerData as readonly Visits[]) {
  for (let i = 0; i < visits.copies; i++) void askAgainAndAgain(visits);
}
