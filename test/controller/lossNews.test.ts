import { beforeEach, expect, it } from "vitest";
import { LossNews } from "../../src/controller/lossNews.ts";

const AUTHORITY = { lost: "series of response_total lack authority", without: "mirrors are not told apart", hint: "keep it" };
const CLUSTERS = { lost: "a Service is counted under several values of cluster: a, b", without: "both count", hint: "choose one" };

let told: string[];
let news: LossNews;

beforeEach(() => {
  told = [];
  news = new LossNews({ debug: () => {}, info: (_, text) => void told.push(`info ${text}`), warn: (_, text) => void told.push(text) });
});

it("tells a loss once, with what it disables, and its end once", () => {
  for (let i = 0; i < 3; i++) news.update({ losses: [AUTHORITY], complete: true });
  expect(told).toEqual(["series of response_total lack authority: mirrors are not told apart"]);
  for (let i = 0; i < 3; i++) news.update({ losses: [], complete: true });
  expect(told.slice(1)).toEqual(["info no longer so: series of response_total lack authority"]);
  news.update({ losses: [AUTHORITY], complete: true });
  expect(told).toHaveLength(3);
});

it("takes an incomplete answer as no end, and as news of what it has", () => {
  news.update({ losses: [AUTHORITY], complete: true });
  news.update({ losses: [CLUSTERS], complete: false });
  news.update({ losses: [AUTHORITY, CLUSTERS], complete: true });
  expect(told).toEqual([
    "series of response_total lack authority: mirrors are not told apart",
    "a Service is counted under several values of cluster: a, b: both count",
  ]);
});
