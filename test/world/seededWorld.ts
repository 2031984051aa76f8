import { type ApiDouble, createApiDouble } from "./apiDouble.ts";
import { Chronicle } from "./chronicle.ts";
import { Dice } from "./dice.ts";
import { Fleet } from "./fleet.ts";
import { Judge } from "./judge.ts";
import { Owner } from "./owner.ts";
import { installPrometheusWire } from "./prometheusWire.ts";
import { ReadinessRecord } from "./readinessRecord.ts";
import { drawScene, type Scene } from "./scene.ts";
import { SimulatedMesh } from "./simulatedMesh.ts";
import { SimulatedPrometheus } from "./simulatedPrometheus.ts";
import { VirtualTime } from "./virtualTime.ts";

/** Everything that troubles can touch. */
export interface Stage {
  readonly scene: Scene;
  readonly double: ApiDouble;
  readonly owner: Owner;
  readonly mesh: SimulatedMesh;
  readonly prometheus: SimulatedPrometheus;
  readonly fleet: Fleet;
}

/** A stage with the clock that it stands on and the judge who looks on. */
export interface SeededWorld extends Stage {
  readonly time: VirtualTime;
  readonly chronicle: Chronicle;
  readonly readiness: ReadinessRecord;
  readonly judge: Judge;
  /** Gives the process its own clocks, timers and network back. */
  close(): void;
}

const START_MS = Date.UTC(2026, 0, 1);
const SECOND_MS = 1_000;
/** Answers are believed for three intervals, and asked for nearly one. */
const EVIDENCE_AGE_INTERVALS = 4;

/** Builds a world from a seed, on virtual time: nothing moves in it until time is made to pass. */
export function createSeededWorld(seed: number, onLine?: (line: string) => void): SeededWorld {
  const time = new VirtualTime(START_MS);
  const uninstallTime = time.install();
  const scene = drawScene(new Dice(seed, "scene"));
  const chronicle = new Chronicle(() => time.elapsedMs, onLine);
  const now = () => time.nowMs;
  const double = createApiDouble({ seed, now });
  const readiness = new ReadinessRecord(double, now);
  const mesh = new SimulatedMesh({ double, readiness, random: new Dice(seed, "traffic").random, now });
  const prometheus = new SimulatedPrometheus(mesh, new Dice(seed, "prometheus").random, now);
  const uninstallWire = installPrometheusWire((query) => prometheus.answer(query));
  const owner = new Owner(double);
  const evidenceAgeMs = EVIDENCE_AGE_INTERVALS * scene.intervalMs + SECOND_MS;
  const judge = new Judge({ double, now, mesh, scene, owner, prometheus, readiness, chronicle, evidenceAgeMs });
  const fleet = new Fleet({ seed, scene, double, chronicle, onSend: (replica, request) => judge.sent(replica, request) });
  furnish(scene, owner, mesh);
  time.every(SECOND_MS, () => mesh.passSecond(time.nowMs));
  time.every(scene.scrapeMs, () => prometheus.scrape(time.nowMs));
  for (let i = 0; i < scene.replicas; i++) fleet.start();
  if (scene.withDryRun) fleet.start(true);
  const close = () => {
    uninstallWire();
    uninstallTime();
  };
  return { scene, double, owner, mesh, prometheus, fleet, time, chronicle, readiness, judge, close };
}

function furnish(scene: Scene, owner: Owner, mesh: SimulatedMesh): void {
  for (const split of scene.splits) {
    owner.create(split, true);
    mesh.rates.set(`${split.namespace}/${split.name}`, split.rate);
  }
  // Somebody else's TrafficSplit, over Services of its own: whatever happens, it is none of our business.
  owner.create({ namespace: "shop", name: "stranger", backends: ["stranger", "stranger-east"], weights: [100, 0], rate: 0 }, false);
}
