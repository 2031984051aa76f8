import type { FeedRoute, Wait } from "../admin/feedRoute.ts";
import { numberOf } from "./evidence.ts";
import { backendsOf } from "./headline.ts";
import { countText } from "./text.ts";

/** What happens next to a route, and what it depends on. */
export interface Next {
  readonly label: string;
  /** When; null: it does not come by time alone. */
  readonly until: string | null;
  /** In place of a countdown. */
  readonly text: string;
  readonly note: string;
}

/** What happens next; null: nothing is awaited. */
export function nextOf(route: FeedRoute): Next | null {
  if (route.frozen && route.severity === "failing") return ifThawed(route);
  if (route.pinned !== null) {
    const until = waitFor(route, "pin")?.until ?? null;
    return { label: "The pin ends in", until, text: "never by itself", note: "then health decides, at once" };
  }
  switch (route.severity) {
    case "failing":
      return nextOfFailing(route);
    case "shifted":
      return trialOf(route);
    case "returning":
      return stepOf(route);
    case "attention":
    case "healthy":
      return null;
  }
}

function ifThawed(route: FeedRoute): Next {
  const gains = backendsOf(route).filter(({ weight, desired }) => desired > weight);
  const all = gains.length === 1 && backendsOf(route).every(({ backend, desired }) => desired === 0 || backend === gains[0]?.backend);
  const names = gains.map(({ backend }) => backend).join(", ");
  const text = gains.length === 0 ? "nothing moves" : all ? `${names} takes all` : `${names} takes more`;
  return { label: "If thawed now", until: null, text, note: gains.length === 0 ? "no other backend is better" : "at once" };
}

function nextOfFailing(route: FeedRoute): Next | null {
  const wait = waitFor(route, "failAfter");
  if (wait !== undefined) return { label: "Traffic moves in", until: wait.until, text: "at the next tick", note: "if it stays unfit" };
  if (waitFor(route, "noneFit") !== undefined) {
    return { label: "Traffic moves", until: null, text: "when a backend is fit", note: "at once then" };
  }
  const held = route.why?.waits.find(({ for: what }) => what !== "step" && what !== "recoverAfter");
  if (held === undefined) return null;
  return { label: `Brake ${held.for}`, until: held.until, text: "holds the move", note: BRAKE_ENDS[held.for] ?? "" };
}

const BRAKE_ENDS: Readonly<Record<string, string>> = {
  maxShifted: "until fewer routes have just left",
  signalLoss: "until most routes have metrics again",
  sharedFate: "until another backend does better",
  oneClient: "until other clients see failures, too",
  warmUp: "until one window of metrics is complete",
  reapplied: "then the weights are written again",
  minTimeBetweenWrites: "then the weights are written",
};

function trialOf(route: FeedRoute): Next | null {
  const wait = waitFor(route, "recoverAfter");
  if (wait === undefined) return null;
  const reason = route.why?.reasons.find((one) => one.backend === wait.backend && one["for"] === "recoverAfter");
  const condition = reason?.["condition"] ?? "good";
  const name = wait.backend ?? "it";
  if (condition === "good")
    return { label: `${name} gets traffic again in`, until: wait.until, text: "a moment", note: "if it stays good" };
  const note = condition === "bad" || condition === "worse" ? "it is not good yet" : "whether it is good is not known now";
  return { label: `${name} gets traffic again`, until: null, text: "once it is good", note };
}

function stepOf(route: FeedRoute): Next {
  const wait = waitFor(route, "step");
  const trial = route.why?.reasons.find(({ kind }) => kind === "trial");
  const needed = trial === undefined ? 0 : numberOf(trial, "needed");
  const has = trial === undefined ? 0 : numberOf(trial, "good");
  const note = needed > 0 ? `needs ${countText(needed)} good requests, has ${countText(has)}` : "if it stays good";
  return { label: "Next step in", until: wait?.until ?? null, text: "when it has answered enough", note };
}

function waitFor({ why }: FeedRoute, what: string): Wait | undefined {
  return why?.waits.find((wait) => wait.for === what);
}
