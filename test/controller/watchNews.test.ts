import { beforeEach, expect, it } from "vitest";
import { WatchNews } from "../../src/controller/watchNews.ts";
import type { ResourceHealth } from "../../src/observer/observer.ts";

const WELL: ResourceHealth = {
  ...{ resource: "trafficsplits", lastEventMs: 1, restarts: 0 },
  ...{ synced: true, version: "v1", absent: false, trusted: true, trouble: null },
};
const UNKNOWN: ResourceHealth = { ...WELL, lastEventMs: null, synced: false, trusted: false };
const ABSENT: ResourceHealth = { ...WELL, version: null, absent: true, trusted: false };
const FORBIDDEN: ResourceHealth = { ...UNKNOWN, trouble: "Forbidden: no" };

let said: string[];
let news: WatchNews;

beforeEach(() => {
  said = [];
  const say = (level: string) => (_fields: object, text: string) => said.push(`${level} ${text}`);
  news = new WatchNews({ debug: say("debug"), info: say("info"), warn: say("warn") });
});

function update(...seen: readonly ResourceHealth[]): void {
  for (const health of seen) for (let again = 0; again < 3; again += 1) news.update([health]);
}

it("logs nothing if all resources are watched from the start", () => {
  update(UNKNOWN, WELL);
  expect(said).toEqual([]);
});

it("logs once that a resource is absent, and that it has appeared", () => {
  update(UNKNOWN, ABSENT, WELL, ABSENT);
  const absent = "info the cluster has no trafficsplits: skipped, checked again every minute";
  expect(said).toEqual([absent, "info trafficsplits are watched now", absent]);
});

it("logs each reason why a resource cannot be listed, and its end", () => {
  update(UNKNOWN, FORBIDDEN, { ...FORBIDDEN, trouble: "Unauthorized: no" }, WELL);
  expect(said).toEqual([
    "warn trafficsplits cannot be listed, tried again: Forbidden: no",
    "warn trafficsplits cannot be listed, tried again: Unauthorized: no",
    "info trafficsplits are watched now",
  ]);
});

it("logs that another version is watched from now on", () => {
  update({ ...WELL, version: "v1beta1" }, WELL);
  expect(said).toEqual(["info trafficsplits are watched at v1 now"]);
});

it("logs each resource separately", () => {
  news.update([ABSENT, { ...WELL, resource: "services" }, { ...FORBIDDEN, resource: "endpointslices" }]);
  expect(said).toEqual([
    "info the cluster has no trafficsplits: skipped, checked again every minute",
    "warn endpointslices cannot be listed, tried again: Forbidden: no",
  ]);
});
