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

function look(...seen: readonly ResourceHealth[]): void {
  for (const health of seen) for (let again = 0; again < 3; again += 1) news.look([health]);
}

it("has nothing to tell while all is well from the start on", () => {
  look(UNKNOWN, WELL);
  expect(said).toEqual([]);
});

it("tells once that a resource is not there, and that it came", () => {
  look(UNKNOWN, ABSENT, WELL, ABSENT);
  const absent = "info the cluster has no trafficsplits: skipped, looked for again every minute";
  expect(said).toEqual([absent, "info trafficsplits are watched now", absent]);
});

it("tells each reason why one cannot be listed, and the end of it", () => {
  look(UNKNOWN, FORBIDDEN, { ...FORBIDDEN, trouble: "Unauthorized: no" }, WELL);
  expect(said).toEqual([
    "warn trafficsplits cannot be listed, tried again: Forbidden: no",
    "warn trafficsplits cannot be listed, tried again: Unauthorized: no",
    "info trafficsplits are watched now",
  ]);
});

it("tells that another version is watched from now on", () => {
  look({ ...WELL, version: "v1beta1" }, WELL);
  expect(said).toEqual(["info trafficsplits are watched at v1 now"]);
});

it("keeps resources apart", () => {
  news.look([ABSENT, { ...WELL, resource: "services" }, { ...FORBIDDEN, resource: "endpointslices" }]);
  expect(said).toEqual([
    "info the cluster has no trafficsplits: skipped, looked for again every minute",
    "warn endpointslices cannot be listed, tried again: Forbidden: no",
  ]);
});
