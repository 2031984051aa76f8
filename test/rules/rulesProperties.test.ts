import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { ROUTE_KINDS } from "../../src/routes/route.ts";
import { DEFAULT_RULES } from "../../src/rules/defaultRules.ts";
import { formatDuration } from "../../src/rules/duration.ts";
import { formatRules, toRulesFile } from "../../src/rules/formatRules.ts";
import { LATENCY_BOUNDS_MS } from "../../src/rules/latencyBounds.ts";
import { parseRules } from "../../src/rules/parseRules.ts";
import { renderProblems } from "../../src/rules/rulesProblem.ts";
import { formatShare } from "../../src/rules/share.ts";

/** For a busy machine; each takes a few seconds alone. */
const PROPERTY_TIME_LIMIT_MS = 120_000;

const duration = (minMs: number, maxMs: number) => fc.integer({ min: minMs, max: maxMs }).map(formatDuration);
const share = (min: number, max: number) =>
  fc
    .integer({ min: min * 1_000_000, max: max * 1_000_000 })
    .chain((ppm) => fc.constantFrom<string | number>(formatShare(ppm / 1_000_000), ppm / 1_000_000));
const word = fc.stringMatching(/^[a-z0-9]{1,10}$/);
const optional = <T extends object>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) => fc.record(model, { requiredKeys: [] });

const steps = fc
  .uniqueArray(fc.integer({ min: 1, max: 999_999 }), { maxLength: 5 })
  .map((shares) => shares.sort((a, b) => a - b).map((ppm) => formatShare(ppm / 1_000_000)));
/** Bodies whose values do not contradict each other, in any combination of rule and defaults. */
const body = optional({
  match: optional({
    namespaces: fc.array(word, { minLength: 1, maxLength: 3 }),
    labels: fc.dictionary(word, word, { maxKeys: 3 }),
    kinds: fc.subarray([...ROUTE_KINDS], { minLength: 1 }),
  }),
  failAfter: duration(0, 1_000_000),
  recoverAfter: duration(0, 1_000_000),
  return: optional({ steps, every: duration(0, 1_000_000) }),
  damping: optional({
    factor: fc.double({ min: 1, max: 10, noNaN: true }),
    max: duration(1_000_000, 9_000_000),
    forgetAfter: duration(0, 9_000_000),
  }),
  fallback: optional({ order: fc.constantFrom("together", "listed"), standbyShare: share(0, 0.499999) }),
  spill: fc.option(optional({ overprovisioning: fc.double({ min: 1, max: 100, noNaN: true }) })),
  whenNoneFit: fc.constantFrom("readiness", "hold"),
});
const window = duration(5_000, 86_400_000);
const minRequests = fc.integer({ min: 1, max: 1e6 });
const successRate = optional({ failBelow: share(0, 0.9), recoverAbove: share(0.9, 1), window, minRequests });
const latency = optional({
  under: fc.constantFrom(...LATENCY_BOUNDS_MS.map(formatDuration)),
  failBelow: share(0, 0.9),
  recoverAbove: share(0.9, 1),
  window,
  minRequests,
});
const unanswered = optional({ failAbove: share(0.6, 1), recoverBelow: share(0, 0.6), window, minRequests });
/** JSON has no negative zero. */
const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
const query = fc.record({
  name: word,
  query: fc
    .tuple(fc.constantFrom("'", '"', "`"), fc.constantFrom("", "{{namespace}}", "{{service}}", "{{cluster}}", "{{route}}"), fc.string())
    .map(
      ([quote, placeholder, text]) => `max(\n  a{x=${quote}${placeholder}${text.replace(/["'`\\{}]/g, "")}${quote}}\n)  # é "it's": {}\n`,
    ),
  recoverBelow: number,
  failAbove: number,
});
const queries = fc.uniqueArray(query, { selector: ({ name }) => name, maxLength: 3 }).map((list) =>
  list.map((one) => ({
    ...one,
    recoverBelow: Math.min(one.recoverBelow, one.failAbove),
    failAbove: Math.max(one.recoverBelow, one.failAbove),
  })),
);
const readiness = fc.oneof(fc.record({ minReady: fc.integer({ min: 1, max: 100 }) }), fc.record({ minReadyShare: share(0.000001, 1) }));
const signals = fc.record(
  {
    readiness,
    successRate: fc.option(successRate),
    latency: fc.option(latency),
    unanswered: fc.option(unanswered),
    gateway: fc.option(fc.constant({})),
    queries: fc.option(queries),
  },
  { requiredKeys: ["readiness"] },
);
const withSignals = fc.tuple(body, fc.option(signals)).map(([rest, on]) => (on === null ? rest : { ...rest, signals: on }));

