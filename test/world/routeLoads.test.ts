import { expect, it } from "vitest";
import { RouteLoads } from "./routeLoads.ts";
import type { SceneSplit } from "./sceneRoute.ts";

const SPLIT: SceneSplit = {
  name: "0",
  backends: [
    { service: "web", weight: 3 },
    { service: "web-east", weight: 1 },
  ],
};

it("tells what a Service gets from other routes and splits", () => {
  const loads = new RouteLoads({ isReachable: () => true });
  loads.add("shop", [SPLIT, { ...SPLIT, name: "basket" }], 4);
  loads.add("bank", [SPLIT], 100);
  const others = loads.beside("shop", [SPLIT], 4);
  expect([others("web"), others("web-east"), others("web-west")]).toEqual([3, 1, 0]);
});

it("knows that proxies spill what cannot reach a backend", () => {
  const loads = new RouteLoads({ isReachable: (key) => key === "shop/web-east" });
  loads.add("shop", [SPLIT], 4);
  expect(["web", "web-east"].map(loads.beside("shop", [], 0))).toEqual([0, 4]);
});
