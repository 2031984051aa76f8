/** Replaced by the bundler; from the sources it is told as such. */
declare const LINKERD_FAILOVER_VERSION: string | undefined;

export const VERSION: string = typeof LINKERD_FAILOVER_VERSION === "string" ? LINKERD_FAILOVER_VERSION : "0.1.0-dev";
