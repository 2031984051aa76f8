import type { Dice } from "./dice.ts";
import { drawRules, spoilRules, varyRules } from "./drawRules.ts";
import type { Scene } from "./scene.ts";
import type { SceneRoute } from "./sceneRoute.ts";
import { lasting, passing, type Trouble } from "./trouble.ts";

const FURTHEST_SET_BACK_MS = 3_600_000;
const MOST_WRITERS = 2;

export function restart(dice: Dice): Trouble {
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

export function scaling(): Trouble {
  const trouble = lasting("one replica more or less", ({ fleet }) => {
    const [first, ...others] = fleet.writers();
    if (first !== undefined && others.length + 1 >= MOST_WRITERS) fleet.stop(first);
    else fleet.start();
    return () => undefined;
  });
  return { ...trouble, hitsApi: true };
}

/** The wrong clock of a machine is corrected. */
export function clockSetBack(dice: Dice): Trouble {
  const byMs = dice.pick([dice.whole(1_000, 60_000), dice.whole(60_000, FURTHEST_SET_BACK_MS)]);
  return passing(({ fleet, judge }) => {
    const replica = dice.pick([...fleet.replicas, null]);
    if (replica === null) return "no clock is set back";
    replica.clock.wrongByMs -= byMs;
    judge.clockSet();
    return `the clock of ${replica.name} is set back by ${byMs} ms`;
  });
}

/** A clock is set ahead by hand or by a wrong time server. */
export function clockSetAhead(dice: Dice): Trouble {
  const byMs = dice.pick([dice.whole(1_000, 60_000), dice.whole(60_000, FURTHEST_SET_BACK_MS)]);
  return passing(({ fleet, judge }) => {
    const replica = dice.pick([...fleet.replicas, null]);
    if (replica === null) return "no clock is set ahead";
    replica.clock.wrongByMs += byMs;
    judge.clockSet();
    return `the clock of ${replica.name} is set ahead by ${byMs} ms`;
  });
}

/** The rules file changes to valid or to invalid rules. */
export function reload(dice: Dice, _: readonly SceneRoute[], scene: Scene): Trouble {
  const text = drawRules(dice, scene);
  const isSpoilt = dice.chance(0.4);
  const written = varyRules(dice, isSpoilt ? spoilRules(dice, text) : text, scene.podsEach);
  return passing(({ fleet, judge }) => {
    for (const name of fleet.reload(written)) judge.violated(`${name} ${isSpoilt ? "accepted invalid" : "rejected valid"} rules`);
    if (!isSpoilt) judge.rulesChanged();
    return `the rules file changes${isSpoilt ? " and is invalid" : ""}`;
  });
}
