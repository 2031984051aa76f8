import type { Header } from "./httpHeaders.ts";

/** Where Prometheus is, and what each request to it carries. */
export interface PrometheusAccess {
  readonly url: string;
  readonly auth: PrometheusAuth;
  readonly headers?: readonly Header[] | undefined;
  /** A file of more headers, which win over `headers`. */
  readonly headersFile?: string | undefined;
  readonly tls?: TlsFiles | undefined;
  /** Sent with each query. */
  readonly params?: readonly (readonly [name: string, value: string])[] | undefined;
  /** Puts label matchers into a query; null if it is not PromQL. Absent: queries are sent as they are. */
  readonly select?: ((promql: string) => string | null) | undefined;
}

/** The files are read at each query, so a rotated secret is used at once. */
export type PrometheusAuth =
  | { readonly kind: "none" }
  | { readonly kind: "bearer"; readonly tokenFile: string }
  | { readonly kind: "basic"; readonly username: string; readonly passwordFile: string };

/** Files in PEM, also read at each query. */
export interface TlsFiles {
  /** Certificates that replace the usual certificate authorities. */
  readonly caFile?: string | undefined;
  readonly client?: { readonly certFile: string; readonly keyFile: string } | undefined;
}
