import type { FaultRule } from "./apiFaults.ts";
import type { Dice } from "./dice.ts";
import type { SceneSplit } from "./scene.ts";
import type { Stage } from "./seededWorld.ts";
import { type Behaviour, WELL } from "./simulatedMesh.ts";
import { WEATHERS } from "./simulatedPrometheus.ts";

/** Something that goes wrong, or that somebody does. */
export interface Trouble {
  /** Where the API is not itself, controllers may be late. */
  readonly hitsApi: boolean;
  /** Begins, and says what it is; the answer ends it, and may be called more than once. */
  begin(stage: Stage): { readonly text: string; readonly end: () => void };
}

type Draw = (dice: Dice, splits: readonly SceneSplit[]) => Trouble;

/** A trouble of any kind that stories of this seed know. */
export function drawTrouble(seed: number, dice: Dice, splits: readonly SceneSplit[]): Trouble {
  return dice.pick(seed < LATER_SEEDS ? DRAWS : LATER_DRAWS)(dice, splits);
}

const DRAWS: readonly Draw[] = [
  sickBackend,
  sickBackend,
  sickRoute,
  sickEverywhere,
  deadBackend,
  lostEndpoints,
  lostEndpoints,
  flappingEndpoints,
  prometheusWeather,
  prometheusWeather,
  apiFault,
  apiFault,
  brokenWatches,
  apiAway,
  ownerEdit,
  gitopsReapplies,
  restart,
  scaling,
  freeze,
];

/** Seeds from here on may draw what was added later; the stories of those below stay what they were when they found something. */
const LATER_SEEDS = 1_000_000;
const LATER_DRAWS: readonly Draw[] = [...DRAWS, pin, unmanaged];

const PIN = "failover.linkerd.io/pin";

function sickBackend(dice: Dice, splits: readonly SceneSplit[]): Trouble {
  const key = drawService(dice, splits);
  const good = dice.chance(0.5) ? 0 : dice.between(0, 0.97);
  return lasting(`${key} answers ${Math.round(good * 100)} % well`, ({ mesh }) => {
    mesh.behave(key, { good, unreachable: false });
    return () => mesh.behave(key, WELL);
  });
}

/** All backends of a route are unwell, some worse than others. */
function sickRoute(dice: Dice, splits: readonly SceneSplit[]): Trouble {
  const { namespace, name, backends } = dice.pick(splits);
  const shares = backends.map(() => dice.between(0, 0.9));
  return lasting(`the backends of ${name} answer ${shares.map((good) => Math.round(good * 100)).join(", ")} % well`, ({ mesh }) => {
    backends.forEach((service, i) => mesh.behave(`${namespace}/${service}`, { good: shares[i] ?? 1, unreachable: false }));
    return () => backends.forEach((service) => mesh.behave(`${namespace}/${service}`, WELL));
  });
}

/** Something that many routes need fails: the first backends of all are unwell at once. */
function sickEverywhere(dice: Dice, splits: readonly SceneSplit[]): Trouble {
  const good = dice.between(0, 0.6);
  return lasting(`the first backends of all routes answer ${Math.round(good * 100)} % well`, ({ mesh }) => {
    const behave = (behaviour: Behaviour) =>
      splits.forEach(({ namespace, backends }) => mesh.behave(`${namespace}/${backends[0]}`, behaviour));
    behave({ good, unreachable: false });
    return () => behave(WELL);
  });
}

function deadBackend(dice: Dice, splits: readonly SceneSplit[]): Trouble {
  const key = drawService(dice, splits);
  return lasting(`${key} dies behind ready endpoints`, ({ mesh }) => {
    mesh.behave(key, { good: 1, unreachable: true });
    return () => mesh.behave(key, WELL);
  });
}

function lostEndpoints(dice: Dice, splits: readonly SceneSplit[]): Trouble {
  const { namespace, backends } = dice.pick(splits);
  const service = dice.pick(backends);
  return lasting(`${namespace}/${service} has no ready endpoint`, ({ owner }) => {
    owner.setReady(namespace, service, false);
    return () => owner.setReady(namespace, service, true);
  });
}

function flappingEndpoints(dice: Dice, splits: readonly SceneSplit[]): Trouble {
  const { namespace, backends } = dice.pick(splits);
  const service = dice.pick(backends);
  const everyMs = dice.whole(500, 15_000);
  return lasting(`${namespace}/${service} loses and regains its endpoints every ${everyMs} ms`, ({ owner }) => {
    let ready = true;
    const timer = setInterval(() => owner.setReady(namespace, service, (ready = !ready)), everyMs);
    return () => {
      clearInterval(timer);
      owner.setReady(namespace, service, true);
    };
  });
}

function prometheusWeather(dice: Dice): Trouble {
  const weather = dice.pick(WEATHERS);
  return lasting(`Prometheus is ${weather}`, ({ prometheus }) => {
    prometheus.weather = weather;
    return () => {
      prometheus.weather = "fair";
    };
  });
}

