import type { ApiDouble } from "./apiDouble.ts";

/** The pods of a Service: its own ones, and those that were added and are not ready yet. */
interface ServicePods {
  /** How many of its own pods are ready. */
  ready: number;
  added: number;
  /** How often the first one was replaced. */
  generation: number;
}

/** The pods of all Services, and their EndpointSlices. */
export class Pods {
  readonly #double: ApiDouble;
  /** Number of pods of each Service. */
  readonly #each: number;
  /** By `NAMESPACE/SERVICE`. */
  readonly #services = new Map<string, ServicePods>();

  constructor(double: ApiDouble, each: number) {
    this.#double = double;
    this.#each = each;
  }

  setReady(namespace: string, service: string, ready: boolean): void {
    this.setReadyPods(namespace, service, ready ? Number.POSITIVE_INFINITY : 0);
  }

  /** So many of the Service's own pods are ready, at most all of them. */
  setReadyPods(namespace: string, service: string, ready: number): void {
    const pods = this.#pods(namespace, service);
    pods.ready = Math.min(ready, this.#each);
    this.#writeSlice(namespace, service);
  }

  /** The Service has so many more pods, which are not ready yet; 0: none any more. */
  addPods(namespace: string, service: string, added: number): void {
    this.#pods(namespace, service).added = added;
    this.#writeSlice(namespace, service);
  }

  /** A new pod takes the place of the one that was ready or not; the old one is terminating until the next write. */
  replacePod(namespace: string, service: string): void {
    this.#pods(namespace, service).generation += 1;
    this.#writeSlice(namespace, service);
  }

  #pods(namespace: string, service: string): ServicePods {
    const key = `${namespace}/${service}`;
    const pods = this.#services.get(key) ?? { ready: 0, added: 0, generation: 0 };
    this.#services.set(key, pods);
    return pods;
  }

  #writeSlice(namespace: string, service: string): void {
    const { ready, added, generation } = this.#pods(namespace, service);
    const pod = (name: string, conditions: object) => ({
      addresses: ["10.0.0.1"],
      conditions,
      targetRef: { kind: "Pod", name, uid: name },
    });
    this.#double.apply({
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { name: `${service}-1`, namespace, labels: { "kubernetes.io/service-name": service } },
      addressType: "IPv4",
      ports: [{ port: 8080 }],
      endpoints: [
        pod(`pod-${generation}`, { ready: ready > 0, serving: ready > 0, terminating: false }),
        ...Array.from({ length: this.#each - 1 }, (_, i) =>
          pod(`sister-${i}`, { ready: ready > i + 1, serving: ready > i + 1, terminating: false }),
        ),
        ...(generation > 0 ? [pod(`pod-${generation - 1}`, { ready: false, serving: true, terminating: true })] : []),
        ...Array.from({ length: added }, (_, i) => pod(`pod-${generation + 1 + i}`, { ready: false, serving: false, terminating: false })),
      ],
    });
  }
}
