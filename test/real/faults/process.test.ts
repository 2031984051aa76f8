import { execFileSync } from "node:child_process";
import { chmodSync, lstatSync, mkdtempSync, openSync, readdirSync, readFileSync, readlinkSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ControllerWorld, type Launch, type Replica } from "../controllerWorld.ts";
import { asUnprivileged } from "../harness/asUnprivileged.ts";
import { startPrometheus } from "../harness/prometheusServer.ts";
import { realTools } from "../harness/realTools.ts";
import { Mesh } from "../mesh.ts";
import { openMeteredScene } from "./meteredScene.ts";
import { type Play, Scene } from "./scene.ts";

const O_ACCMODE = 0o3;
const RULES = "version: 1\nrules:\n  - name: plain\n    signals: {readiness: {minReady: 1}}\n";

const tools = realTools("kube-apiserver", "etcd", "prometheus");
const onLinux = process.platform === "linux";
const otherUser = tools.absent || !onLinux ? null : asUnprivileged();

describe.skipIf(tools.absent || !onLinux)(`${tools.title("a machine that lacks something")}`, () => {
  let world: ControllerWorld;
  const toStop: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    world = await ControllerWorld.start();
    chmodSync(world.folder, 0o755);
  });
  afterAll(async () => {
    for (const stop of toStop.reverse()) await stop();
    await world?.stop();
  });

  const open = async (name: string, settings?: Readonly<Record<string, string>>, launch?: Launch): Promise<Scene> => {
    const scene = await Scene.open(world, name, settings, launch);
    toStop.push(() => scene.replica.end("SIGKILL"));
    return scene;
  };
  const acts = (scene: Scene): Pick<Play, "mend" | "converged" | "writes"> => ({
    mend: () => scene.ready(false),
    converged: () => scene.untilWeights("0/100"),
    writes: 1,
  });

  it.concurrent("a disk for the log that is full", async () => {
    const scene = await open("full", {}, { logTo: openSync("/dev/full", "w") });
    await scene.play("the process", {
      fault: "the disk for its log is full",
      strike: () => undefined,
      sight: { probe: ["/livez", 200] },
      ...acts(scene),
      note: "log lines are lost; measured from the loss of the endpoints",
    });
  });

  it.concurrent("a log whose reader is gone", async () => {
    const scene = await open("unread");
    await scene.play("the process", {
      fault: "the reader of its log is gone",
      strike: () => scene.replica.child.stderr?.destroy(),
      sight: { probe: ["/livez", 200] },
      ...acts(scene),
      note: "log lines are lost; measured from the loss of the endpoints",
    });
  });

  it.skipIf(otherUser === null).concurrent("no writable directory: it needs none", async () => {
    const scene = await open("diskless", {}, { ...otherUser, cwd: "/", env: { HOME: "/nonexistent", TMPDIR: "/nonexistent" } });
    await scene.play("the process", {
      fault: "no directory is writable",
      strike: () => undefined,
      sight: { probe: ["/livez", 200] },
      ...acts(scene),
      note: "it needs no writable file; measured from the loss of the endpoints",
    });
    expect(filesOpenForWriting(scene.replica)).toEqual([]);
  });

  it.concurrent("no file descriptor left", async () => {
    const mesh = await Mesh.ofTrafficSplit(world, "descriptors");
    toStop.push(() => mesh.stop());
    const prometheus = await startPrometheus({ targets: [mesh.target] });
    toStop.push(() => prometheus.stop());
    const { scene, untilRead } = await openMeteredScene(world, "descriptors", mesh, prometheus.url);
    toStop.push(() => scene.replica.end("SIGKILL"));
    const limit = (descriptors: number) => execFileSync("prlimit", ["--pid", String(scene.replica.child.pid), `--nofile=${descriptors}:`]);
    await scene.play("the process", {
      fault: "it cannot open any file or connection (prlimit)",
      strike: () => limit(1),
      sight: { log: "the file cannot be read: EMFILE" },
      mend: () => limit(1_024),
      converged: async () => {
        await untilRead();
        await scene.untilMetric("config_last_reload_successful", (ok) => ok === 1);
      },
      writes: 0,
    });
    await scene.ready(false);
    await scene.untilWeights("0/100");
  });

  it.skipIf(otherUser === null).concurrent.each([
    ["unreadable", "permission denied", (file: string) => chmodSync(file, 0), (file: string) => chmodSync(file, 0o644)],
    [
      "deleted",
      "it does not exist",
      (file: string) => renameSync(file, `${file}.away`),
      (file: string) => renameSync(`${file}.away`, file),
    ],
  ])("a rules file that is %s", async (name, why, strike, mend) => {
    const folder = mkdtempSync(join(world.folder, "rules-"));
    const rules = join(folder, "rules.yaml");
    chmodSync(folder, 0o755);
    writeFileSync(rules, RULES);
    const scene = await open(name, { rules }, otherUser ?? {});
    await scene.play("the process", {
      fault: `the rules file is ${name}`,
      strike: () => strike(rules),
      sight: { log: `the file cannot be read: ${why}`, metric: ["config_last_reload_successful", 0] },
      meanwhile: async () => {
        await scene.ready(false);
        await scene.untilWeights("0/100");
      },
      mend: () => mend(rules),
      converged: () => scene.untilMetric("config_last_reload_successful", (ok) => ok === 1),
      writes: 1,
    });
  });
});

/** The regular files that a process has open for writing. */
function filesOpenForWriting({ child }: Replica): readonly string[] {
  const folder = join("/proc", String(child.pid), "fd");
  return readdirSync(folder).flatMap((fd) => {
    const file = readlinkSync(join(folder, fd));
    if (!file.startsWith("/") || !lstatSync(file, { throwIfNoEntry: false })?.isFile()) return [];
    const info = readFileSync(join("/proc", String(child.pid), "fdinfo", fd), "utf8");
    return (Number.parseInt(/^flags:\s+(\d+)/m.exec(info)?.[1] ?? "0", 8) & O_ACCMODE) === 0 ? [] : [file];
  });
}
