import { describe, expect, it } from "vitest";
import { pickBackend } from "../../demo/pickBackend.ts";

const weighted = (web: number, east: number) => [
  { service: "web", weight: web },
  { service: "east", weight: east },
];

describe("pickBackend", () => {
  it.each([
    [100, 0, 0.999, "web"],
    [0, 100, 0, "east"],
    [5, 95, 0.0499, "web"],
    [5, 95, 0.05, "east"],
    [0.5, 0.5, 0.49, "web"],
  ])("of %d/%d picks by the roll %d", (web, east, roll, expected) => {
    expect(pickBackend(weighted(web, east), roll)).toBe(expected);
  });

  it("picks none if all weights are zero", () => {
    expect(pickBackend(weighted(0, 0), 0.3)).toBeNull();
    expect(pickBackend([], 0)).toBeNull();
  });

  it("picks by the shares of the weights", () => {
    const picks = Array.from({ length: 1_000 }, (_, at) => pickBackend(weighted(25, 75), at / 1_000));
    expect(picks.filter((pick) => pick === "web")).toHaveLength(250);
  });
});
