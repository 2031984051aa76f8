import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { ALERT_GROUPS } from "../../dashboards/alerts.ts";
import { CODECS } from "../../src/routes/codecs.ts";
import type { DesiredRoute, RouteCodec } from "../../src/routes/route.ts";
import { GATEWAY_FIXTURES, gatewayFixture } from "../routes/gatewayObjects.ts";
import { FIXTURES, fixture } from "../routes/routeObjects.ts";
import { applyJsonPatch } from "../world/jsonPatch.ts";

const PAGE = readFileSync(new URL("../../docs/gitops.md", import.meta.url), "utf8");

interface Ignored {
  readonly group: string;
  readonly kind: string;
  readonly jsonPointers: readonly string[];
  readonly jqPathExpressions: readonly string[];
}

type Document = ReturnType<typeof JSON.parse>;

const DOCUMENTS: readonly Document[] = [...PAGE.matchAll(/```yaml\n([\s\S]*?)```/g)].flatMap(([, yaml = ""]) =>
  parseAllDocuments(yaml).map((document) => {
    if (document.errors.length > 0) throw new Error(document.errors.join("\n"));
    return document.toJS();
  }),
);

function shown(kind: string): Document {
  return DOCUMENTS.find((document) => document.kind === kind);
}

/** The steps of a jq path of fields and `[]?`, each of which may lead to several places. */
function stepsOf(jq: string): readonly string[] {
  expect(jq).toMatch(/^(\.[a-zA-Z]+(\[\]\?)?)+$/);
  return jq.slice(1).replaceAll("[]?", ".*").split(".");
}

function pointerSteps(pointer: string): readonly string[] {
  const steps = pointer.slice(1).split("/");
  return steps.map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function removeAt(value: Document, [step = "", ...more]: readonly string[]): void {
  if (typeof value !== "object" || value === null) return;
  for (const key of step === "*" ? Object.keys(value) : [step]) {
    if (more.length === 0) delete value[key];
    else removeAt(value[key], more);
  }
}

/** What Argo CD compares of an object. */
function compared(object: unknown, { jsonPointers, jqPathExpressions }: Ignored): unknown {
  const copy = structuredClone(object) as Document;
  for (const steps of [...jsonPointers.map(pointerSteps), ...jqPathExpressions.map(stepsOf)]) removeAt(copy, steps);
  return copy;
}

/** The object after all of its traffic was moved to the last backend. */
function shiftedAway(codec: RouteCodec, object: unknown): unknown {
  const route = codec.read(object);
  const splits = route.splits.map(({ name, backends }) => ({
    name,
    backends: backends.map(({ backend, entries }, i) => {
      const weight = i === backends.length - 1 ? 77 : 0;
      return { backend, weight, spellings: entries.map((_, at) => (at === 0 ? weight : 0)) };
    }),
  }));
  const desired: DesiredRoute = { splits, memory: { splits: {}, backends: {} } };
  const patched = applyJsonPatch(object, codec.patch(route, desired));
  return patched.state === "patched" ? patched.value : patched;
}

const OBJECTS: readonly (readonly [file: string, kind: string, object: unknown])[] = [
  ...FIXTURES.map((file) => [file, "TrafficSplit", fixture(file)] as const),
  ...GATEWAY_FIXTURES.map(([file, kind]) => [file, kind, gatewayFixture(file)] as const),
];

describe("docs/gitops.md for Argo CD", () => {
  const ignored: readonly Ignored[] = shown("Application").spec.ignoreDifferences;

  it("names every kind that we write", () => {
    const ours = CODECS.map(({ kind, resource }) => `${resource.group} ${kind.split(".")[0]}`);
    expect(ignored.map(({ group, kind }) => `${group} ${kind}`).toSorted()).toEqual(ours.toSorted());
  });

  it.each(OBJECTS)("leaves out all that a shift of %s changes, and nothing else", (_, kind, object) => {
    const codec = CODECS.find((c) => c.kind === kind);
    const rule = ignored.find((i) => i.group === codec?.resource.group && i.kind === kind.split(".")[0]);
    if (codec === undefined || rule === undefined) throw new Error(kind);
    const after = shiftedAway(codec, object) as Document;
    expect(after).not.toEqual(object);
    // Where there were no annotations the map is new, and Argo CD compares what is in Git only.
    if ((object as Document).metadata.annotations === undefined) (object as Document).metadata.annotations = {};
    expect(compared(after, rule)).toEqual(compared(object, rule));
    const renamed = structuredClone(after);
    renamed.spec.added = true;
    expect(compared(renamed, rule)).not.toEqual(compared(object, rule));
  });

  it("keeps the weights in a sync, too", () => {
    expect(shown("Application").spec.syncPolicy.syncOptions).toContain("RespectIgnoreDifferences=true");
  });
});

describe("docs/gitops.md for Flux", () => {
  it("shows a route that we can manage and that Flux leaves alone once it is there", () => {
    const object = shown("HTTPRoute");
    const codec = CODECS.find(({ kind }) => kind === "HTTPRoute");
    object.metadata.resourceVersion = "1";
    const route = codec?.read(object);
    expect([route?.problems, route?.primary, route?.splits.length]).toEqual([[], "web", 1]);
    expect(object.metadata.annotations["kustomize.toolkit.fluxcd.io/ssa"]).toBe("IfNotPresent");
  });

  it("leaves out of a HelmRelease the lists that hold the weights, of every kind", () => {
    const rules: readonly Document[] = shown("HelmRelease").spec.driftDetection.ignore;
    const kinds = [...new Set(CODECS.map(({ kind }) => kind.split(".")[0]))];
    expect(rules.map(({ target }) => target.kind)).toEqual(kinds);
    for (const [, kind, object] of OBJECTS) {
      const [pointer = ""] = rules.find(({ target }) => target.kind === kind.split(".")[0]).paths;
      expect(Array.isArray(pointerSteps(pointer).reduce((at: Document, step) => at?.[step], object))).toBe(true);
    }
  });
});

describe("docs/gitops.md", () => {
  it("sends the reader to an alert that there is", () => {
    const [, anchor] = /\(runbook\.md#(\w+)\)/.exec(PAGE) ?? [];
    const alerts = ALERT_GROUPS.flatMap((group) => group.alerts);
    expect(alerts.filter(({ name, expr }) => name.toLowerCase() === anchor && expr.includes("conflicts_total"))).toHaveLength(1);
  });
});
