import type { Dice } from "./dice.ts";
import { type SceneRoute, servicesOf } from "./sceneRoute.ts";
import { type Behaviour, WELL } from "./simulatedMesh.ts";
import { lasting, type Trouble } from "./trouble.ts";

const DEAD: Behaviour = { good: 1, unreachable: true };

/** An outage that lasts long enough to show what each further try to return costs users. */
export function longOutage(dice: Dice, routes: readonly SceneRoute[]): Trouble {
  const route = dice.pick(routes);
  const [primary = "", ...standbys] = servicesOf(route);
  const standby = dice.pick(standbys);
  const good = dice.between(0.3, 0.85);
  const sick = (share: number): Behaviour => ({ good: share, unreachable: false });
  const crowded = { good: 1, unreachable: false, capacity: route.rate * dice.between(0.3, 0.8) };
  const outages: Readonly<Record<string, Readonly<Record<string, Behaviour>>>> = {
    "is dead behind ready endpoints": { [primary]: DEAD },
    "fails all requests": { [primary]: sick(0) },
    [`answers ${Math.round(good * 100)} % well`]: { [primary]: sick(good) },
    [`answers ${Math.round(good * 100)} % well, and ${standby} none`]: { [primary]: sick(good), [standby]: sick(0) },
    [`answers ${Math.round(good * 100)} % well, and ${standby} is dead`]: { [primary]: sick(good), [standby]: DEAD },
    "and all other backends are crowded": Object.fromEntries(servicesOf(route).map((service) => [service, crowded])),
    [`is dead, and ${standby} is crowded`]: { [primary]: DEAD, [standby]: crowded },
  };
  const what = dice.pick(Object.keys(outages));
  return lasting(`${route.name}: ${route.namespace}/${primary} ${what}`, ({ mesh }) => {
    const set = Object.entries(outages[what] ?? {});
    for (const [service, behaviour] of set) mesh.behave(`${route.namespace}/${service}`, behaviour);
    return () => {
      for (const [service] of set) mesh.behave(`${route.namespace}/${service}`, WELL);
    };
  });
}
