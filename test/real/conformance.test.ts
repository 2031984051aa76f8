import { describe } from "vitest";
import { conformance } from "../world/conformance.ts";
import { applyCrds, applyGatewayApi } from "./harness/applyManifest.ts";
import { startKubeApiserver } from "./harness/kubeApiserver.ts";
import { realToolsWithCrds } from "./harness/realTools.ts";

const tools = realToolsWithCrds("kube-apiserver", "etcd");

describe.skipIf(tools.absent)(`${tools.title("a kube-apiserver")}`, () => {
  conformance("kube-apiserver", async () => {
    const apiserver = await startKubeApiserver();
    await applyCrds(apiserver.as("admin"));
    await applyGatewayApi(apiserver.as("admin"), "1.4.1");
    return { server: apiserver.as("admin"), compact: () => apiserver.compact(), stop: () => apiserver.stop() };
  });
});
