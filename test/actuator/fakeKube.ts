import type { KubeApi, KubeResult, RequestOptions } from "../../src/kube/kubeApi.ts";

export interface SentRequest {
  readonly method: "create" | "patch";
  readonly path: string;
  readonly body: unknown;
  readonly type?: string;
  readonly options: RequestOptions;
}

export type Answer = (request: SentRequest) => KubeResult<unknown> | Promise<KubeResult<unknown>>;

/** A KubeApi that records requests and answers as the test says. Methods that the test does not expect throw. */
export function fakeKube(answer: Answer): { readonly kube: KubeApi; readonly sent: SentRequest[] } {
  const sent: SentRequest[] = [];
  const send = async <T>(request: SentRequest): Promise<KubeResult<T>> => {
    sent.push(request);
    return (await answer(request)) as KubeResult<T>;
  };
  const unexpected = (): never => {
    throw new Error("not expected");
  };
  const kube: KubeApi = {
    create: (path, body, options = {}) => send({ method: "create", path, body, options }),
    patch: (path, type, body, options = {}) => send({ method: "patch", path, type, body, options }),
    get: unexpected,
    replace: unexpected,
    remove: unexpected,
    watch: unexpected,
  };
  return { kube, sent };
}

/** A successful answer. */
export function ok(resourceVersion = "8"): KubeResult<unknown> {
  return { ok: true, value: { metadata: { resourceVersion } } };
}

/** A failed answer. */
export function failed(status: number | null, reason: string, message = "no"): KubeResult<unknown> {
  return { ok: false, status, reason, message };
}
