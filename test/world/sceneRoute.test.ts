import { describe, expect, it } from "vitest";
import { CODECS } from "../../src/routes/codecs.ts";
import type { ApiObject } from "./apiResource.ts";
import { Dice } from "./dice.ts";
import { drawRoute } from "./scene.ts";
import { keyIn, keyOf, objectOf, pathOf, SCENE_KINDS, spelled, splitsOf } from "./sceneRoute.ts";

const SEEDS = Array.from({ length: 50 }, (_, seed) => seed);

describe.each(SCENE_KINDS)("a drawn %s", (kind) => {
  it("is read by the program with its owner's weights", () => {
    const codec = CODECS.find((one) => one.kind === kind);
    for (const seed of SEEDS) {
      const route = drawRoute(new Dice(seed, "route"), kind, "shop", "web", ["web", "web-east", "web-west"]);
      const object = objectOf(route, { uid: "1", resourceVersion: "1" }) as ApiObject;
      const read = codec?.read(object);
      expect(read?.problems.filter(({ problem }) => problem !== "weights-overflow")).toEqual([]);
      const splits = (read?.splits ?? []).map(({ name, backends }) => ({
        name,
        backends: backends.map(({ backend, entries }) => ({ service: backend, weight: entries[0]?.spelling ?? 0 })),
      }));
      expect(splits).toEqual(route.splits);
      expect(spelled(splitsOf(object))).toBe(spelled(route.splits));
    }
  });

  it("is found by its path", () => {
    const route = { kind, namespace: "shop", name: "web" };
    expect(keyIn(`${pathOf(route)}?fieldManager=x`)).toBe(keyOf(route));
    expect(keyIn("/api/v1/namespaces/shop/services/web")).toBeNull();
  });
});
