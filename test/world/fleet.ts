import { type ControllerCore, createController } from "../../src/cli/wiring/createController.ts";
import { type FollowedRules, followRules } from "../../src/cli/wiring/liveRules.ts";
import { createKubeApi } from "../../src/kube/createKubeApi.ts";
import { createPrometheusClient } from "../../src/observer/prometheus.ts";
import { parseRules } from "../../src/rules/parseRules.ts";
import type { RuleSet } from "../../src/rules/ruleSet.ts";
import type { ApiDouble } from "./apiDouble.ts";
import type { Chronicle } from "./chronicle.ts";
import { Dice } from "./dice.ts";
import { rightRules } from "./drawRules.ts";
import { InProcessDispatcher, type SentRequest } from "./inProcessDispatcher.ts";
import type { Scene } from "./scene.ts";

/** One process of the controller. */
export interface Replica {
  readonly name: string;
  readonly dryRun: boolean;
  readonly startedMs: number;
  readonly controller: ControllerCore;
  readonly wire: InProcessDispatcher;
  readonly rules: FollowedRules;
  /** How much its wall clock is wrong. */
  readonly clock: { wrongByMs: number };
}

export interface FleetOptions {
  readonly seed: number;
  readonly scene: Scene;
  readonly double: ApiDouble;
  readonly chronicle: Chronicle;
  readonly onSend: (replica: Replica, request: SentRequest) => void;
}

/** Where the Lease is. */
export const OWN_NAMESPACE = "linkerd-failover";
const RULES_FILE = "rules.yaml";

/** The replicas of the controller, all of it the real one: only the wires to the API and to Prometheus are short. */
export class Fleet {
  readonly replicas = new Set<Replica>();
  readonly #options: FleetOptions;
  /** By name, also of those that are gone: what they sent may still arrive. */
  readonly #clocks = new Map<string, Replica["clock"]>();
  #rules: RuleSet;
  #count = 0;
  #refuses = false;

  constructor(options: FleetOptions) {
    this.#options = options;
    this.#rules = rightRules(options.scene.rules);
  }

  /** What the rules file last said that could be taken over. */
  get rules(): RuleSet {
    return this.#rules;
  }

  start(dryRun = false): Replica {
    const { seed, scene, double, chronicle, onSend } = this.#options;
    const name = `${dryRun ? "dry" : "replica"}-${++this.#count}`;
    const wire = new InProcessDispatcher({
      handle: (request, response) => double.handle(request, response),
      onSend: (request) => onSend(replica, request),
    });
    wire.refuse(this.#refuses);
    const tell = (level: string) => (_: object, text: string) => chronicle.tell(`  ${name} ${level}: ${text}`);
    const log = { debug: () => undefined, info: tell("info"), warn: tell("warn") };
    const dice = new Dice(seed, name);
    const clock = { wrongByMs: dice.whole(-scene.clockSkewMs, scene.clockSkewMs) };
    const nowMs = () => Date.now() + clock.wrongByMs;
    const rules = followRules(this.#rules, RULES_FILE, log, nowMs);
    const controller = createController({
      settings: { watchNamespaces: [], namespace: OWN_NAMESPACE, intervalMs: scene.intervalMs, dryRun, leaderElect: true },
      kube: createKubeApi(kubeConfigFor(wire)),
      prometheus: createPrometheusClient({ url: "http://prometheus.world", auth: { kind: "none" }, intervalMs: scene.intervalMs }),
      rules,
      log,
      telemetry: { ticked: () => undefined, held: () => undefined, reapplied: () => undefined, settled: () => undefined },
      identity: name,
      random: dice.random,
      nowMs,
    });
    const replica: Replica = { name, dryRun, startedMs: Date.now(), controller, wire, rules, clock };
    this.replicas.add(replica);
    this.#clocks.set(name, clock);
    controller.start();
    chronicle.tell(`${name} starts${clock.wrongByMs === 0 ? "" : `, its clock wrong by ${clock.wrongByMs} ms`}`);
    return replica;
  }

  /** How much the wall clock of a replica is wrong. */
  wrongByMs(name: string): number {
    return this.#clocks.get(name)?.wrongByMs ?? 0;
  }

  /** The rules file says this now; all replicas see it at once. Returns the names of those that did not take it as they should. */
  reload(text: string): readonly string[] {
    const parsed = parseRules(text, RULES_FILE);
    if (parsed.ok) this.#rules = parsed.rules;
    for (const { rules } of this.replicas) rules.take(parsed);
    return [...this.replicas].filter(({ controller }) => controller.report().reload.ok !== parsed.ok).map(({ name }) => name);
  }

  /** SIGTERM. */
  stop(replica: Replica): void {
    this.#options.chronicle.tell(`${replica.name} is told to stop`);
    this.replicas.delete(replica);
    void replica.controller.stop();
  }

  /** Gone between two bytes: nothing is finished, nothing is given back. */
  crash(replica: Replica): void {
    this.#options.chronicle.tell(`${replica.name} crashes`);
    this.replicas.delete(replica);
    replica.wire.refuse(true);
    replica.wire.cut();
    void replica.controller.stop();
  }

  /** The API server cannot be reached; established connections stay. */
  refuse(refuses: boolean): void {
    this.#refuses = refuses;
    for (const { wire } of this.replicas) wire.refuse(refuses);
  }

  /** Those that may write. */
  writers(): readonly Replica[] {
    return [...this.replicas].filter(({ dryRun }) => !dryRun);
  }

  stopAll(): void {
    for (const replica of [...this.replicas]) this.stop(replica);
  }
}

/** All that the client asks of a kubeconfig: where the server is, and what to send requests through. */
function kubeConfigFor(wire: InProcessDispatcher): Parameters<typeof createKubeApi>[0] {
  return {
    getCurrentCluster: () => ({ name: "world", server: "http://api.world" }),
    applySecurityAuthentication: async (context: { setDispatcher(wire: InProcessDispatcher): void }) => context.setDispatcher(wire),
  } as unknown as Parameters<typeof createKubeApi>[0];
}
