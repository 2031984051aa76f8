import type { FaultRule } from "./apiFaults.ts";
import type { Dice } from "./dice.ts";
import type { SceneRoute } from "./sceneRoute.ts";
import { PROMETHEUS_FAULTS } from "./simulatedPrometheus.ts";
import { lasting, type Trouble } from "./trouble.ts";

const WATCHED = ["trafficsplits", "httproutes", "endpointslices", "services", ""] as const;

export function prometheusFault(dice: Dice): Trouble {
  const fault = dice.pick(PROMETHEUS_FAULTS);
  return lasting(`Prometheus is ${fault}`, ({ prometheus }) => {
    prometheus.condition = fault;
    return () => {
      prometheus.condition = "working";
    };
  });
}

export function apiFault(dice: Dice): Trouble {
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

export function brokenWatches(dice: Dice): Trouble {
  const how = dice.pick(["cut", "silent", "410", "500", "410 after a compaction"] as const);
  const what = dice.pick(WATCHED);
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

export function apiAway(dice: Dice): Trouble {
  const torn = dice.chance(0.5);
  const trouble = lasting(`the API is down${torn ? ", all connections are closed" : ""}`, ({ fleet }) => {
    fleet.refuse(true);
    if (torn) for (const { wire } of fleet.replicas) wire.cut();
    return () => fleet.refuse(false);
  });
  return { ...trouble, hitsApi: true };
}

const SLOW_CALL_MS = 3_000;

/** Every call of the API takes its time. */
export function slowApi(_: Dice): Trouble {
  const slow = lasting(`each call of the API takes ${SLOW_CALL_MS} ms`, ({ double }) =>
    double.faults.add({ fault: { kind: "latency", ms: SLOW_CALL_MS } }),
  );
  return { ...slow, hitsApi: true };
}

/** One of the namespaces cannot be read any more. */
export function lostNamespace(dice: Dice, routes: readonly SceneRoute[]): Trouble {
  const { namespace } = dice.pick(routes);
  const matches = ({ method, path }: { readonly method: string; readonly path: string }) =>
    method === "GET" && path.includes(`/namespaces/${namespace}/`);
  const lost = lasting(`the API refuses to list ${namespace}`, ({ double }) => {
    double.faults.cutWatches((path) => path.includes(`/namespaces/${namespace}/`));
    return double.faults.add({ fault: { kind: "status", code: 403 }, matches });
  });
  return { ...lost, hitsApi: true };
}
