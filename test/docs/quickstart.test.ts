import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { isManaged } from "../../src/observer/managed.ts";
import { CODECS } from "../../src/routes/codecs.ts";

const ROOT = join(import.meta.dirname, "../..");
const PAGE = readFileSync(join(ROOT, "docs/quickstart.md"), "utf8");
const APP = readFileSync(join(ROOT, "examples/first-failover/app.yaml"), "utf8");

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly spec?: {
    readonly selector?: Readonly<Record<string, string>>;
    readonly template?: { readonly metadata: { readonly labels: Readonly<Record<string, string>> } };
  };
}

const manifests = parseAllDocuments(APP).map((document) => {
  if (document.errors.length > 0) throw new Error(document.errors.join("\n"));
  return document.toJS() as Manifest;
});
const ofKind = (kind: string) => manifests.filter((manifest) => manifest.kind === kind);
const named = (kind: string) => ofKind(kind).map(({ metadata }) => metadata.name);

describe("examples/first-failover/app.yaml", () => {
  it("has a route between Services that are there, which the page's label makes a managed one", () => {
    const [object] = ofKind("HTTPRoute");
    const [, key = "", value = ""] = /kubectl -n shop label httproute web (\S+)=(\S+)/.exec(PAGE) ?? [];
    expect([isManaged(object?.metadata.labels, null), isManaged({ [key]: value }, null)]).toEqual([false, true]);
    const route = CODECS.find(({ kind }) => kind === "HTTPRoute")?.read({
      ...object,
      metadata: { ...object?.metadata, uid: "u", resourceVersion: "1" },
    });
    expect(route?.problems).toEqual([]);
    expect(route?.splits.map(({ backends }) => backends.map(({ backend, weight }) => [backend, weight]))).toEqual([
      [
        ["web", 100],
        ["web-east", 0],
      ],
    ]);
    expect(named("Service")).toEqual(["web", "web-east"]);
  });

  it("has pods for each Service, and for what the page points one at", () => {
    const pods = ofKind("Deployment").map(({ spec }) => spec?.template?.metadata.labels["serves"]);
    const pointedAt = [...PAGE.matchAll(/"selector":\{"serves":"([a-z-]+)"\}/g)].map(([, serves]) => serves);
    const wanted = [...ofKind("Service").map(({ spec }) => spec?.selector?.["serves"]), ...pointedAt];
    expect(wanted).toHaveLength(4);
    expect(wanted.filter((serves) => !pods.includes(serves))).toEqual([]);
  });

  it("has the Deployments that the page scales", () => {
    const scaled = [...PAGE.matchAll(/-n shop (?:scale deployment|rollout status deployment\/)\s*([a-z-]+)/g)].map(([, name = ""]) => name);
    expect(scaled.length).toBeGreaterThan(2);
    expect(scaled.filter((name) => !named("Deployment").includes(name))).toEqual([]);
  });
});
