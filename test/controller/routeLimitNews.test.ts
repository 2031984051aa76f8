import { expect, it } from "vitest";
import { RouteLimitNews } from "../../src/controller/routeLimitNews.ts";

it("logs once which namespace has too many routes, and once when it no longer has", () => {
  const said: string[] = [];
  const say = (level: string) => (_fields: object, text: string) => said.push(`${level} ${text}`);
  const news = new RouteLimitNews({ debug: say("debug"), info: say("info"), warn: say("warn") });
  for (const counts of [
    [],
    [["a", 1]],
    [["a", 9]],
    [
      ["a", 9],
      ["b", 2],
    ],
    [["b", 2]],
    [],
  ] as [string, number][][])
    news.update(new Map(counts));
  expect(said).toEqual([
    "warn the namespace a has more managed routes than --max-routes-per-namespace allows: the newest are left alone, 1 by now",
    "warn the namespace b has more managed routes than --max-routes-per-namespace allows: the newest are left alone, 2 by now",
    "info all managed routes of the namespace a are evaluated again",
    "info all managed routes of the namespace b are evaluated again",
  ]);
});
