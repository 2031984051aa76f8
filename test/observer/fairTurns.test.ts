import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { FairTurns } from "../../src/observer/fairTurns.ts";

it("runs at most so many jobs at once, the others in the order in which they came", async () => {
  const turns = new FairTurns(2, 10_000);
  const begun: string[] = [];
  let running = 0;
  let most = 0;
  const job = (name: string) =>
    turns.run(name, async () => {
      begun.push(name);
      most = Math.max(most, ++running);
      await sleep(5);
      running -= 1;
      return name;
    });
  expect(await Promise.all(["a", "b", "c", "d", "e"].map(job))).toEqual(["a", "b", "c", "d", "e"]);
  expect(begun).toEqual(["a", "b", "c", "d", "e"]);
  expect(most).toBe(2);
});

it("gives a turn to the next one if a job fails", async () => {
  const turns = new FairTurns(1, 10_000);
  const failing = turns.run("a", () => Promise.reject(new Error("no")));
  const next = turns.run("b", async () => "b");
  await expect(failing).rejects.toThrow("no");
  expect(await next).toBe("b");
});

it("starves none for ever: who waited in vain goes first the next time", async () => {
  const turns = new FairTurns(1, 25);
  const names = ["a", "b", "c", "d"];
  const job = (name: string) => turns.run(name, () => sleep(20, name));
  const first = await Promise.all(names.map(job));
  expect(first.slice(0, 2)).toEqual(["a", "b"]);
  expect(first.slice(2)).toEqual([null, null]);
  const second = await Promise.all(names.map(job));
  expect(second[2]).toBe("c");
  const third = await Promise.all(names.map(job));
  expect(third[3]).toBe("d");
});

it("who gives up waiting has waited in vain, and goes first the next time", async () => {
  const turns = new FairTurns(1, 10_000);
  const leave = await turns.enter("first");
  const impatient = new AbortController();
  const given = turns.enter("impatient", impatient.signal);
  const others = turns.enter("other");
  impatient.abort();
  expect(await given).toBeNull();
  const again = turns.enter("impatient");
  leave?.();
  const turn = await again;
  expect(turn).not.toBeNull();
  turn?.();
  expect(await others).not.toBeNull();
  expect(await turns.enter("late", AbortSignal.abort())).toBeNull();
});
