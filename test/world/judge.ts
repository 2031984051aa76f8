import type { ApiDouble } from "./apiDouble.ts";
import type { ApiObject } from "./apiResource.ts";
import { checkEvidence } from "./checkEvidence.ts";
import { checkUntouched } from "./checkUntouched.ts";
import { checkWeights, spellingsOf } from "./checkWeights.ts";
import type { Chronicle } from "./chronicle.ts";
import { OWN_NAMESPACE, type Replica } from "./fleet.ts";
import type { SentRequest } from "./inProcessDispatcher.ts";
import type { Change } from "./objectStore.ts";
import type { Owner } from "./owner.ts";
import type { ReadinessRecord } from "./readinessRecord.ts";
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
}

/** What is remembered of one TrafficSplit. */
interface Record {
  /** When its owner, or who stands in for them, wrote last. */
  foreignMs: number;
  ourMs: number;
  /** When the first patch was sent that has not landed since; null where none was. */
  sentMs: number | null;
}

const OUR_MANAGER = "linkerd-failover";
const LEASE = `/apis/coordination.k8s.io/v1/namespaces/${OWN_NAMESPACE}/leases/linkerd-failover`;
/** Readiness that was lost so long ago may be news to a controller whose watch has gone silent. */
const STALE_READINESS_MS = 75_000;

/** Looks at everything that replicas send and that lands in the API double, and notes what must not be. */
export class Judge {
  readonly violations: string[] = [];
  /** Writes of ours that have landed. */
  landed = 0;
  lastLandedMs = Number.NEGATIVE_INFINITY;
  readonly #options: JudgeOptions;
  readonly #records = new Map<string, Record>();
  /** By replica: when it was last seen not to lead. */
  readonly #notLeadingMs = new Map<string, number>();
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
    if (replica.dryRun) this.#violated(`${replica.name} is a dry run and sends ${method} ${path}`);
    if (!path.includes("/trafficsplits/")) return;
    const holder = (this.#options.double.get(LEASE)?.spec as { readonly holderIdentity?: string } | undefined)?.holderIdentity;
    if (!replica.controller.report().leader) this.#violated(`${replica.name} does not lead and sends ${method} ${path} ${body}`);
    if (holder !== replica.name) this.#violated(`${replica.name} sends ${method} ${path}, but the Lease is held by ${holder}`);
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
    if (leading.length > 1) this.#violated(`several replicas lead at once: ${leading.join(", ")}`);
  }

  foreignMs(key: string): number {
    return this.#recordAt(key).foreignMs;
  }

  #written({ manager, object, previous }: Change): void {
    const key = `${object.metadata.namespace}/${object.metadata.name}`;
    const record = this.#recordAt(key);
    if (manager !== OUR_MANAGER || previous === null) {
      record.foreignMs = this.#options.now();
      return;
    }
    this.#options.chronicle.tell(`  ${key}: ${JSON.stringify(spellingsOf(previous))} becomes ${JSON.stringify(spellingsOf(object))}`);
    this.landed += 1;
    this.lastLandedMs = this.#options.now();
    for (const wrong of this.#wrongs(key, record, previous, object)) if (wrong !== null) this.#violated(`${key}: ${wrong}`);
    record.ourMs = this.#options.now();
    record.sentMs = null;
  }

  #wrongs(key: string, record: Record, before: ApiObject, after: ApiObject): readonly (string | null)[] {
    const wanted = this.#options.owner.wants.get(key);
    if (wanted === undefined) return ["is not labelled as ours, and was written"];
    const frozen = before.metadata.annotations?.["failover.linkerd.io/freeze"] === "true" ? "is frozen, and was written" : null;
    return [frozen, checkWeights(after, wanted), checkUntouched(before, after), this.#withoutEvidence(record, before, after)];
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
      blind: prometheus.weather === "blind",
      wasUnready: (backend) => this.#options.now() - unreadyMs(backend) <= STALE_READINESS_MS,
      unreadySinceWrite: (backend) => unreadyMs(backend) >= record.ourMs,
    });
  }

  #recordAt(key: string): Record {
    const known = this.#records.get(key) ?? { foreignMs: Number.NEGATIVE_INFINITY, ourMs: Number.NEGATIVE_INFINITY, sentMs: null };
    this.#records.set(key, known);
    return known;
  }

  #violated(text: string): void {
    this.#options.chronicle.tell(`VIOLATION: ${text}`);
    this.violations.push(text);
  }
}
