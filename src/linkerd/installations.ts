/** Finds the Service of the control plane's component that every installation has. */
export const CONTROL_PLANE_SELECTOR = "linkerd.io/control-plane-component=destination";

/** Finds the Services of linkerd-viz. */
export const VIZ_SELECTOR = "linkerd.io/extension=viz";
