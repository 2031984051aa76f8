/** Names of Services and namespaces are DNS labels. */
const LABEL = "[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?";

const SERVICE_NAME = new RegExp(`^${LABEL}$`);
const BACKEND_NAME = new RegExp(`^${LABEL}(?:\\.${LABEL})?$`);

/** Whether a value can be the name of a Service. */
export function isServiceName(value: unknown): value is string {
  return typeof value === "string" && SERVICE_NAME.test(value);
}

/** Whether a value can be the name of a backend: `name` or `name.namespace`. */
export function isBackendName(value: unknown): value is string {
  return typeof value === "string" && BACKEND_NAME.test(value);
}
