const SERVICE_NAME = /^([^.:/]+)\.([^.:/]+)\.svc(?:\.[^:/]*)?(?::\d+)?$/;

/** `NAMESPACE/SERVICE` of `SERVICE.NAMESPACE.svc.DOMAIN[:PORT]`; null if it is not a Service name. Port 80 may be omitted. */
export function readAuthority(authority: string): string | null {
  const match = SERVICE_NAME.exec(authority);
  return match === null ? null : `${match[2]}/${match[1]}`;
}
