import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { ControllerWorld, Replica, until } from "./controllerWorld.ts";
import { applyGatewayApi } from "./harness/applyManifest.ts";
import { existingCluster } from "./harness/existingCluster.ts";
import { type PrometheusServer, startPrometheus } from "./harness/prometheusServer.ts";
import { realToolsWithCrds } from "./harness/realTools.ts";
import { createHttpRoute, httpRouteWeights, untilHttpRouteWeights } from "./httpRouteObject.ts";
import { Mesh } from "./mesh.ts";

const SCRAPE_MS = 1_000;
const WARM_UP_MS = 11_000;
/** Longer than the window and `failAfter` together: what counted as failures would have moved the route. */
const QUIET_S = 16;
/** Window, scrape, evidence and tick take at most 10 s; the rest is for a shared, slow machine. */
const SHIFT_LIMIT_MS = 40_000;
/** What series lack is asked once a minute. */
const TOLD_WITHIN_MS = 90_000;
const STORY_LIMIT_MS = 300_000;

const inExisting = existingCluster() !== null;
const tools = realToolsWithCrds("kube-apiserver", "etcd", "prometheus");

describe.skipIf(tools.absent || inExisting)(`${tools.title("what Prometheus scrapes, while a controller runs")}`, () => {
  let world: ControllerWorld;
  const toStop: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    world = await ControllerWorld.start();
    await applyGatewayApi(world.apiserver.as("admin"), "1.4.1");
  });
  afterEach(async () => {
    for (const stop of toStop.splice(0).reverse()) await stop();
    await world.admin("DELETE", world.leasePath);
  });
  afterAll(() => world?.stop());

  const clientsOf = async (path: string, name: string): Promise<Mesh> => {
    const mesh = await Mesh.ofHttpRoute(world, path, name, "since 2.16");
    toStop.push(() => mesh.stop());
    return mesh;
  };
  const scraped = async (scrapeConfigs: readonly object[]): Promise<PrometheusServer> => {
    const prometheus = await startPrometheus({ scrapeConfigs, scrapeIntervalMs: SCRAPE_MS });
    toStop.push(() => prometheus.stop());
    return prometheus;
  };
  const controller = async (settings: Readonly<Record<string, string>>): Promise<Replica> => {
    const one = await Replica.start(world, settings);
    toStop.push(() => one.end("SIGKILL"));
    await one.untilLeading();
    await sleep(WARM_UP_MS);
    return one;
  };
  const stays = async (name: string): Promise<void> => {
    for (let second = 0; second < QUIET_S; second++) {
      await sleep(1_000);
      expect(await httpRouteWeights(world, name)).toBe("100/0");
    }
  };
  const reading = async (one: Replica, name: string): Promise<string> => {
    const route = await one.json(`/api/routes/HTTPRoute/${world.stage.shop}/${name}`);
    return route.splits[0].backends[0].readings.successRate?.state;
  };

  it("a scrape configuration that changes moves nothing; what it drops is told, and an outage is seen once it is back", {
    timeout: STORY_LIMIT_MS,
  }, async () => {
    const mesh = await clientsOf(await createHttpRoute(world, "relabelled"), "relabelled");
    // The clients have seen failures in their past.
    mesh.good.set("relabelled", 0);
    await sleep(3_000);
    mesh.good.set("relabelled", 1);
    const job = (version: string, relabels: readonly object[] = []) => ({
      ...{ job_name: "linkerd-proxy", static_configs: [{ targets: [mesh.target], labels: { version } }] },
      metric_relabel_configs: relabels,
    });
    const prometheus = await scraped([job("1")]);
    const one = await controller({ "prometheus-url": prometheus.url });
    const readings = (wanted: string) =>
      until(
        `the reading to be ${wanted}`,
        () => reading(one, "relabelled"),
        (state) => state === wanted,
      );
    await readings("value");
    prometheus.reload([job("2")]);
    await stays("relabelled");
    await readings("value");
    // Without the former alone the Services' own series would tell.
    prometheus.reload([job("2", [{ action: "labeldrop", regex: "http_status|classification" }])]);
    await readings("missing");
    mesh.good.set("relabelled", 0.3);
    await stays("relabelled");
    expect(await reading(one, "relabelled")).toBe("missing");
    for (const [family, label] of [
      ["outbound_http_route_backend_response_statuses_total", "http_status"],
      ["response_total", "classification"],
    ]) {
      await one.untilSaid(`series of ${family} lack ${label}`, TOLD_WITHIN_MS);
    }
    prometheus.reload([job("3")]);
    await untilHttpRouteWeights(world, "relabelled", "0/100", SHIFT_LIMIT_MS);
  });

  it("another cluster's sick Service of the same name in one Prometheus moves nothing where queries name the cluster, else it is told", {
    timeout: STORY_LIMIT_MS,
  }, async () => {
    const path = await createHttpRoute(world, "both");
    const [own, other] = [await clientsOf(path, "both"), await clientsOf(path, "both")];
    other.good.set("both", 0);
    const targets = [[own, "west"] as const, [other, "east"] as const];
    const configs = targets.map(([mesh, cluster]) => ({ targets: [mesh.target], labels: { cluster } }));
    const prometheus = await scraped([{ job_name: "linkerd-proxy", static_configs: configs }]);
    const one = await controller({ "prometheus-url": prometheus.url, "prometheus-selector": 'cluster="west"' });
    const dry = await Replica.start(world, { "prometheus-url": prometheus.url, "dry-run": "true" });
    toStop.push(() => dry.end("SIGKILL"));
    await stays("both");
    expect(await reading(one, "both")).toBe("value");
    expect(one.log).not.toContain("several values of cluster");
    await dry.untilSaid("a Service is counted under several values of cluster: east, west", TOLD_WITHIN_MS);
    own.good.set("both", 0.3);
    await untilHttpRouteWeights(world, "both", "0/100", SHIFT_LIMIT_MS);
  });
});
