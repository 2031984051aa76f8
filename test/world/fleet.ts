import { type ControllerCore, createController } from "../../src/cli/wiring/createController.ts";
import { type FollowedRules, followRules } from "../../src/cli/wiring/liveRules.ts";
import { prometheusAccess } from "../../src/cli/wiring/prometheusAccess.ts";
import { UNNOTICED } from "../../src/controller/announcer.ts";
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
import { SELECTOR } from "./simulatedPrometheus.ts";

/** One process of the controller. */
export interface Replica {
  readonly name: string;
  readonly dryRun: boolean;
  readonly startedMs: number;
  readonly controller: ControllerCore;
  readonly wire: InProcessDispatcher;
  readonly rules: FollowedRules;
  /** Error of its wall clock. */
  readonly clock: { wrongByMs: number };
}

export interface FleetOptions {
  readonly seed: number;
  readonly scene: Scene;
  readonly double: ApiDouble;
  readonly chronicle: Chronicle;
  readonly onSend: (replica: Replica, request: SentRequest) => void;
  /** A replica has found a change that it should have noticed before. */
  readonly onUnnoticed: (name: string) => void;
}

/** Namespace of the Lease. */
export const OWN_NAMESPACE = "linkerd-failover";
const RULES_FILE = "rules.yaml";

/** The replicas of the controller. All of their code is the real one, except for the connections to the API and to Prometheus. */
export class Fleet {
  readonly replicas = new Set<Replica>();
  readonly #options: FleetOptions;
  /** By name, including stopped replicas, whose requests can still arrive. */
  readonly #clocks = new Map<string, Replica["clock"]>();
  #rules: RuleSet;
  #count = 0;
  #refuses = false;

  constructor(options: FleetOptions) {
    this.#options = options;
    this.#rules = rightRules(options.scene.rules);
  }

  /** The last valid rules. */
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
    const warn = (fields: object, text: string) => {
      tell("warn")(fields, text);
      if (text === UNNOTICED) this.#options.onUnnoticed(name);
    };
    const log = { debug: () => undefined, info: tell("info"), warn };
    const dice = new Dice(seed, name);
    const clock = { wrongByMs: dice.whole(-scene.clockSkewMs, scene.clockSkewMs) };
    const nowMs = () => Date.now() + clock.wrongByMs;
    const access = prometheusAccess({
      prometheusUrl: "http://prometheus.world",
      ...(scene.clusters === "selected" ? { prometheusSelector: SELECTOR } : {}),
    });
    if (access === null) throw new Error("there is no Prometheus");
    const rules = followRules(this.#rules, RULES_FILE, log, nowMs);
    const controller = createController({
      settings: {
        watchNamespaces: scene.watchNamespaces,
        namespace: OWN_NAMESPACE,
        intervalMs: scene.intervalMs,
        dryRun,
        leaderElect: true,
      },
      kube: createKubeApi(kubeConfigFor(wire)),
      prometheus: createPrometheusClient({ ...access, intervalMs: scene.intervalMs }),
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
    chronicle.tell(`${name} starts${clock.wrongByMs === 0 ? "" : `, its clock is wrong by ${clock.wrongByMs} ms`}`);
    return replica;
  }

  /** Error of a replica's wall clock. */
  wrongByMs(name: string): number {
    return this.#clocks.get(name)?.wrongByMs ?? 0;
  }

  /** Changes the rules file of all replicas at once. Returns the names of those that accepted or rejected it wrongly. */
  reload(text: string): readonly string[] {
    const parsed = parseRules(text, RULES_FILE);
    if (parsed.ok) this.#rules = parsed.rules;
    for (const { rules } of this.replicas) rules.take(parsed);
    return [...this.replicas].filter(({ controller }) => controller.report().reload.ok !== parsed.ok).map(({ name }) => name);
  }

  /** Stops a replica as SIGTERM does. */
  stop(replica: Replica): void {
    this.#options.chronicle.tell(`${replica.name} gets SIGTERM`);
    this.replicas.delete(replica);
    void replica.controller.stop();
  }

  /** Ends a replica at once: it finishes no request and does not release the Lease. */
  crash(replica: Replica): void {
    this.#options.chronicle.tell(`${replica.name} crashes`);
    this.replicas.delete(replica);
    replica.wire.refuse(true);
    replica.wire.cut();
    void replica.controller.stop();
  }

  /** Makes the API server unreachable, or reachable again; established connections stay. */
  refuse(refuses: boolean): void {
    this.#refuses = refuses;
    for (const { wire } of this.replicas) wire.refuse(refuses);
  }

  /** The replicas that are not in a dry run. */
  writers(): readonly Replica[] {
    return [...this.replicas].filter(({ dryRun }) => !dryRun);
  }

  stopAll(): void {
    for (const replica of [...this.replicas]) this.stop(replica);
  }
}

/** The parts of a kubeconfig that the client uses: the server's URL and the dispatcher for requests. */
function kubeConfigFor(wire: InProcessDispatcher): Parameters<typeof createKubeApi>[0] {
  return {
    getCurrentCluster: () => ({ name: "world", server: "http://api.world" }),
    getCurrentUser: () => null,
    applySecurityAuthentication: async (context: { setDispatcher(wire: InProcessDispatcher): void }) => context.setDispatcher(wire),
  } as unknown as Parameters<typeof createKubeApi>[0];
}
