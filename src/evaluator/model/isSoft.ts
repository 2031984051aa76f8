import type { Cause } from "../../routes/route.ts";

/** Whether metrics are the cause, and not endpoints or a gateway. */
export function isSoft(cause: Cause): boolean {
  return cause !== "readiness" && cause !== "gateway";
}
