import type { ReasonJson } from "../admin/decisionJson.ts";
import type { FeedBackend, FeedRoute } from "../admin/feedRoute.ts";
import { evidenceAgainst, numberOf } from "./evidence.ts";
import { type Sentence, say, strong } from "./say.ts";
import { CAUSE_TEXTS, deedOf, whyOf } from "./storyOf.ts";
import { ago, clock, countText, percent, type Zone } from "./text.ts";

/** When and where a page is read. */
export interface Moment {
  readonly nowMs: number;
  readonly zone: Zone;
}

/** Why a route is as it is, the most important sentence first. */
export function headlineOf(route: FeedRoute, moment: Moment): readonly Sentence[] {
  switch (route.severity) {
    case "failing":
      return [...harmOf(route), whyNothingMoves(route)];
    case "shifted":
      return shiftedBecause(route, moment);
    case "returning":
      return returningOf(route);
    case "attention":
      return attentionOf(route);
    case "healthy":
      return [say`All of its load is where its owner wants it.`];
  }
}

/** All backends of a route, each once. */
export function backendsOf({ splits }: FeedRoute): readonly FeedBackend[] {
  const found = new Map<string, FeedBackend>();
  for (const { backends } of splits) {
    for (const own of backends) {
      const known = found.get(own.backend);
      if (known === undefined || known.weight < own.weight) found.set(own.backend, own);
    }
  }
  return [...found.values()];
}

function harmOf(route: FeedRoute): readonly Sentence[] {
  const reasons = route.why?.reasons ?? [];
  const hurt = backendsOf(route).filter(({ weight, verdict }) => weight > 0 && verdict === "unfit");
  return hurt.map(({ backend, success }): Sentence => {
    const evidence = evidenceAgainst(reasons, backend);
    if (evidence !== null) return capital([...evidence, "."]);
    return success === null
      ? say`${strong(backend)} carries load and is unfit.`
      : say`${strong(percent(success))} of the requests to ${backend} succeed.`;
  });
}

function whyNothingMoves(route: FeedRoute): Sentence {
  if (route.frozen) return say`Nothing moves, because its owner has ${strong("frozen")} the route.`;
  if (route.pinned !== null) return say`Nothing moves, because its owner has ${strong(`pinned it to ${route.pinned}`)}.`;
  const reasons = route.why?.reasons ?? [];
  const brakes = reasons.filter(({ kind }) => kind === "brake");
  if (brakes.some((brake) => brake["brake"] === "noneFit"))
    return say`${strong("No backend is fit")}, so there is nothing better to move to.`;
  const [brake] = brakes;
  if (brake !== undefined) return say`The move is held by the brake ${strong(String(brake["brake"]))}: ${heldText(brake)}.`;
  if (reasons.some((reason) => reason.kind === "waiting" && reason["for"] === "failAfter"))
    return say`Traffic moves ${strong("if this lasts")}.`;
  return say`The weights are evaluated again at the next tick.`;
}

/** The text of a brake without its name. */
function heldText({ text }: ReasonJson): string {
  return text.replace(/^held by \w+(?: for another [\w ]+)?: /, "");
}

function shiftedBecause(route: FeedRoute, { nowMs, zone }: Moment): readonly Sentence[] {
  const { why, pinned } = route;
  if (pinned !== null) return [say`Its owner has ${strong(`pinned it to ${pinned}`)}.`];
  const decision = why?.decision ?? null;
  if (decision !== null && decision.direction !== "return") {
    const atMs = Date.parse(decision.at);
    const reason = whyOf(decision);
    const when: Sentence = [...deedOf(decision).slice(0, -1), ` ${ago(atMs, nowMs)}, at ${clock(atMs, zone, nowMs)}.`];
    return reason === null ? [when] : [when, capital(reason)];
  }
  const out = backendsOf(route).filter(({ phase }) => phase === "out");
  if (out.length === 0) return [say`Its weights differ from its owner's.`];
  return out.map(({ backend }) => {
    const cause = why?.reasons.find((reason) => reason.backend === backend && reason.kind === "removed")?.["cause"];
    const since = why?.since[backend];
    const when = since === undefined ? "" : `, ${ago(Date.parse(since), nowMs)}`;
    return say`${strong(backend)} was removed because of ${CAUSE_TEXTS[String(cause)] ?? "bad health"}${when}.`;
  });
}

function returningOf(route: FeedRoute): readonly Sentence[] {
  const reasons = route.why?.reasons ?? [];
  const back = backendsOf(route).filter(({ phase }) => phase === "returning");
  return back.map(({ backend }) => {
    const step = reasons.find((reason) => reason.backend === backend && reason.kind === "stepping");
    const trial =
      reasons.find((reason) => reason.backend === backend && reason.kind === "trial") ??
      reasons.find((reason) => reason.backend === backend && reason.kind === "share" && reason["signal"] === "successRate");
    const good =
      trial === undefined
        ? []
        : say`, ${strong(`${countText(numberOf(trial, "good"))} of ${countText(numberOf(trial, "total"))}`)} requests good`;
    if (step === undefined) return say`Traffic returns to ${strong(backend)} by steps.`;
    const begins = say`Step ${numberOf(step, "step") + 1} of ${numberOf(step, "steps")}: ${backend} has ${strong(percent(numberOf(step, "share")))} of its traffic again`;
    return [...begins, ...good, "."];
  });
}

function attentionOf(route: FeedRoute): readonly Sentence[] {
  const { problems, why } = route;
  const reasons = why?.reasons ?? [];
  const sentences = problems.map(({ problem, text }): Sentence => say`${strong(problem)}: ${text}.`);
  const idle = backendsOf(route).filter(({ weight, verdict, phase }) => weight === 0 && (verdict === "unfit" || phase === "out"));
  for (const { backend } of idle) {
    const evidence = evidenceAgainst(reasons, backend);
    sentences.push(say`The standby ${strong(backend)} is not fit, so a failover could not go there.`);
    if (evidence !== null) sentences.push(capital([...evidence, "."]));
  }
  for (const brake of reasons.filter(({ kind }) => kind === "brake")) {
    sentences.push(
      say`The brake ${strong(String(brake["brake"]))} holds: ${brake.backend === null ? "" : `${brake.backend}: `}${heldText(brake)}.`,
    );
  }
  return sentences.length > 0 ? sentences : [say`Its page says more.`];
}

/** A sentence begins with a capital letter, but a name of a Service stays as it is. */
function capital(sentence: Sentence): Sentence {
  const [first, ...rest] = sentence.filter((part) => part !== "");
  if (first === undefined) return sentence;
  if (typeof first === "string") return [first.replace(/^the /, "The "), ...rest];
  return [{ strong: first.strong.replace(/^the /, "The ") }, ...rest];
}
