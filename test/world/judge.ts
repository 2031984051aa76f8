import type { ApiDouble } from "./apiDouble.ts";
import type { ApiObject } from "./apiResource.ts";
import { checkBaseline } from "./checkBaseline.ts";
import { checkEvidence } from "./checkEvidence.ts";
import { checkReturn } from "./checkReturn.ts";
import { checkTakers, type Health } from "./checkTakers.ts";
import { checkUntouched } from "./checkUntouched.ts";
import { checkWeights, spellingsOf } from "./checkWeights.ts";
import type { Chronicle } from "./chronicle.ts";
import { DepartureLog } from "./departures.ts";
import { OWN_NAMESPACE, type Replica } from "./fleet.ts";
import type { SentRequest } from "./inProcessDispatcher.ts";
import type { Change } from "./objectStore.ts";
import { isManaged, type Owner } from "./owner.ts";
import type { ReadinessRecord } from "./readinessRecord.ts";
import { memoryOf } from "./remembered.ts";
import type { Scene } from "./scene.ts";
import type { SimulatedMesh } from "./simulatedMesh.ts";
import type { SimulatedPrometheus } from "./simulatedPrometheus.ts";

export interface JudgeOptions {
  readonly double: ApiDouble;
  /** True time, whatever a replica's clock says. */
  readonly now: () => number;
  readonly owner: Owner;
  readonly prometheus: SimulatedPrometheus;
  readonly readiness: ReadinessRecord;
  readonly chronicle: Chronicle;
  /** After this long without an answer there is no evidence. */
  readonly evidenceAgeMs: number;
  readonly mesh: SimulatedMesh;
  readonly scene: Scene;
}

/** What is remembered of one TrafficSplit. */
interface Record {
  /** It was pinned since our last write, or somebody else wrote it, or the rules changed: steps may then have shown in no write. */
  disturbed: boolean;
  /** When its owner, or who stands in for them, wrote last. */
  foreignMs: number;
  ourMs: number;
  /** When the first patch was sent that has not landed since; null where none was. */
  sentMs: number | null;
}

