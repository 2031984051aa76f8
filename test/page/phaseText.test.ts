import { describe, expect, it } from "vitest";
import { phaseText } from "../../src/page/phaseText.ts";

const backend = (name: string, weight: number, phase: string | null = "serving", baseline = weight) => ({
  backend: name,
  weight,
  baseline,
  phase,
});
const split = (...backends: readonly ReturnType<typeof backend>[]) => ({ backends });

describe("the phase of a backend", () => {
  it("is standby if it serves with weight 0 and baseline 0", () => {
    const splits = [split(backend("web", 100), backend("east", 0))];
    expect(phaseText(backend("east", 0), splits)).toBe("standby");
    expect(phaseText(backend("web", 100), splits)).toBe("serving");
  });

  it("is serving if it has weight 0 now and baseline weight", () => {
    expect(phaseText(backend("web", 0), [split(backend("web", 0, "serving", 100), backend("east", 100, "serving", 0))])).toBe("serving");
  });

  it("is serving if it has weight in another split", () => {
    const splits = [split(backend("web", 100), backend("east", 0)), split(backend("web", 0), backend("east", 1))];
    expect(phaseText(backend("east", 0), splits)).toBe("serving");
    expect(phaseText(backend("web", 0), splits)).toBe("serving");
  });

  it("is standby if it has weight 0 in every split that names it", () => {
    const splits = [split(backend("web", 100), backend("east", 0)), split(backend("web", 100), backend("west", 1))];
    expect(phaseText(backend("east", 0), splits)).toBe("standby");
  });

  it.each(["suspect", "out", "returning"])("stays %s with weight 0", (phase) => {
    expect(phaseText(backend("east", 0, phase), [split(backend("east", 0, phase))])).toBe(phase);
  });

  it("is not judged if the route has no rule", () => {
    expect(phaseText(backend("east", 0, null), [split(backend("east", 0, null))])).toBe("not judged");
  });
});