function apiFault(dice: Dice): Trouble {
  const code = dice.pick([409, 410, 429, 500, 503]);
  const fault = dice.pick<FaultRule["fault"]>([
    { kind: "status", code },
    { kind: "status", code, retryAfterSeconds: 1 },
    { kind: "latency", ms: dice.whole(50, 8_000) },
    ...(["drop", "hang", "lost", "html"] as const).map((kind) => ({ kind })),
  ]);
  const target = dice.pick(["everything", "patches", "Leases", "lists and watches"] as const);
  const share = dice.pick([0.3, 0.7, 1]);
  const matches = ({ method, path }: { readonly method: string; readonly path: string }) => {
    if (target === "patches") return method === "PATCH";
    if (target === "Leases") return path.includes("/leases");
    return target === "everything" || (method === "GET" && !path.includes("/leases"));
  };
  const text = `the API answers ${target} with ${JSON.stringify(fault)}, ${share * 100} % of them`;
  return { ...lasting(text, ({ double }) => double.faults.add({ fault, share, matches })), hitsApi: true };
}

function brokenWatches(dice: Dice): Trouble {
  const how = dice.pick(["cut", "silent", "410", "500", "410 after a compaction"] as const);
  const what = dice.pick(["trafficsplits", "endpointslices", "services", ""]);
  const matches = (path: string) => path.includes(what);
  const trouble = lasting(`watches of ${what || "everything"} break: ${how}`, ({ double }) => {
    if (how === "silent") double.faults.silenceWatches(matches);
    else if (how === "410" || how === "500") double.faults.failWatches(how === "410" ? 410 : 500, matches);
    else {
      if (how !== "cut") double.faults.compact();
      double.faults.cutWatches(matches);
    }
    return () => undefined;
  });
  return { ...trouble, hitsApi: true };
}

function apiAway(dice: Dice): Trouble {
  const torn = dice.chance(0.5);
  const trouble = lasting(`the API is away${torn ? ", all connections are torn" : ""}`, ({ fleet }) => {
    fleet.refuse(true);
    if (torn) for (const { wire } of fleet.replicas) wire.cut();
    return () => fleet.refuse(false);
  });
  return { ...trouble, hitsApi: true };
}

function ownerEdit(dice: Dice, splits: readonly SceneSplit[]): Trouble {
  const split = dice.pick(splits);
  return {
    hitsApi: false,
    begin: ({ owner }) => ({ text: `the owner of ${split.name} wants ${JSON.stringify(owner.edit(split, dice))}`, end: () => undefined }),
  };
}

function gitopsReapplies(dice: Dice, splits: readonly SceneSplit[]): Trouble {
  const split = dice.pick(splits);
  const prunes = dice.chance(0.5);
  const everyMs = dice.whole(1_000, 60_000);
  return lasting(`${split.name} is re-applied every ${everyMs} ms${prunes ? " without our annotation" : ""}`, ({ owner }) => {
    const timer = setInterval(() => owner.reapply(split, prunes), everyMs);
    return () => clearInterval(timer);
  });
}

function restart(dice: Dice): Trouble {
  const crashes = dice.chance(0.5);
  const afterMs = dice.whole(1, 20_000);
  const trouble = lasting(`a replica ${crashes ? "crashes" : "stops"} and is back after ${afterMs} ms`, ({ fleet }) => {
    const [first] = fleet.writers();
    if (first === undefined) return () => undefined;
    if (crashes) fleet.crash(first);
    else fleet.stop(first);
    setTimeout(() => fleet.start(), afterMs);
    return () => undefined;
  });
  return { ...trouble, hitsApi: true };
}

function scaling(): Trouble {
  const trouble = lasting("one replica more or less", ({ fleet }) => {
    const [first, second] = fleet.writers();
    if (first !== undefined && second !== undefined) fleet.stop(first);
    else fleet.start();
    return () => undefined;
  });
  return { ...trouble, hitsApi: true };
}

function freeze(dice: Dice, splits: readonly SceneSplit[]): Trouble {
  const split = dice.pick(splits);
  return lasting(`${split.name} is frozen`, ({ owner }) => {
    owner.annotate(split, "failover.linkerd.io/freeze", "true");
    return () => owner.annotate(split, "failover.linkerd.io/freeze", null);
  });
}

function pin(dice: Dice, splits: readonly SceneSplit[]): Trouble {
  const split = dice.pick(splits);
  const backend = dice.pick(split.backends);
  return lasting(`${split.name} is pinned to ${backend}`, ({ owner }) => {
    owner.annotate(split, PIN, backend);
    return () => owner.annotate(split, PIN, null);
  });
}

function unmanaged(dice: Dice, splits: readonly SceneSplit[]): Trouble {
  const split = dice.pick(splits);
  return lasting(`${split.name} is taken away from us`, ({ owner }) => {
    owner.manage(split, false);
    return () => owner.manage(split, true);
  });
}

function lasting(text: string, begin: (stage: Stage) => () => void): Trouble {
  return { hitsApi: false, begin: (stage) => ({ text, end: begin(stage) }) };
}

function drawService(dice: Dice, splits: readonly SceneSplit[]): string {
  const { namespace, backends } = dice.pick(splits);
  return `${namespace}/${dice.pick(backends)}`;
}
