import type { ApiDouble } from "./apiDouble.ts";
import type { ApiObject } from "./apiResource.ts";
import { checkBaseline } from "./checkBaseline.ts";
import { checkEvidence } from "./checkEvidence.ts";
import { checkRemovals } from "./checkRemovals.ts";
import { checkReturn } from "./checkReturn.ts";
import { checkTakers, type Health } from "./checkTakers.ts";
import { checkTrueWait } from "./checkTrueWait.ts";
import { checkUntouched } from "./checkUntouched.ts";
import { checkWeights } from "./checkWeights.ts";
import type { Chronicle } from "./chronicle.ts";
import { DepartureLog } from "./departures.ts";
import { paceOf, ruleOf } from "./drawRules.ts";
import { type Fleet, OWN_NAMESPACE, type Replica } from "./fleet.ts";
import type { SentRequest } from "./inProcessDispatcher.ts";
import type { Change } from "./objectStore.ts";
import { isManaged, type Owner } from "./owner.ts";
import type { ReadinessRecord } from "./readinessRecord.ts";
import { memoryOf, phasesOf, placeOf, sharesOf } from "./remembered.ts";
import type { Scene } from "./scene.ts";
import { keyIn, keyOf, kindOf, spelled, splitsOf } from "./sceneRoute.ts";
import type { SimulatedMesh } from "./simulatedMesh.ts";
import type { SimulatedPrometheus } from "./simulatedPrometheus.ts";
import { wellRemoved } from "./wellRemoved.ts";

export interface JudgeOptions {
  readonly double: ApiDouble;
  /** The true time, independent of the replicas' clocks. */
  readonly now: () => number;
  readonly owner: Owner;
  readonly prometheus: SimulatedPrometheus;
  readonly readiness: ReadinessRecord;
  readonly chronicle: Chronicle;
  /** Time without an answer after which there is no evidence. */
  readonly evidenceAgeMs: number;
  readonly mesh: SimulatedMesh;
  readonly scene: Scene;
  /** A function, because the fleet is created after the judge. */
  readonly fleet: () => Fleet;
}

/** The judge's record of one route. */
interface Record {
  /** The replica that wrote it last. */
  writer: string;
  /** Since our last write it was pinned, another writer wrote it or the rules changed, so steps may show in no write. */
  disturbed: boolean;
  /** Time of the last write by its owner or another writer. */
  foreignMs: number;
  ourMs: number;
  /** By Service: time of the write of ours that gave it its current phase and step. */
  readonly placedMs: Map<string, number>;
  /** By Service: true time of the decision that removed it. */
  readonly outMs: Map<string, number>;
  /** By Service: time of our last write that gave it more load. */
  readonly gainedMs: Map<string, number>;
  /** Time at which it was last seen pinned. */
  pinnedMs: number;
  /** Time of the first patch since the last successful one; null if there is none. */
  sentMs: number | null;
}

