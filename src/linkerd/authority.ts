const SERVICE_NAME = /^([^.:/]+)\.([^.:/]+)\.svc(?:\.[^:/]*)?(?::\d+)?$/;

/** `NAMESPACE/SERVICE` of `SERVICE.NAMESPACE.svc.DOMAIN[:PORT]`; null where it is no Service's name (port 80 goes without `:80`). */
export function readAuthority(authority: string): string | null {
  const match = SERVICE_NAME.exec(authority);
  return match === null ? null : `${match[2]}/${match[1]}`;
}
