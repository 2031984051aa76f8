import { expect, it } from "vitest";
import { PrometheusNews } from "../../src/controller/prometheusNews.ts";

it("tells once that Prometheus is away and why, and once that it is back", () => {
  const said: string[] = [];
  const say = (level: string) => (_fields: object, text: string) => said.push(`${level} ${text}`);
  const news = new PrometheusNews({ debug: say("debug"), info: say("info"), warn: say("warn") });
  const look = (prometheusUp: boolean | null, prometheusTrouble: string | null = null): void =>
    news.look({ prometheusUp, prometheusTrouble });
  look(null);
  look(true);
  look(true);
  expect(said).toEqual([]);
  look(false, "connect ECONNREFUSED");
  look(false, "no whole answer within 5000 ms");
  look(true);
  look(true);
  expect(said).toEqual(["warn Prometheus does not answer, so metrics move nothing: connect ECONNREFUSED", "info Prometheus answers again"]);
});
