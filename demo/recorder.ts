import type { BackendView, ControllerView, DecisionView, ReasonView } from "./controllerView.ts";
import { MANAGED, NAMESPACE, RULE, rulesInShort } from "./plan.ts";
import type { Scene } from "./scene.ts";
import { type BackendRow, clock, ERROR_SECONDS, type ErrorRow, type Picture } from "./screen.ts";
import type { Chronicle, Stage, Users, Weights } from "./story.ts";
import type { Tally } from "./tally.ts";

/** The time after a write until a proxy has the new weights and its earlier requests have arrived. */
const PROPAGATION_MS = 500;

/** Records the chronicle of the demo, and creates the picture from it. */
export class Recorder {
  stage: Stage = "steady";
  view: ControllerView | null = null;
  readonly writes: (Weights & { readonly atMs: number })[] = [];
  readonly #scene: Scene;
  readonly #startMs: number;
  #faultAtMs: number | null = null;
  #healedAtMs: number | null = null;
  #receivedWhenOut: number | null = null;
  #strayRequests = 0;

  constructor(scene: Scene, startMs: number) {
    this.#scene = scene;
    this.#startMs = startMs;
    scene.cluster.onWeights((weights) => this.#hearWeights(weights));
  }

  get elapsedMs(): number {
    return Date.now() - this.#startMs;
  }

  fault(): void {
    this.#faultAtMs = this.elapsedMs;
  }

  heal(): void {
    this.#healedAtMs = this.elapsedMs;
  }

  chronicle(): Chronicle {
    return {
      writes: this.writes,
      faultAtMs: this.#faultAtMs,
      healedAtMs: this.#healedAtMs,
      strayRequests: this.#strayRequests,
      withController: users(this.#scene.managed.tally),
      without: users(this.#scene.control.tally),
      ownersPartKept: this.#scene.cluster.ownersPartKept(),
    };
  }

  picture(): Picture {
    const nowMs = Date.now();
    const decision = this.view?.decision ?? null;
    return {
      route: `${this.#scene.route.kind} ${NAMESPACE}/${MANAGED.route}`,
      elapsedMs: this.elapsedMs,
      stage: this.stage,
      backends: [MANAGED.primary, MANAGED.standby].map((backend) => this.#row(backend, nowMs)),
      errors: { withController: errors(this.#scene.managed.tally, nowMs), without: errors(this.#scene.control.tally, nowMs) },
      decision: decision === null ? null : `${clock(Date.parse(decision.at) - this.#startMs)}  ${decisionText(decision)}`,
      reasons: (this.view?.backends ?? []).flatMap(({ backend, reasons }) => weightiest(reasons).map(({ text }) => ({ backend, text }))),
      rules: rulesInShort(),
      failBelow: RULE.failBelow,
    };
  }

  #row(backend: string, nowMs: number): BackendRow {
    const said = this.view?.backends.find((one) => one.backend === backend);
    const { requests, errors } = this.#scene.managed.tally.lastSecond(backend, nowMs);
    const weight = this.#scene.managed.weights().find(({ service }) => service === backend)?.weight ?? 0;
    return { backend, weight, phase: said?.phase ?? "–", successRate: rate(said), requestsASecond: requests, errorsASecond: errors };
  }

  #hearWeights(weights: Weights): void {
    if (weights.primary > 0) this.#countStray();
    this.writes.push({ ...weights, atMs: this.elapsedMs });
    if (weights.primary > 0) return;
    setTimeout(() => {
      if (this.writes.at(-1)?.primary === 0) this.#receivedWhenOut = this.#received();
    }, PROPAGATION_MS).unref();
  }

  #countStray(): void {
    if (this.#receivedWhenOut !== null) this.#strayRequests += this.#received() - this.#receivedWhenOut;
    this.#receivedWhenOut = null;
  }

  /** Requests to the managed primary so far, counted by the pods and not by the client. */
  #received(): number {
    const host = `${MANAGED.primary}.${NAMESPACE}.svc.cluster.local`;
    return this.#scene.cluster.primaryPods.reduce((sum, pod) => sum + pod.received(host), 0);
  }
}

/** Reason kinds in the order in which the screen shows them: first what a backend waits for, then the evidence. */
const WEIGHTIEST = ["waiting", "brake", "stepping", "successRate", "noMetrics"];

function weightiest(reasons: readonly ReasonView[]): readonly ReasonView[] {
  const rank = ({ kind }: ReasonView): number => (WEIGHTIEST.includes(kind) ? WEIGHTIEST.indexOf(kind) : WEIGHTIEST.length);
  return reasons.toSorted((one, other) => rank(one) - rank(other));
}

function users({ requests, errors }: Tally): Users {
  return { requests, errors };
}

function errors(tally: Tally, nowMs: number): ErrorRow {
  return { aSecond: tally.errorsASecond(ERROR_SECONDS, nowMs), total: tally.errors };
}

function rate(view: BackendView | undefined): number | null {
  const { good, total } = view?.successRate ?? {};
  return good === undefined || total === undefined || total <= 0 ? null : good / total;
}

function decisionText({ direction, cause, before, after, outcome }: DecisionView): string {
  const moves = Object.keys(after).map((backend) => `${backend} ${before[backend]} → ${after[backend]}`);
  return `${direction} (${cause}): ${moves.join(", ")}${outcome === "written" ? "" : ` (${outcome})`}`;
}
