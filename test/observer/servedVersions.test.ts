import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createKubeApi } from "../../src/kube/createKubeApi.ts";
import type { KubeObject } from "../../src/kube/kubeApi.ts";
import { createObserver } from "../../src/observer/createObserver.ts";
import { Informer } from "../../src/observer/informer.ts";
import { CODECS } from "../../src/routes/codecs.ts";
import { DEFAULT_RULES } from "../../src/rules/defaultRules.ts";
import { questionsOf } from "../../src/rules/questions.ts";
import { kubeConfigFor } from "../kube/wire.ts";
import { httpRoute, rule } from "../routes/gatewayObjects.ts";
import { startApiDouble } from "../world/apiDouble.ts";
import { failure, listOf, ScriptedKube, thing } from "./scriptedKube.ts";

const [V1, BETA, ALPHA] = ["/apis/g/v1/things", "/apis/g/v1beta1/things", "/apis/g/v1alpha1/things"] as const;

describe("of several versions", () => {
  let kube: ScriptedKube;
  let controller: AbortController;
  let informer: Informer<string>;
  let running: Promise<void>;
  let changes: string[];
  let served: readonly string[];

  beforeEach(() => {
    vi.useFakeTimers({ now: 1_000_000 });
    kube = new ScriptedKube();
    kube.lists = (path) => (served.includes(path) ? listOf("1", [thing("a", "1", { keep: path })]) : failure(404, "NotFound"));
    controller = new AbortController();
    changes = [];
    informer = new Informer<string>({
      kube: kube.api,
      paths: [V1, BETA, ALPHA],
      project: (object: KubeObject) => object.metadata?.labels?.["keep"] ?? null,
      onChange: ({ before, now, deleted }) => changes.push(`${before} -> ${now}${deleted ? " deleted" : ""}`),
      nowMs: () => Date.now(),
      random: () => 0.5,
    });
  });
  afterEach(async () => {
    controller.abort();
    await running;
    vi.useRealTimers();
  });

  const begin = (...versions: string[]): Promise<unknown> => {
    served = versions;
    running = informer.run(controller.signal);
    return pass(0);
  };
  const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);
  /** Lets time pass, in which the server ends its watches with a regular close. */
  const passWithWatches = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 45_000) {
      await pass(45_000);
      kube.watch.end({ end: "closed" });
      await pass(0);
    }
  };

  it("the best that is served is watched", async () => {
    await begin(BETA, ALPHA);
    expect(kube.watch.path).toBe(BETA);
    expect(informer.path).toBe(BETA);
  });

  it("a better one is used within two minutes after it appears, without losing objects", async () => {
    await begin(ALPHA);
    served = [BETA, ALPHA];
    await passWithWatches(120_000);
    expect(kube.watch.path).toBe(BETA);
    expect(changes).toEqual([`null -> ${ALPHA}`, `${ALPHA} -> ${BETA}`]);
    expect(informer.restarts).toBe(0);
  });

  it("no better one than the best is searched", async () => {
    await begin(V1, BETA);
    await passWithWatches(600_000);
    expect(kube.gets).toHaveLength(1);
  });

  it("one that is no longer served is replaced by the best of the others at once", async () => {
    await begin(BETA);
    served = [V1];
    kube.watch.end({ end: "failed", failure: failure(404, "NotFound") });
    await pass(2_000);
    expect(kube.watch.path).toBe(V1);
    expect(changes).toEqual([`null -> ${BETA}`, `${BETA} -> ${V1}`]);
    served = [ALPHA];
    kube.watch.end({ end: "failed", failure: failure(404, "NotFound") });
    await pass(2_000);
    expect(kube.watch.path).toBe(ALPHA);
  });

  it("all may disappear, and any may come back", async () => {
    await begin(BETA);
    served = [];
    kube.watch.end({ end: "failed", failure: failure(404, "NotFound") });
    await pass(200_000);
    expect(informer.isAbsent).toBe(true);
    expect(informer.path).toBeNull();
    served = [ALPHA];
    await pass(60_000);
    expect(informer.path).toBe(ALPHA);
  });

  it("a failed search for a better one changes nothing", async () => {
    await begin(BETA);
    const lists = kube.lists;
    kube.lists = (path, query) => (path === V1 ? failure(500) : lists(path, query));
    await passWithWatches(200_000);
    expect(kube.watch.path).toBe(BETA);
    expect(changes).toHaveLength(1);
  });
});

it("all kinds that exist are watched, each under the name of its own group", async () => {
  const double = await startApiDouble();
  double.removeResource("gateway.networking.k8s.io", "grpcroutes");
  const managed = (apiVersion: string, kind: string) => {
    const object = httpRoute([rule(["web", 1], ["east", 0])]) as { metadata: { uid?: string; resourceVersion?: string } };
    const { uid: _uid, resourceVersion: _version, ...metadata } = object.metadata;
    const labels = { "failover.linkerd.io/controlled-by": "linkerd-failover" };
    double.apply({ ...object, apiVersion, kind, metadata: { ...metadata, labels } });
  };
  managed("gateway.networking.k8s.io/v1beta1", "HTTPRoute");
  managed("policy.linkerd.io/v1beta2", "HTTPRoute");
  const observer = createObserver({
    kube: createKubeApi(kubeConfigFor(double.url)),
    codecs: CODECS,
    prometheus: null,
    questions: () => questionsOf(DEFAULT_RULES),
    selector: null,
    watchNamespaces: ["shop", "bank"],
    intervalMs: 5_000,
    onChange: () => {},
    onReleased: () => {},
    clock: { nowMs: () => Date.now() },
    random: () => 0.5,
  });
  const controller = new AbortController();
  try {
    await observer.start(controller.signal);
    const { routes } = await observer.observe(Date.now(), "last");
    expect(routes.map(({ kind, apiVersion }) => [kind, apiVersion])).toEqual([
      ["HTTPRoute", "gateway.networking.k8s.io/v1"],
      ["HTTPRoute.policy.linkerd.io", "policy.linkerd.io/v1beta3"],
    ]);
    expect(observer.health().resources.map(({ resource, version }) => [resource, version])).toEqual([
      ["trafficsplits", "v1alpha2"],
      ["httproutes", "v1"],
      ["httproutes.policy.linkerd.io", "v1beta3"],
      ["grpcroutes", null],
      ["endpointslices", "v1"],
      ["services", "v1"],
    ]);
  } finally {
    controller.abort();
    await double.close();
  }
});
