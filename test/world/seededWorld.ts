import { type ApiDouble, createApiDouble } from "./apiDouble.ts";
import { Chronicle } from "./chronicle.ts";
import { Dice } from "./dice.ts";
import { earlyWhenSure, paceOf, rightRules } from "./drawRules.ts";
import { Fleet } from "./fleet.ts";
import { Judge } from "./judge.ts";
import { LiveRoutes } from "./liveRoutes.ts";
import { Owner } from "./owner.ts";
import { installPrometheusWire } from "./prometheusWire.ts";
import { ReadinessRecord } from "./readinessRecord.ts";
import { Regret } from "./regret.ts";
import { drawScene, type Scene } from "./scene.ts";
import { keyOf, type SceneRoute, servicesOf } from "./sceneRoute.ts";
import { SimulatedMesh } from "./simulatedMesh.ts";
import { SimulatedPrometheus } from "./simulatedPrometheus.ts";
import { VirtualTime } from "./virtualTime.ts";

/** Everything that troubles can change. */
export interface Stage {
  readonly scene: Scene;
  readonly double: ApiDouble;
  readonly owner: Owner;
  readonly mesh: SimulatedMesh;
  readonly prometheus: SimulatedPrometheus;
  readonly fleet: Fleet;
  readonly judge: Judge;
}

/** A stage with its clock and its records. */
export interface SeededWorld extends Stage {
  readonly time: VirtualTime;
  readonly chronicle: Chronicle;
  readonly readiness: ReadinessRecord;
  readonly routes: LiveRoutes;
  readonly regret: Regret;
  /** Restores the process's clocks, timers and network. */
  close(): void;
}

export const START_MS = Date.UTC(2026, 0, 1);
const SECOND_MS = 1_000;
/** The controller uses an answer for three intervals; the query takes up to one. */
const EVIDENCE_AGE_INTERVALS = 4;

export interface WorldOptions {
  /** Called with each line of the chronicle. */
  readonly onLine?: (line: string) => void;
  /** `failAfter` is long, and ends early when there is no doubt. */
  readonly early?: boolean;
}

/** Creates a world from a seed, in virtual time: nothing happens until a test lets time pass. */
export function createSeededWorld(seed: number, { onLine, early = false }: WorldOptions = {}): SeededWorld {
  const time = new VirtualTime(START_MS);
  const uninstallTime = time.install();
  const drawn = drawScene(new Dice(seed, "scene"), new Dice(seed, "wider"));
  const scene = early ? { ...drawn, rules: earlyWhenSure(drawn.rules) } : drawn;
  const chronicle = new Chronicle(() => time.elapsedMs, onLine);
  const now = () => time.nowMs;
  const double = createApiDouble({ seed, now });
  const readiness = new ReadinessRecord(double, now);
  const routes = new LiveRoutes(double);
  const mesh = new SimulatedMesh({ routes, readiness, random: new Dice(seed, "traffic").random, now });
  const prometheus = createPrometheus(seed, scene, mesh, now);
  const uninstallWire = installPrometheusWire((query, moments) => prometheus.answer(query, moments));
  const owner = new Owner(double, scene.podsEach);
  const evidenceAgeMs = EVIDENCE_AGE_INTERVALS * scene.intervalMs + SECOND_MS;
  const seen = { double, now, mesh, scene, owner, prometheus, readiness, chronicle, evidenceAgeMs };
  const judge: Judge = new Judge({ ...seen, fleet: () => fleet });
  const fleet: Fleet = new Fleet({
    seed,
    scene,
    double,
    chronicle,
    onSend: (replica, request) => judge.sent(replica, request),
    onUnnoticed: (name) => judge.violated(`P11: ${name} did not notice a change`),
  });
  furnish(scene, owner, mesh);
  const regret = new Regret({ owner, routes, mesh, scene, judge, now, fleet: () => fleet, prometheus, readiness });
  time.every(SECOND_MS, () => mesh.passSecond(time.nowMs));
  time.every(SECOND_MS, () => regret.passSecond());
  time.every(scene.scrapeMs, () => prometheus.scrape(time.nowMs));
  for (let i = 0; i < scene.replicas; i++) fleet.start();
  if (scene.withDryRun) fleet.start(true);
  const close = () => {
    uninstallWire();
    uninstallTime();
  };
  return { scene, double, owner, mesh, prometheus, fleet, time, chronicle, readiness, routes, judge, regret, close };
}

/** Later rules must not have a longer window than the first ones. */
function createPrometheus(seed: number, scene: Scene, mesh: SimulatedMesh, now: () => number): SimulatedPrometheus {
  const { fullEvidenceMs } = paceOf(rightRules(scene.rules), scene);
  const prometheus = new SimulatedPrometheus(mesh, new Dice(seed, "prometheus").random, now, 2 * fullEvidenceMs);
  if (scene.clusters !== "one") prometheus.targets = [{ job: "proxies", revision: 0, cluster: "here" }];
  return prometheus;
}

function furnish(scene: Scene, owner: Owner, mesh: SimulatedMesh): void {
  for (const route of scene.routes) {
    owner.create(route, true);
    mesh.traffic.set(keyOf(route), { rate: route.rate, batches: route.batches ?? null });
  }
  if (scene.cluster !== null) linkCluster(scene.cluster, scene.routes, owner, mesh);
  // A TrafficSplit without our label, with its own Services. The controller must never write it.
  const backends = [
    { service: "stranger", weight: 100 },
    { service: "stranger-east", weight: 0 },
  ];
  owner.create({ kind: "TrafficSplit", namespace: "shop", name: "stranger", splits: [{ name: "0", backends }], rate: 0 }, false);
}

/** Makes mirrors of all Services whose names end in the cluster's name. */
function linkCluster(cluster: string, routes: readonly SceneRoute[], owner: Owner, mesh: SimulatedMesh): void {
  mesh.setGateway(cluster, "alive");
  const labels = { "mirror.linkerd.io/mirrored-service": "true", "mirror.linkerd.io/cluster-name": cluster };
  for (const route of routes) {
    for (const service of servicesOf(route).filter((name) => name.endsWith(`-${cluster}`))) {
      owner.createService(route.namespace, service, labels);
      mesh.mirrors.set(`${route.namespace}/${service}`, cluster);
    }
  }
}
