import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { clock, HEIGHT, type Picture, screen, statusLine, WIDTH, wrap } from "../../demo/screen.ts";

const PICTURE: Picture = {
  route: "HTTPRoute shop/web",
  elapsedMs: 67_340,
  stage: "shifted",
  backends: [
    { backend: "web", phase: "out", weight: 0, successRate: 0.512, requestsASecond: 0, errorsASecond: 0 },
    { backend: "web-east", phase: "serving", weight: 100, successRate: 1, requestsASecond: 50, errorsASecond: 0 },
  ],
  errors: { withController: { aSecond: [0, 10, 0], total: 10 }, without: { aSecond: [0, 10, 20], total: 30 } },
  decision: "1:02.0  failover (successRate): web 100 → 0, web-east 0 → 100",
  reasons: [
    { backend: "web", text: "waiting: must be good for another 6s before any traffic returns" },
    { backend: "web-east", text: "readiness: 2 ready" },
  ],
  rules: ["failover below", "return when good"],
  failBelow: 0.9,
};

describe("screen", () => {
  it("fits on a terminal of 80 × 24 and shows everything", () => {
    const lines = screen(PICTURE, false);
    expect(lines.length).toBe(HEIGHT);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(WIDTH);
    expect(lines.map((line) => line.trimEnd()).join("\n")).toMatchInlineSnapshot(`
      " linkerd-failover · HTTPRoute shop/web                                   1:07.3

       √ steady  √ primary fails half  ● traffic moved  ○ primary healed  ○ all back

       backend   phase      weight                          success   req/s   err/s
       web       out           0 ························    51.2 %       0       0
       web-east  serving     100 ████████████████████████   100.0 %      50       0

       errors per second that users see, last 56 s                        in total
       with                                                            ▄        10
       without                                                         ▄█       30

       decision  1:02.0  failover (successRate): web 100 → 0, web-east 0 → 100


       web       waiting: must be good for another 6s before any traffic returns


       web-east  readiness: 2 ready



       rules     failover below
                 return when good"
    `);
  });

  it("fits even with long texts", () => {
    const long = "word ".repeat(100);
    const reasons = ["web", "web-east", "web", "web-east"].map((backend) => ({ backend, text: long }));
    const aSecond = Array.from({ length: 300 }, (_, at) => at);
    const errors = { withController: { aSecond, total: 123_456 }, without: { aSecond, total: 654_321 } };
    const lines = screen({ ...PICTURE, elapsedMs: 3_599_000, decision: long, reasons, errors }, false);
    expect(lines.length).toBe(HEIGHT);
    expect(lines.filter((line) => line.length > WIDTH)).toEqual([]);
    expect(lines.at(-1)).toContain("return when good");
  });

  it("differs with colours only in the colours", () => {
    const coloured = screen(PICTURE, true);
    expect(coloured).not.toEqual(screen(PICTURE, false));
    expect(coloured.map(stripVTControlCharacters)).toEqual(screen(PICTURE, false));
  });

  it("shows both clients' errors on one scale", () => {
    const [own, other] = screen(PICTURE, false).filter((line) => /^ with/.test(line));
    expect(own).toContain(" ▄ ");
    expect(other).toContain(" ▄█");
  });

  it("works without a success rate", () => {
    const backends = PICTURE.backends.map((row) => ({ ...row, successRate: null }));
    expect(screen({ ...PICTURE, backends }, false).join("\n")).not.toContain("NaN");
    expect(statusLine({ ...PICTURE, backends })).toContain("web 0 out –");
  });
});

describe("clock", () => {
  it.each([
    [0, "0:00.0"],
    [9_960, "0:09.9"],
    [67_340, "1:07.3"],
    [600_000, "10:00.0"],
  ])("formats %d ms", (ms, text) => {
    expect(clock(ms)).toBe(text);
  });
});

describe("wrap", () => {
  it("breaks between words and cuts words that are longer than a line", () => {
    expect(wrap("one two three", 7)).toEqual(["one two", "three"]);
    expect(wrap("overlong", 4)).toEqual(["over"]);
  });
});
