import { describe, expect, it } from "vitest";
import { checkTogether, type Second, SplitRegret } from "./splitRegret.ts";

const SECOND: Second = {
  atMs: 0,
  weights: "[100,0]",
  requests: 10,
  withUs: 0,
  without: 0,
  leftAlone: 0,
  singles: new Map(),
  lawful: 0,
  because: "",
};

function played(seconds: number, second: Partial<Second>): SplitRegret {
  const regret = new SplitRegret();
  for (let i = 0; i < seconds; i++) regret.take({ ...SECOND, atMs: i * 1_000, ...second });
  return regret;
}

describe("P15, regret,", () => {
  const singles = new Map([
    ["web", 5],
    ["web-east", 1],
  ]);

  it("compares with the better of no controller and the best backend", () => {
    expect(played(100, { withUs: 1.1, without: 5, singles }).check()).toBeNull();
    expect(played(100, { withUs: 2, without: 5, singles }).check()).toBe(
      "P15: of 1000 requests 200 failed, 200 beyond the law; 500 without the controller, 100 on web-east alone",
    );
    expect(played(100, { withUs: 2, without: 0, singles }).check()).toContain("0 without the controller");
  });

  it("allows a split what it would have lost on its owner's weights beside the others, but not the splits of a route together", () => {
    const crowded = played(100, { withUs: 3, without: 1, leftAlone: 3, singles: new Map([["web", 5]]) });
    expect(crowded.check()).toBeNull();
    expect(checkTogether([crowded, played(100, { withUs: 3, without: 10 })])).toBeNull();
    expect(checkTogether([crowded, played(100, { withUs: 3, without: 3 })])).toBe(
      "P15: of 2000 requests of all splits 600 failed beyond the law; 400 without the controller",
    );
  });

  it("allows what the law costs", () => {
    expect(played(100, { withUs: 2, lawful: 1, without: 5, singles }).check()).toBeNull();
  });

  it("shows the seconds in which users lost more", () => {
    const regret = played(1, { withUs: 2, without: 5, singles });
    regret.take({ ...SECOND, atMs: 1_000, withUs: 2, lawful: 2, without: 5, singles, because: "web: on trial" });
    const [, ...lines] = regret.table((atMs) => String(atMs));
    expect(lines).toEqual(["0 | [100,0] | 10.0 | 2.0 | 0.0 | 5.0 | 1.0 | "]);
  });
});
