import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createKubeApi } from "../../src/kube/createKubeApi.ts";
import type { ImpersonationChoice } from "../../src/kube/impersonation.ts";
import type { KubeApi } from "../../src/kube/kubeApi.ts";
import { loadKubeConfig } from "../../src/kube/kubeConfig.ts";
import { startForwardProxy } from "../kube/forwardProxy.ts";
import { send } from "../world/plainHttp.ts";
import { type KubeApiserver, startKubeApiserver } from "./harness/kubeApiserver.ts";
import { realTools } from "./harness/realTools.ts";

const RBAC = "/apis/rbac.authorization.k8s.io/v1";
const WHO_AM_I = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
const SERVICES = "/api/v1/services";

interface Review {
  readonly status: { readonly userInfo: { readonly username: string; readonly uid?: string; groups?: string[]; extra?: object } };
}

const tools = realTools("kube-apiserver", "etcd");

describe.skipIf(tools.absent)(`${tools.title("impersonation and credentials at a real API server")}`, () => {
  let apiserver: KubeApiserver;

  beforeAll(async () => {
    apiserver = await startKubeApiserver();
    const rules = [{ apiGroups: [""], resources: ["services"], verbs: ["list"] }];
    await send(apiserver.as("admin"), "POST", `${RBAC}/clusterroles`, { metadata: { name: "reads-services" }, rules });
    const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "reads-services" };
    const subjects = [{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: "oncall" }];
    await send(apiserver.as("admin"), "POST", `${RBAC}/clusterrolebindings`, { metadata: { name: "oncall" }, roleRef, subjects });
  });
  afterAll(() => apiserver?.stop());

  /** The administrator, with these keys of the kubeconfig's user. */
  const apiFor = (user: object, choice: ImpersonationChoice = {}, cluster: object = {}): KubeApi => {
    const kubeconfig = JSON.parse(apiserver.kubeconfig("admin"));
    Object.assign(kubeconfig.users[0].user, user);
    Object.assign(kubeconfig.clusters[0].cluster, cluster);
    const file = join(apiserver.folder, "impersonating");
    writeFileSync(file, JSON.stringify(kubeconfig));
    const loaded = loadKubeConfig({ kubeconfig: file, ...choice }, {});
    if (!loaded.ok) throw new Error(loaded.message);
    return createKubeApi(loaded.kubeConfig, loaded.impersonation);
  };
  const userOf = async (api: KubeApi) => {
    const review = await api.create<Review>(WHO_AM_I, { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" });
    return review.ok ? review.value.status.userInfo : review;
  };

  it("is of the user, uid, groups and extra of the kubeconfig, all in UTF-8", async () => {
    const extra = { reason: ["incident", "drill"], "example.com/what%": ["ü"] };
    const api = apiFor({ as: "jürgen", "as-uid": "7", "as-groups": ["oncall", "a, b"], "as-user-extra": extra });
    expect(await userOf(api)).toEqual({
      username: "jürgen",
      uid: "7",
      groups: ["oncall", "a, b", "system:authenticated"],
      extra,
    });
  });

  it("has the rights of the groups, and of no others", async () => {
    expect(await apiFor({ as: "sre", "as-groups": ["other", "oncall"] }).get(SERVICES)).toMatchObject({ ok: true });
    expect(await apiFor({ as: "sre" }, { asGroup: ["oncall", "other"] }).get(SERVICES)).toMatchObject({ ok: true });
    const refused = await apiFor({ as: "sre", "as-groups": ["oncall"] }, { asGroup: ["other", "third"] }).get(SERVICES);
    expect(refused).toMatchObject({ status: 403, message: expect.stringContaining('User "sre" cannot list resource "services"') });
  });

  it("a credential that has expired costs none of several requests at once: a server that refuses one closes their connection", async () => {
    const command = join(apiserver.folder, "login");
    const status = `{"token":"'$([ -e ${command}.ran ] && echo ${apiserver.adminToken} || echo expired)'"}`;
    const answer = `{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":${status}}`;
    writeFileSync(command, `#!/bin/sh\necho '${answer}'\ntouch ${command}.ran\n`);
    chmodSync(command, 0o755);
    const exec = { apiVersion: "client.authentication.k8s.io/v1", command, interactiveMode: "Never" };
    const api = apiFor({ token: undefined, exec });
    const answers = await Promise.all(Array.from({ length: 12 }, () => api.get(SERVICES)));
    expect(answers.filter(({ ok }) => !ok)).toEqual([]);
  });

  it("goes through a proxy that tunnels", async () => {
    await using proxy = await startForwardProxy(Number(new URL(apiserver.url).port));
    const api = apiFor({ as: "sre", "as-groups": ["oncall", "other"] }, {}, { "proxy-url": `http://${proxy.address}` });
    expect(await api.get(SERVICES)).toMatchObject({ ok: true });
    expect(await userOf(apiFor({}, {}, { "proxy-url": `http://${proxy.address}` }))).toMatchObject({ username: "admin" });
    expect(proxy.asked.length).toBeGreaterThan(1);
  });
});