const NEVER = Number.NEGATIVE_INFINITY;
/** Smaller differences of shares come from rounding to integer weights. */
const ROUNDING = 0.01;
const OUR_MANAGER = "linkerd-failover";
const LEASE = `/apis/coordination.k8s.io/v1/namespaces/${OWN_NAMESPACE}/leases/linkerd-failover`;
/** A patch begins with the resourceVersion that it is based on. */
const GUARD = /^\[\{"op":"replace","path":"\/metadata\/resourceVersion","value":"\d+"\}/;
const PIN = "failover.linkerd.io/pin";
/** After this time a controller notices a silent watch and reads what it missed. */
const SILENT_WATCH_MS = 60_000;

/** Checks all requests of the replicas and all writes in the API double, and records violations. */
export class Judge {
  readonly violations: string[] = [];
  /** Number of successful writes of ours. */
  landed = 0;
  lastLandedMs = Number.NEGATIVE_INFINITY;
  /** When the API was last in trouble; a phase may then have come and gone without a write. */
  apiTroubledMs = Number.NEGATIVE_INFINITY;
  readonly #options: JudgeOptions;
  readonly #records = new Map<string, Record>();
  /** By replica: the last time at which it did not lead. */
  readonly #notLeadingMs = new Map<string, number>();
  readonly #departures = new DepartureLog();
  #lastSender = "";
  #clockSetMs = NEVER;
  #rulesMs = NEVER;

  constructor(options: JudgeOptions) {
    this.#options = options;
    options.double.onWrite((change) => {
      const kind = kindOf(change.resource);
      if (kind === null) return;
      const { namespace = "", name } = change.object.metadata;
      const key = keyOf({ kind, namespace, name });
      if (change.type === "DELETED") this.#records.delete(key);
      else this.#written(key, change);
    });
  }

  /** Checks before a request is answered whether the replica may send it. */
  sent(replica: Replica, { method, path, body }: SentRequest): void {
    if (method === "GET") return;
    if (replica.dryRun) this.violated(`P10: ${replica.name} is a dry run and sends ${method} ${path}`);
    const key = keyIn(path);
    if (key === null) return;
    const holder = (this.#options.double.get(LEASE)?.spec as { readonly holderIdentity?: string } | undefined)?.holderIdentity;
    if (replica.controller.report().leader !== true)
      this.violated(`P10: ${replica.name} does not lead and sends ${method} ${path} ${body}`);
    if (holder !== replica.name) this.violated(`P8: ${replica.name} sends ${method} ${path}, but the Lease is held by ${holder}`);
    if (!GUARD.test(body)) this.violated(`P8: ${replica.name} sends a patch without a guard to ${path}: ${body}`);
    this.#lastSender = replica.name;
    this.#recordAt(key).sentMs ??= this.#options.now();
  }

  /** Checks that at most one replica leads. */
  checkLeaders(replicas: Iterable<Replica>): void {
    const leading: string[] = [];
    for (const { name, dryRun, controller } of replicas) {
      if (dryRun) continue;
      if (controller.report().leader === true) leading.push(name);
      else this.#notLeadingMs.set(name, this.#options.now());
    }
    if (leading.length > 1) this.violated(`P8: several replicas lead at once: ${leading.join(", ")}`);
  }

  /** Time of our last write that gave a Service of a route more load. */
  gainedMs(key: string, service: string): number {
    return this.#recordAt(key).gainedMs.get(service) ?? NEVER;
  }

  /** When the rules changed last. */
  get rulesMs(): number {
    return this.#rulesMs;
  }

  foreignMs(key: string): number {
    return this.#recordAt(key).foreignMs;
  }

  /** Records a change of the rules: other steps and waits apply from now on. */
  rulesChanged(): void {
    this.#rulesMs = this.#options.now();
    for (const record of this.#records.values()) record.disturbed = true;
    this.#departures.forget();
  }

  /** Records that a replica's clock was set: its earlier and later times cannot be compared. */
  clockSet(): void {
    this.#clockSetMs = this.#options.now();
  }

  /** Records a violation. */
  violated(text: string): void {
    this.#options.chronicle.tell(`VIOLATION: ${text}`);
    this.violations.push(text);
  }

  #written(key: string, { manager, object, previous }: Change): void {
    const record = this.#recordAt(key);
    if (isPinned(object)) {
      record.disturbed = true;
      record.pinnedMs = this.#options.now();
    }
    if (manager !== OUR_MANAGER || previous === null) {
      record.foreignMs = this.#options.now();
      record.disturbed = true;
      return;
    }
    this.#options.chronicle.tell(`  ${key}: ${spelled(splitsOf(previous))} becomes ${spelled(splitsOf(object))}`);
    this.landed += 1;
    this.lastLandedMs = this.#options.now();
    for (const wrong of this.#wrongs(key, record, previous, object)) if (wrong !== null) this.violated(`${key}: ${wrong}`);
    for (const [service, memory] of Object.entries(phasesOf(object))) {
      if (placeOf(memory) === placeOf(phasesOf(previous)[service])) continue;
      record.placedMs.set(service, this.#options.now());
      const decidedMs = memory.sinceMs - this.#options.fleet().wrongByMs(this.#lastSender);
      record.outMs.set(service, Math.min(this.#options.now(), decidedMs));
    }
    const shares = sharesOf(previous);
    for (const [service, share] of sharesOf(object))
      if (share > (shares.get(service) ?? 0) + ROUNDING) record.gainedMs.set(service, this.#options.now());
    record.ourMs = this.#options.now();
    record.sentMs = null;
    record.writer = this.#lastSender;
    record.disturbed = isPinned(object);
  }

  #wrongs(key: string, record: Record, before: ApiObject, after: ApiObject): readonly (string | null)[] {
    const { owner, scene, fleet, now } = this.#options;
    const wanted = owner.wants.get(key)?.splits;
    if (wanted === undefined || !isManaged(before)) return ["P10: was written without our label"];
    const frozen = before.metadata.annotations?.["failover.linkerd.io/freeze"] === "true" ? "P10: was written while frozen" : null;
    const { rules } = fleet();
    const pace = paceOf(rules, scene);
    const { namespace } = after.metadata;
    return [
      ...[frozen, checkWeights(splitsOf(before), splitsOf(after), wanted), checkUntouched(before, after), checkBaseline(after, wanted)],
      this.#withoutLoss(before, after),
      this.#withoutEvidence(record, before, after),
      record.disturbed
        ? null
        : checkTakers(
            ...([before, after, pace] as const),
            (backend) => this.#healthOf(`${namespace}/${backend}`, record),
            (share) => this.#isJudged(key, share),
          ),
      this.#wrongRemoval(key, record, before, after),
      record.disturbed || this.apiTroubledMs >= record.ourMs - this.#staleReadinessMs()
        ? null
        : checkReturn(before, after, {
            rule: ruleOf(rules),
            intervalMs: scene.intervalMs,
            writerNowMs: now() + fleet().wrongByMs(this.#lastSender),
            placedForMs: (service) => now() - (record.placedMs.get(service) ?? NEVER),
            clockChanged: this.#clockChanged(record),
          }),
      // What was pinned since our last write does not count. Without our annotation it is unknown which backends had already left. And the controller may
      // not have seen another writer's change before its decision if the API was in trouble.
      (record.pinnedMs > NEVER && record.pinnedMs >= record.ourMs) ||
      (record.ourMs > NEVER && memoryOf(before) === null) ||
      this.#mayBeUnseen(record)
        ? null
        : this.#tooMany(key, before, after),
    ];
  }

  /** A backend that was removed although it was well, or returns too early by the true time. */
  #wrongRemoval(key: string, { ourMs, foreignMs, outMs, disturbed }: Record, before: ApiObject, after: ApiObject): string | null {
    const { fleet, scene, now } = this.#options;
    const isLate = disturbed || this.apiTroubledMs >= ourMs - this.#staleReadinessMs();
    const wait = { outMs, recoverAfterMs: ruleOf(fleet().rules).recoverAfterMs, intervalMs: scene.intervalMs, nowMs: now() };
    const well = { ...this.#options, key, foreignMs, clockWrongByMs: fleet().wrongByMs(this.#lastSender), rules: fleet().rules };
    return wellRemoved(before, after, well) ?? (isLate ? null : checkTrueWait(before, after, wait));
  }

  /** When as many routes had left by metrics as the brake allows. */
  get departuresFullMs(): number {
    return this.#departures.fullMs;
  }

  /** Whether a write has another clock than our last one. */
  #clockChanged({ writer, ourMs }: Record): boolean {
    return writer !== this.#lastSender || this.#clockSetMs >= ourMs;
  }

  #tooMany(key: string, before: ApiObject, after: ApiObject): string | null {
    const { owner, fleet, now } = this.#options;
    const isShifted = spelled(splitsOf(before)) !== spelled(owner.wants.get(key)?.splits ?? []);
    const sender = this.#lastSender;
    const write = { sender, key, before, after, isShifted, landedMs: now(), clockWrongByMs: fleet().wrongByMs(sender) };
    return this.#departures.take(write, owner.wants.size, fleet().rules.brakes);
  }

  /** Whether another writer wrote after our last write, while the API was in trouble recently. */
  #mayBeUnseen({ foreignMs, ourMs }: Record): boolean {
    const sinceMs = this.#options.now() - this.#staleReadinessMs();
    return foreignMs > ourMs && this.apiTroubledMs >= Math.max(foreignMs, sinceMs);
  }

  /** How long a controller with a silent watch can be unaware of lost endpoints. */
  #staleReadinessMs(): number {
    return SILENT_WATCH_MS + 3 * Math.max(this.#options.scene.intervalMs, 5_000);
  }

  #healthOf(backend: string, { ourMs, foreignMs }: Record): Health {
    const { mesh, readiness, now } = this.#options;
    const { sinceMs } = mesh.behaviourOf(backend);
    const { forMs } = readiness.of(backend);
    // Its share of the load must not have changed for that time, or metrics may not show its health.
    const settledMs = Math.min(forMs, now() - Math.max(sinceMs, ourMs, foreignMs));
    return { good: mesh.goodNow(backend), reachable: mesh.isReachable(backend), forMs: settledMs };
  }

  /** Whether a backend with this share of a route gets enough requests for its success rate. Between bursts there are none. */
  #isJudged(key: string, share: number): boolean {
    const { mesh, fleet } = this.#options;
    const { successRate } = ruleOf(fleet().rules).signals;
    const { rate, batches } = mesh.traffic.get(key) ?? { rate: 0, batches: null };
    return successRate !== undefined && batches === null && (rate * share * successRate.windowMs) / 1_000 >= successRate.minRequests;
  }

  #withoutLoss(before: ApiObject, after: ApiObject): string | null {
    const { readiness, fleet } = this.#options;
    return checkRemovals(before, after, {
      lastUnreadyMs: (backend) => readiness.unreadyMs(`${after.metadata.namespace}/${backend}`),
      clockWrongByMs: fleet().wrongByMs(this.#lastSender),
      unawareMs: this.#staleReadinessMs(),
    });
  }

  /** P4. A decision with evidence can be written late, and a write after another writer's needs no evidence. */
  #withoutEvidence(record: Record, before: ApiObject, after: ApiObject): string | null {
    const { prometheus, readiness, evidenceAgeMs, fleet } = this.#options;
    const sinceMs = prometheus.evidenceMs + evidenceAgeMs;
    if (this.#options.now() <= sinceMs) return null;
    const decidedBefore = record.sentMs !== null && record.sentMs <= sinceMs;
    const led = (this.#notLeadingMs.get(this.#lastSender) ?? 0) < sinceMs;
    if (decidedBefore || !led || record.foreignMs >= record.ourMs) return null;
    const unreadyMs = (backend: string) => readiness.unreadyMs(`${after.metadata.namespace}/${backend}`);
    const clockWrongByMs = fleet().wrongByMs(this.#lastSender);
    return checkEvidence(before, after, {
      noneSinceMs: sinceMs,
      forgottenSinceMs: (was) => {
        const sinceMs = this.#options.now() + clockWrongByMs - ruleOf(fleet().rules).damping.forgetAfterMs;
        // A backend that was still out at that time cannot be forgotten yet. Times by two clocks cannot be compared.
        return was !== undefined && !this.#clockChanged(record) && was.sinceMs > sinceMs ? Number.POSITIVE_INFINITY : sinceMs;
      },
      clockWrongByMs,
      rulesChanged: this.#rulesMs >= record.ourMs,
      answers: this.#options.now() <= prometheus.answeredMs + evidenceAgeMs,
      wasUnready: (backend) => this.#options.now() - unreadyMs(backend) <= this.#staleReadinessMs(),
      unreadySinceWrite: (backend) => unreadyMs(backend) >= record.ourMs,
    });
  }

  #recordAt(key: string): Record {
    const known = this.#records.get(key) ?? {
      writer: "",
      placedMs: new Map(),
      outMs: new Map(),
      gainedMs: new Map(),
      disturbed: false,
      foreignMs: NEVER,
      ourMs: NEVER,
      pinnedMs: NEVER,
      sentMs: null,
    };
    this.#records.set(key, known);
    return known;
  }
}

function isPinned(object: ApiObject): boolean {
  return object.metadata.annotations?.[PIN] !== undefined;
}
