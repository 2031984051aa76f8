import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ControllerWorld } from "../controllerWorld.ts";
import { type HttpProxy, type Meddler, openHttpProxy } from "../harness/httpProxy.ts";
import { answerAtLength } from "../harness/longAnswer.ts";
import { type PrometheusServer, startPrometheus } from "../harness/prometheusServer.ts";
import { realTools } from "../harness/realTools.ts";
import { openTcpProxy, type TcpFault } from "../harness/tcpProxy.ts";
import { Mesh } from "../mesh.ts";
import { type MeteredScene, openMeteredScene } from "./meteredScene.ts";
import { type Play, peakBytes, residentBytes, type Sight } from "./scene.ts";

const GIGABYTE = 1024 ** 3;
const ZIPPED_BYTES = 64 * 1024 * 1024;
const HOUR_S = 3_600;
/** Memory for two parallel answers of the maximum size, 32 MB each, and as much again that V8 has not released yet. */
const LONG_ANSWER_MEMORY_BYTES = 192 * 1024 * 1024;
/** The rule's window. Failures from before the start of the controller must leave it first. */
const WINDOW_MS = 5_000;
const PROXIED = ["silent", "reset", "late", "short", "gigabyte", "zipped", "ahead", "behind"] as const;

const SILENT = {
  log: "Prometheus does not answer, so metrics move nothing: no whole answer within 1000 ms",
  metric: ["prometheus_up", 0],
} as const;
const BROKEN = { log: "Prometheus does not answer, so metrics move nothing: ", metric: ["prometheus_up", 0] } as const;
const TOO_LONG = { ...BROKEN, log: `${BROKEN.log}more than 1 MiB of the answer is no series` } as const;
const MISSING = { metric: ['readings{signal="successRate",state="missing"}', 1] } as const;

const tools = realTools("kube-apiserver", "etcd", "prometheus");

