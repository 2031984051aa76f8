/** Selects the Service of the destination controller, which every installation has. */
export const CONTROL_PLANE_SELECTOR = "linkerd.io/control-plane-component=destination";

/** Selects the Services of linkerd-viz. */
export const VIZ_SELECTOR = "linkerd.io/extension=viz";

/** The Service of linkerd-viz's Prometheus. */
export const VIZ_PROMETHEUS = "prometheus";