/** A rules file that is valid. */
const rulesFile = fc
  .record({ defaults: withSignals, rules: fc.array(withSignals, { minLength: 1, maxLength: 4 }) })
  .map(({ defaults, rules }) => ({ version: 1, defaults, rules: rules.map((rule, index) => ({ name: `rule-${index}`, ...rule })) }));

const EXAMPLE = readFileSync(join(import.meta.dirname, "../../examples/several-teams.yaml"), "utf8");
/** Pieces with a meaning in YAML or in the rules file. */
const piece = fc.oneof(
  fc.constantFrom(
    "\n",
    "\t",
    "  ",
    ": ",
    "- ",
    "[",
    "]",
    "{",
    "}",
    "&a ",
    "*a",
    "!!set ",
    "|\n",
    ">",
    "%",
    "---\n",
    "...",
    "? ",
    '"',
    "'",
    "#",
    "null",
    "\0",
    "\u2028",
    "\ud800",
  ),
  fc.constantFrom(
    "queries:",
    "{{service}}",
    "minReadyShare:",
    "__proto__",
    "constructor",
    "<<",
    "defaults:",
    "rules:",
    "signals:",
    "successRate:",
    "95%",
    "-1s",
    "1e999",
    ".nan",
    "0x10",
  ),
  fc.string({ unit: "binary", maxLength: 8 }),
);

/** Checks that parsing does not throw, and that a refusal has a hint. */
function isTotal(text: string): void {
  const result = parseRules(text, "f");
  if (result.ok) expect(result.rules.rules.length).toBeGreaterThan(0);
  else expect(renderProblems(result.problems)).toMatch(/hint: ./);
}

describe("formatRules", () => {
  it("repeats what rules share, because aliases are refused", () => {
    const rules = { ...DEFAULT_RULES, rules: DEFAULT_RULES.rules.flatMap((rule) => [rule, { ...rule, name: "twin" }]) };
    expect(parseRules(formatRules(rules), "f")).toEqual({ ok: true, rules });
  });
});

describe("parseRules", { timeout: PROPERTY_TIME_LIMIT_MS }, () => {
  it("reads the same rules again from the output of formatRules", () => {
    fc.assert(
      fc.property(rulesFile, (file) => {
        const first = parseRules(stringify(file, { aliasDuplicateObjects: false }), "f");
        if (!first.ok) expect.fail(renderProblems(first.problems));
        expect(parseRules(formatRules(first.rules), "f")).toEqual(first);
        expect(parseRules(JSON.stringify(toRulesFile(first.rules)), "f")).toEqual(first);
      }),
      { numRuns: 150 },
    );
  });

  it("never throws on arbitrary text", () => {
    fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 200 }), isTotal), { numRuns: 500 });
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join("")),
        isTotal,
      ),
      { numRuns: 1_000 },
    );
  });

  it("never throws on arbitrary values in place of valid ones", () => {
    const anything = fc.jsonValue({ maxDepth: 2 });
    const keys = fc.constantFrom("match", "signals", "failAfter", "return", "damping", "fallback", "spill", "whenNoneFit", "name", "oops");
    const signalKeys = fc.constantFrom("readiness", "successRate", "latency", "unanswered", "gateway", "queries");
    const queryKeys = fc.constantFrom("name", "query", "failAbove", "recoverBelow");
    const wrongSignals = fc.dictionary(signalKeys, fc.oneof(anything, fc.array(fc.dictionary(queryKeys, anything))));
    const wrong = fc.record({
      version: fc.oneof(fc.constant(1), anything),
      defaults: fc.oneof(fc.dictionary(keys, anything), fc.record({ signals: wrongSignals })),
      rules: fc.oneof(anything, fc.array(fc.dictionary(keys, anything))),
    });
    fc.assert(
      fc.property(wrong, (file) => isTotal(JSON.stringify(file))),
      { numRuns: 500 },
    );
  });

  it("never throws on a valid file with a part removed or inserted", () => {
    const at = fc.nat(EXAMPLE.length);
    fc.assert(
      fc.property(fc.array(fc.tuple(at, fc.nat(12), piece), { minLength: 1, maxLength: 4 }), (edits) => {
        isTotal(edits.reduce((text, [from, length, put]) => text.slice(0, from) + put + text.slice(from + length), EXAMPLE));
      }),
      { numRuns: 1_000 },
    );
  });
});
