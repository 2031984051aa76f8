import { describe } from "vitest";
import { conformance } from "../world/conformance.ts";
import { applyCrds } from "./harness/applyManifest.ts";
import { startKubeApiserver } from "./harness/kubeApiserver.ts";
import { realTools } from "./harness/realTools.ts";

const tools = realTools("kube-apiserver", "etcd");

describe.skipIf(tools.absent)(`${tools.title("a kube-apiserver")}`, () => {
  conformance("kube-apiserver", async () => {
    const apiserver = await startKubeApiserver();
    await applyCrds(apiserver.as("admin"));
    return { server: apiserver.as("admin"), compact: () => apiserver.compact(), stop: () => apiserver.stop() };
  });
});