describe.skipIf(tools.absent)(`${tools.title("a Prometheus that is down, slow or wrong")}`, () => {
  let world: ControllerWorld;
  let prometheus: PrometheusServer;
  const meshes = new Map<string, Mesh>();
  const toStop: (() => Promise<unknown>)[] = [];
  const startMesh = async (name: string): Promise<Mesh> => {
    const mesh = await Mesh.ofTrafficSplit(world, name);
    toStop.push(() => mesh.stop());
    meshes.set(name, mesh);
    return mesh;
  };
  const scrape = async (targets: readonly string[], port?: number): Promise<PrometheusServer> => {
    const started = await startPrometheus({ targets, ...(port === undefined ? {} : { port }) });
    toStop.push(() => started.stop());
    return started;
  };

  beforeAll(async () => {
    world = await ControllerWorld.start();
    for (const name of PROXIED) await startMesh(name);
    prometheus = await scrape([...meshes.values()].map(({ target }) => target));
  });
  afterAll(async () => {
    for (const stop of toStop.reverse()) await stop();
    await world?.stop();
  });

  const open = async (name: string, url: string, interval?: string): Promise<MeteredScene> => {
    const opened = await openMeteredScene(world, name, meshes.get(name) as Mesh, url, interval);
    toStop.push(() => opened.scene.replica.end("SIGKILL"));
    return opened;
  };
  /** The primary fails during the fault, and nothing moves. Traffic leaves it after the fault. */
  const playUnseen = async (
    { scene, mesh, untilRead }: MeteredScene,
    play: Pick<Play, "fault" | "sight" | "strike" | "mend" | "slackBytes">,
  ) => {
    await scene.play("Prometheus", {
      ...play,
      meanwhile: () => mesh.good.set(scene.name, 0.4),
      converged: untilRead,
      writes: 0,
    });
    await scene.untilWeights("0/100");
  };
  const network = async (name: string, tcpFault: TcpFault, fault: string, sight: Sight) => {
    const proxy = await openTcpProxy(Number(new URL(prometheus.url).port));
    toStop.push(() => proxy.stop());
    const opened = await open(name, `http://127.0.0.1:${proxy.port}`);
    await playUnseen(opened, { fault, sight, strike: () => proxy.suffer(tcpFault), mend: () => proxy.suffer(null) });
  };
  const openBehindProxy = async (name: string, interval?: string): Promise<{ opened: MeteredScene; proxy: HttpProxy }> => {
    const proxy = await openHttpProxy(prometheus);
    toStop.push(() => proxy.stop());
    return { opened: await open(name, proxy.url, interval), proxy };
  };

  it.concurrent("a process that hangs, and one that is killed and restarted without data", async () => {
    const mesh = await startMesh("own");
    const own = await scrape([mesh.target]);
    const opened = await open("own", own.url);
    await sleep(WINDOW_MS);
    const hangs = { fault: "it hangs (SIGSTOP)", sight: SILENT };
    await opened.scene.play("Prometheus", {
      ...hangs,
      strike: () => own.signal("SIGSTOP"),
      mend: () => own.signal("SIGCONT"),
      converged: opened.untilRead,
      writes: 0,
    });
    await opened.scene.play("Prometheus", {
      fault: "it is killed and restarted without its data",
      sight: { metric: ["prometheus_up", 0] },
      strike: () => own.kill(),
      // What the clients count meanwhile must not count as new when the restarted Prometheus reads it for the first time.
      meanwhile: async () => {
        mesh.good.set("own", 0);
        await sleep(2 * WINDOW_MS);
        mesh.good.set("own", 1);
      },
      mend: () => scrape([mesh.target], Number(new URL(own.url).port)),
      converged: opened.untilRead,
      writes: 0,
    });
    await sleep(WINDOW_MS);
    expect(await opened.scene.writes()).toBe(0);
    mesh.good.set("own", 0.4);
    await opened.scene.untilWeights("0/100");
  });

  it.concurrent("a network that stalls", () => network("silent", "silent", "the network to it stalls", SILENT));
  it.concurrent("a network that resets", () => network("reset", "reset", "every connection to it is reset", BROKEN));
  it.concurrent("a network that is late", () => network("late", { delayMs: 5_000 }, "its answers are 5 s late", SILENT));
  it.concurrent("a network that truncates", () => network("short", { truncateAfterBytes: 300 }, "its answers are truncated", BROKEN));

  it.concurrent("an answer of a gigabyte", async () => {
    // With an interval that leaves time to read too much.
    const { opened, proxy } = await openBehindProxy("gigabyte", "5s");
    const before = residentBytes(opened.scene.replica);
    const taken: (() => number)[] = [];
    await playUnseen(opened, {
      fault: "it answers 1 GB (sent by a test proxy)",
      sight: TOO_LONG,
      slackBytes: LONG_ANSWER_MEMORY_BYTES,
      strike: () => proxy.meddle(({ response }) => taken.push(answerAtLength(response, '{"status":"success","data":{', GIGABYTE))),
      mend: () => proxy.meddle(null),
    });
    expect(Math.max(...taken.map((bytes) => bytes()))).toBeLessThan(GIGABYTE / 4);
    expect(peakBytes(opened.scene.replica) - before).toBeLessThan(LONG_ANSWER_MEMORY_BYTES);
  });

  it.concurrent("an answer of a gigabyte that is a megabyte on the wire", async () => {
    const { opened, proxy } = await openBehindProxy("zipped", "5s");
    const before = residentBytes(opened.scene.replica);
    const member = gzipSync(Buffer.alloc(ZIPPED_BYTES, " "));
    const zipped = Buffer.concat(Array<Buffer>(GIGABYTE / ZIPPED_BYTES).fill(member));
    const headers = { "content-type": "application/json", "content-encoding": "gzip" };
    await playUnseen(opened, {
      fault: "it answers 1 MB that unzips to 1 GB (sent by a test proxy)",
      sight: TOO_LONG,
      slackBytes: LONG_ANSWER_MEMORY_BYTES,
      strike: () => proxy.meddle(({ response }) => response.writeHead(200, headers).end(zipped)),
      mend: () => proxy.meddle(null),
    });
    expect(peakBytes(opened.scene.replica) - before).toBeLessThan(LONG_ANSWER_MEMORY_BYTES);
  });

  it.concurrent.each([
    ["ahead", HOUR_S],
    ["behind", -HOUR_S],
  ])("a clock that is an hour %s", async (name, byS) => {
    const { opened, proxy } = await openBehindProxy(name);
    const at: Meddler = ({ body, forward }) => {
      const form = new URLSearchParams(body.toString());
      form.set("time", String(Date.now() / 1_000 + byS));
      forward(Buffer.from(form.toString()));
    };
    await playUnseen(opened, {
      fault: `its clock is an hour ${name} (a test proxy shifts the query time)`,
      sight: MISSING,
      strike: () => proxy.meddle(at),
      mend: () => proxy.meddle(null),
    });
  });
});
