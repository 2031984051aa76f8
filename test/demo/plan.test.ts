import { describe, expect, it } from "vitest";
import { RULE, returnWeights, rulesYaml } from "../../demo/plan.ts";
import { parseRules } from "../../src/rules/parseRules.ts";

describe("the plan of the demo", () => {
  it("is a valid rules file with the settings that the demo needs", () => {
    const parsed = parseRules(rulesYaml(), "rules.yaml");
    const { failBelow, recoverAbove, windowMs, minRequests, failAfterMs, recoverAfterMs, steps, everyMs } = RULE;
    expect(parsed).toMatchObject({
      ok: true,
      rules: {
        rules: [
          {
            signals: { readiness: { minReady: 1 }, successRate: { failBelow, recoverAbove, windowMs, minRequests } },
            failAfterMs,
            recoverAfterMs,
            return: { steps, everyMs },
          },
        ],
      },
    });
  });

  it("ends its return at the owner's weights", () => {
    expect(returnWeights()).toEqual([
      [5, 95],
      [25, 75],
      [50, 50],
      [100, 0],
    ]);
  });
});
