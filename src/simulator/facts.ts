import { serviceKey } from "../routes/route.ts";
import { type Mistake, mistake } from "./mistake.ts";
import { NO_PODS, scale } from "./pods.ts";
import type { Story } from "./story.ts";
import { type Behaviour, WELL } from "./traffic.ts";

const WELL_AGAIN: Partial<Behaviour> = { good: 1, unreachable: false, slow: 0, hung: 0 };

/** What a story may say of a Service, as `web: 2 ready, 40% good`. */
const FACTS: readonly (readonly [RegExp, (story: Story, key: string, args: readonly string[]) => void])[] = [
  [/^(\d+) ready$/, (story, key, [ready]) => setPods(story, key, Number(ready), Number(ready))],
  [/^(\d+) of (\d+) ready$/, (story, key, [ready, all]) => setPods(story, key, Number(ready), Number(all))],
  [/^no endpoints$/, (story, key) => (story.pods.delete(key), story.uncounted.delete(key))],
  [/^elsewhere$/, (story, key) => story.uncounted.set(key, { state: "elsewhere" })],
  [/^readiness stale$/, (story, key) => story.uncounted.set(key, { state: "stale" })],
  [/^(\d+(?:\.\d+)?)% good$/, (story, key, [good]) => behave(story, key, { good: Number(good) / 100, unreachable: false })],
  [/^well$/, (story, key) => behave(story, key, WELL_AGAIN)],
  [/^(\d+(?:\.\d+)?)% slow$/, (story, key, [slow]) => behave(story, key, { slow: Number(slow) / 100 })],
  [/^(\d+(?:\.\d+)?)% hung$/, (story, key, [hung]) => behave(story, key, { hung: Number(hung) / 100 })],
  [/^mirrors a Service of (\S+)$/, (story, key, [cluster = ""]) => story.mirrors.set(key, cluster)],
  [/^dead$/, (story, key) => behave(story, key, { unreachable: true })],
  [/^(\d+(?:\.\d+)?)\/s of its own$/, (story, key, [rate]) => behave(story, key, { ownRate: Number(rate) })],
];

const FACTS_HINT =
  "write `2 ready`, `0 of 2 ready`, `no endpoints`, `elsewhere`, `40% good`, `60% slow`, `95% hung`, `dead`, `well` or `5/s of its own`";

/** Changes what is so of a Service; null: done. */
export function setFact(story: Story, service: string, fact: string): Mistake | null {
  if (/^\d+(\.\d+)?%/.test(fact) && Number.parseFloat(fact) > 100) return mistake(`${fact} is more than all`, "a share is 0% to 100%");
  for (const [pattern, apply] of FACTS) {
    const match = pattern.exec(fact);
    if (match === null) continue;
    apply(story, serviceKey(story.namespace, service), match.slice(1));
    return null;
  }
  return mistake(`"${fact}" is nothing that can be said of a Service`, FACTS_HINT);
}

/** Sets how many pods a Service has. */
export function setPods(story: Story, key: string, ready: number, all: number): void {
  story.pods.set(key, scale(story.pods.get(key) ?? NO_PODS, ready, all));
  story.uncounted.delete(key);
}

function behave(story: Story, key: string, change: Partial<Behaviour>): void {
  story.behaviours.set(key, { ...(story.behaviours.get(key) ?? WELL), ...change });
}
