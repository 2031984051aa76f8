import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { initialState } from "../../src/evaluator/model/state.ts";
import { step } from "../../src/evaluator/step.ts";
import { createKubeApi } from "../../src/kube/createKubeApi.ts";
import { createObserver } from "../../src/observer/createObserver.ts";
import { CODECS } from "../../src/routes/codecs.ts";
import { parseRules } from "../../src/rules/parseRules.ts";
import { questionsOf } from "../../src/rules/questions.ts";
import { kubeConfigFor } from "../kube/wire.ts";
import { type ApiDouble, startApiDouble } from "../world/apiDouble.ts";
import type { ApiObject } from "../world/apiResource.ts";

const FIXTURE = join(import.meta.dirname, "../fixtures/objects/same-endpoint-twice.yaml");
const INTERVAL_MS = 5_000;

let double: ApiDouble;
let controller: AbortController;

beforeEach(async () => {
  double = await startApiDouble();
  controller = new AbortController();
  for (const document of parseAllDocuments(readFileSync(FIXTURE, "utf8"))) double.apply(document.toJS() as ApiObject);
});

afterEach(async () => {
  controller.abort();
  await double.close();
});

/** The phase of each route's own backend after the first tick, and the number of its ready endpoints. */
async function judge(readiness: string) {
  const parsed = parseRules(`version: 1\nrules: [{name: own, signals: {readiness: ${readiness}}}]`, "rules.yaml");
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const { rules } = parsed;
  const observer = createObserver({
    ...{ kube: createKubeApi(kubeConfigFor(double.url)), codecs: CODECS, prometheus: null, selector: null, watchNamespaces: [] },
    ...{ intervalMs: INTERVAL_MS, questions: () => questionsOf(rules), onChange: () => undefined, onReleased: () => undefined },
    ...{ clock: { nowMs: () => performance.now() }, random: () => 0.1 },
  });
  await observer.start(controller.signal);
  const { state } = step(initialState(INTERVAL_MS, "test"), await observer.observe(0, "fresh"), rules, 0);
  return Object.fromEntries(
    [...state.routes.values()].map(({ ref, backends }) => {
      const own = backends.get(ref.name);
      return [ref.name, `${own?.state.phase}, ${own?.judgement.readyEndpoints} ready`];
    }),
  );
}

it("one pod in two slices is one endpoint, one that is ready in either is ready, and one that does not serve is not", async () => {
  expect(await judge("{minReady: 1}")).toEqual({ web: "serving, 1 ready", db: "out, 0 ready", both: "serving, 1 ready" });
});

it("one pod in two slices is not two ready endpoints", async () => {
  expect(await judge("{minReady: 2}")).toEqual({ web: "out, 1 ready", db: "out, 0 ready", both: "out, 1 ready" });
});

it("one pod that is ready in one slice and not in another is all of the endpoints", async () => {
  expect(await judge("{minReadyShare: 60%}")).toEqual({ web: "serving, 1 ready", db: "out, 0 ready", both: "serving, 1 ready" });
});
