import { expect, it } from "vitest";
import { sparingly } from "../../src/controller/sparingly.ts";

it("passes the same text on again after a while, and another one at once", () => {
  const told: string[] = [];
  let nowMs = 0;
  const tell = sparingly(
    (text) => told.push(`${nowMs} ${text}`),
    60_000,
    () => nowMs,
  );
  for (; nowMs <= 120_000; nowMs += 2_000) tell(nowMs === 10_000 ? "forbidden" : "away");
  expect(told).toEqual(["0 away", "10000 forbidden", "12000 away", "72000 away"]);
});
