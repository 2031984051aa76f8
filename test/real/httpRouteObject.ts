import { type ControllerWorld, until } from "./controllerWorld.ts";

const pathOf = ({ stage }: ControllerWorld) => `/apis/gateway.networking.k8s.io/v1/namespaces/${stage.shop}/httproutes`;

/** Creates a managed HTTPRoute over `NAME` and `NAME-east` at 100/0, each with one ready endpoint. Returns its path. */
export async function createHttpRoute(world: ControllerWorld, name: string): Promise<string> {
  for (const service of [name, `${name}-east`]) await world.service(service);
  const backendRefs = [name, `${name}-east`].map((service, i) => ({ name: service, port: 80, weight: i === 0 ? 100 : 0 }));
  const spec = { parentRefs: [{ group: "", kind: "Service", name, port: 80 }], rules: [{ backendRefs }] };
  const metadata = { name, labels: world.stage.managed };
  const created = await world.admin("POST", pathOf(world), {
    ...{ apiVersion: "gateway.networking.k8s.io/v1", kind: "HTTPRoute", metadata, spec },
  });
  if (created.status !== 201) throw new Error(JSON.stringify(created.body));
  return `${pathOf(world)}/${name}`;
}

export async function httpRouteWeights(world: ControllerWorld, name: string): Promise<string> {
  const { body } = await world.admin("GET", `${pathOf(world)}/${name}`);
  return (body.spec.rules[0].backendRefs as { weight: number }[]).map(({ weight }) => String(weight)).join("/");
}

export async function untilHttpRouteWeights(world: ControllerWorld, name: string, wanted: string, limitMs: number): Promise<void> {
  await until(
    `${name} at ${wanted}`,
    () => httpRouteWeights(world, name),
    (seen) => seen === wanted,
    limitMs,
  );
}
