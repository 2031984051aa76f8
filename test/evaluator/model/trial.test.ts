import { describe, expect, it } from "vitest";
import {
  type Answers,
  answersOf,
  beginTrial,
  continueTrial,
  continueUnseen,
  NO_ANSWERS,
  type Trial,
} from "../../../src/evaluator/model/trial.ts";

const WINDOW_MS = 30_000;
const TICK_MS = 5_000;

/** Requests by second since long before the step; the step begins at `BEGIN`. */
const BEGIN = 100;
type Requests = (second: number) => number;

/** What a window that ends after this second holds; one of ten requests is bad, and twice as many are promised. */
function windowAt(requests: Requests, second: number): Answers {
  let total = 0;
  for (let at = second - WINDOW_MS / 1_000 + 1; at <= second; at++) total += requests(at);
  return { good: 0.9 * total, total, promised: 2 * total, leastPromised: total };
}

/** The trial after these seconds, with a tick every 5 s, and what it counts. */
function after(seconds: number, requests: Requests): { readonly trial: Trial; readonly answers: Answers } {
  let trial = beginTrial(windowAt(requests, BEGIN));
  for (let at = BEGIN + 5; at <= BEGIN + seconds; at += 5) trial = continueTrial(trial, windowAt(requests, at), WINDOW_MS, TICK_MS);
  return { trial, answers: answersOf(trial, windowAt(requests, BEGIN + seconds), WINDOW_MS) };
}

describe("a trial counts the requests since its step began, once", () => {
  it.each([5, 25, 30, 35, 90, 100])("%d s of a steady rate", (seconds) => {
    const { answers } = after(seconds, () => 2);
    expect(answers.total).toBeCloseTo(2 * seconds);
    expect(answers.good).toBeCloseTo(1.8 * seconds);
    expect(answers.promised).toBeCloseTo(4 * seconds);
    expect(answers.leastPromised).toBeCloseTo(2 * seconds);
  });

  it.each([30, 60, 90])("a burst in the step, after %d s", (seconds) => {
    expect(after(seconds, (at) => (at === BEGIN + 12 ? 60 : 0)).answers.total).toBeCloseTo(60);
  });

  it("not those of the step before, after a window", () => {
    expect(after(30, (at) => (at <= BEGIN ? 10 : 1)).answers.total).toBeCloseTo(30);
  });

  it("no fewer than none while a burst of the step before leaves the window", () => {
    for (let seconds = 0; seconds <= 60; seconds += 5) {
      const { good, total } = after(seconds, (at) => (at === BEGIN - 28 ? 60 : 0)).answers;
      expect([good, total]).toEqual([0, 0]);
    }
  });

  it("and knows for how long it has lasted", () => expect(after(45, () => 1).trial.lastedMs).toBe(45_000));
});

it("a promise that is unknown now is unknown, and counts as none later", () => {
  const known: Answers = { good: 1, total: 1, promised: 4, leastPromised: 2 };
  const unknown: Answers = { ...known, promised: null, leastPromised: null };
  expect(answersOf(continueTrial(beginTrial(known), unknown, WINDOW_MS, TICK_MS), unknown, WINDOW_MS).promised).toBeNull();
  const over = continueTrial(beginTrial(unknown), unknown, WINDOW_MS, WINDOW_MS);
  expect(answersOf(over, known, WINDOW_MS)).toMatchObject({ promised: 4, leastPromised: 2 });
});

it("what was answered since the tick before the step counts only if there are failures in it", () => {
  const begun = (good: number, total: number) => beginTrial(NO_ANSWERS, { good, total }).over;
  expect(begun(5, 5)).toMatchObject({ good: 0, total: 0 });
  expect(begun(4, 5)).toMatchObject({ good: 4, total: 5 });
});

it("the time without an answer begins after the first one", () => {
  const begun = beginTrial(NO_ANSWERS);
  expect(continueUnseen(begun, TICK_MS)).toBe(begun);
  const seen = continueTrial(begun, NO_ANSWERS, WINDOW_MS, TICK_MS);
  expect(seen.silentMs).toBe(0);
  expect(continueUnseen(continueUnseen(seen, TICK_MS), TICK_MS)).toEqual({ ...seen, silentMs: 2 * TICK_MS });
});
