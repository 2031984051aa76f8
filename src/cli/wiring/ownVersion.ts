/** Set by the bundler; undefined when run from the sources. */
declare const LINKERD_FAILOVER_VERSION: string | undefined;

/** The version of this program. */
export const VERSION: string = typeof LINKERD_FAILOVER_VERSION === "string" ? LINKERD_FAILOVER_VERSION : "0.1.0-dev";