const NEVER = Number.NEGATIVE_INFINITY;
const OUR_MANAGER = "linkerd-failover";
const LEASE = `/apis/coordination.k8s.io/v1/namespaces/${OWN_NAMESPACE}/leases/linkerd-failover`;
/** A patch begins with the version that it was made for. */
const GUARD = /^\[\{"op":"replace","path":"\/metadata\/resourceVersion","value":"\d+"\}/;
const PIN = "failover.linkerd.io/pin";
/** Readiness that was lost so long ago may be news to a controller whose watch has gone silent. */
const STALE_READINESS_MS = 75_000;

/** Looks at everything that replicas send and that lands in the API double, and notes what must not be. */
export class Judge {
  readonly violations: string[] = [];
  /** Writes of ours that have landed. */
  landed = 0;
  lastLandedMs = Number.NEGATIVE_INFINITY;
  /** When the API was last not itself: a phase may then have come and gone without a write. */
  apiTroubledMs = Number.NEGATIVE_INFINITY;
  readonly #options: JudgeOptions;
  readonly #records = new Map<string, Record>();
  /** By replica: when it was last seen not to lead. */
  readonly #notLeadingMs = new Map<string, number>();
  readonly #departures = new DepartureLog();
  #lastSender = "";

  constructor(options: JudgeOptions) {
    this.#options = options;
    options.double.onWrite((change) => {
      if (change.resource.plural === "trafficsplits" && change.type !== "DELETED") this.#written(change);
    });
  }

  /** Before a request is answered: who may send it? */
  sent(replica: Replica, { method, path, body }: SentRequest): void {
    if (method === "GET") return;
    if (replica.dryRun) this.#violated(`P10: ${replica.name} is a dry run and sends ${method} ${path}`);
    if (!path.includes("/trafficsplits/")) return;
    const holder = (this.#options.double.get(LEASE)?.spec as { readonly holderIdentity?: string } | undefined)?.holderIdentity;
    if (!replica.controller.report().leader) this.#violated(`P10: ${replica.name} does not lead and sends ${method} ${path} ${body}`);
    if (holder !== replica.name) this.#violated(`P8: ${replica.name} sends ${method} ${path}, but the Lease is held by ${holder}`);
    if (!GUARD.test(body)) this.#violated(`P8: ${replica.name} sends a patch without a guard to ${path}: ${body}`);
    this.#lastSender = replica.name;
    this.#recordAt(/namespaces\/([^/]+)\/trafficsplits\/([^/?]+)/.exec(path)?.slice(1).join("/") ?? "").sentMs ??= this.#options.now();
  }

  /** Now and then: who leads? At most one may. */
  look(replicas: Iterable<Replica>): void {
    const leading: string[] = [];
    for (const { name, dryRun, controller } of replicas) {
      if (dryRun) continue;
      if (controller.report().leader) leading.push(name);
      else this.#notLeadingMs.set(name, this.#options.now());
    }
    if (leading.length > 1) this.#violated(`P8: several replicas lead at once: ${leading.join(", ")}`);
  }

  foreignMs(key: string): number {
    return this.#recordAt(key).foreignMs;
  }

  #written({ manager, object, previous }: Change): void {
    const key = `${object.metadata.namespace}/${object.metadata.name}`;
    const record = this.#recordAt(key);
    const isPinned = object.metadata.annotations?.[PIN] !== undefined;
    if (isPinned) record.disturbed = true;
    if (manager !== OUR_MANAGER || previous === null) {
      record.foreignMs = this.#options.now();
      record.disturbed = true;
      return;
    }
    this.#options.chronicle.tell(`  ${key}: ${JSON.stringify(spellingsOf(previous))} becomes ${JSON.stringify(spellingsOf(object))}`);
    this.landed += 1;
    this.lastLandedMs = this.#options.now();
    for (const wrong of this.#wrongs(key, record, previous, object)) if (wrong !== null) this.#violated(`${key}: ${wrong}`);
    record.ourMs = this.#options.now();
    record.sentMs = null;
    record.disturbed = isPinned;
  }

  #wrongs(key: string, record: Record, before: ApiObject, after: ApiObject): readonly (string | null)[] {
    const { owner, scene } = this.#options;
    const wanted = owner.wants.get(key);
    if (wanted === undefined || !isManaged(before)) return ["P10: is not labelled as ours, and was written"];
    const frozen = before.metadata.annotations?.["failover.linkerd.io/freeze"] === "true" ? "P10: is frozen, and was written" : null;
    const [rule] = scene.rules.rules;
    return [
      ...[frozen, checkWeights(after, wanted), checkUntouched(before, after), checkBaseline(after, wanted)],
      this.#withoutEvidence(record, before, after),
      record.disturbed ? null : checkTakers(before, after, (backend) => this.#healthOf(`${after.metadata.namespace}/${backend}`, record)),
      record.disturbed || rule === undefined || this.apiTroubledMs >= record.ourMs - STALE_READINESS_MS
        ? null
        : checkReturn(before, after, { rule, intervalMs: scene.intervalMs }),
      // Without the annotation that we left there nobody can tell what was away already.
      record.ourMs > NEVER && memoryOf(before) === null ? null : this.#tooMany(key, before, after),
    ];
  }

  #tooMany(key: string, before: ApiObject, after: ApiObject): string | null {
    const { scene } = this.#options;
    const isShifted = JSON.stringify(spellingsOf(before)) !== JSON.stringify(this.#options.owner.wants.get(key));
    const write = { sender: this.#lastSender, key, before, after, isShifted, landedMs: this.#options.now() };
    return this.#departures.take(write, scene.splits.length, scene.rules.brakes);
  }

  #healthOf(backend: string, { ourMs, foreignMs }: Record): Health {
    const { mesh, readiness, now } = this.#options;
    const { good, unreachable, sinceMs } = mesh.behaviourOf(backend);
    const { ready, forMs } = readiness.of(backend);
    // It must have carried as much for as long, or metrics may say nothing of it.
    return { good: unreachable || !ready ? 0 : good, forMs: Math.min(forMs, now() - Math.max(sinceMs, ourMs, foreignMs)) };
  }

  /** A write that was decided while there was evidence may come late, and one that answers somebody else's needs none. */
  #withoutEvidence(record: Record, before: ApiObject, after: ApiObject): string | null {
    const { prometheus, readiness, evidenceAgeMs } = this.#options;
    const sinceMs = prometheus.evidenceMs + evidenceAgeMs;
    if (this.#options.now() <= sinceMs) return null;
    const decidedBefore = record.sentMs !== null && record.sentMs <= sinceMs;
    const led = (this.#notLeadingMs.get(this.#lastSender) ?? 0) < sinceMs;
    if (decidedBefore || !led || record.foreignMs >= record.ourMs) return null;
    const unreadyMs = (backend: string) => readiness.unreadyMs(`${after.metadata.namespace}/${backend}`);
    return checkEvidence(before, after, {
      noneSinceMs: sinceMs,
      answers: prometheus.weather === "blind" || prometheus.weather === "fair",
      wasUnready: (backend) => this.#options.now() - unreadyMs(backend) <= STALE_READINESS_MS,
      unreadySinceWrite: (backend) => unreadyMs(backend) >= record.ourMs,
    });
  }

  #recordAt(key: string): Record {
    const known = this.#records.get(key) ?? { disturbed: false, foreignMs: NEVER, ourMs: NEVER, sentMs: null };
    this.#records.set(key, known);
    return known;
  }

  #violated(text: string): void {
    this.#options.chronicle.tell(`VIOLATION: ${text}`);
    this.violations.push(text);
  }
}
