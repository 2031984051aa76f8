import type { ApiDouble } from "./apiDouble.ts";
import type { ApiObject } from "./apiResource.ts";
import { keyOf, kindOf } from "./sceneRoute.ts";

/** All current routes of the API double, by `KIND/NAMESPACE/NAME`. Read-only. */
export class LiveRoutes {
  readonly byKey = new Map<string, ApiObject>();

  constructor(double: ApiDouble) {
    double.onWrite(({ type, resource, object }) => {
      const kind = kindOf(resource);
      if (kind === null) return;
      const key = keyOf({ kind, namespace: object.metadata.namespace ?? "", name: object.metadata.name });
      if (type === "DELETED") this.byKey.delete(key);
      else this.byKey.set(key, object);
    });
  }
}
