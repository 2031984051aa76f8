import { type ApiObject, type ApiResource, customResource } from "./apiResource.ts";
import type { FieldProblem } from "./apiStatus.ts";

/** TrafficSplit: the schema of v1alpha1 accepts integers and strings as weights, that of v1alpha2 only numbers. */
export const TRAFFIC_SPLITS: ApiResource = customResource({
  group: "split.smi-spec.io",
  versions: ["v1alpha2", "v1alpha1"],
  plural: "trafficsplits",
  kind: "TrafficSplit",
  validate: validateTrafficSplit,
});

/** The resources of every API server, with only those checks that our client can fail. */
export const BUILT_IN_RESOURCES: readonly ApiResource[] = [
  builtIn("", ["v1"], "namespaces", "Namespace", { namespaced: false, unconditionalUpdate: true }),
  builtIn("", ["v1"], "services", "Service", { unconditionalUpdate: true }),
  builtIn("", ["v1"], "endpoints", "Endpoints", { unconditionalUpdate: true, createOnUpdate: true }),
  builtIn("", ["v1"], "events", "Event", { unconditionalUpdate: true, createOnUpdate: true }),
  builtIn("events.k8s.io", ["v1"], "events", "Event", { unconditionalUpdate: true, createOnUpdate: true, validate: validateEvent }),
  builtIn("discovery.k8s.io", ["v1"], "endpointslices", "EndpointSlice", { generation: true, unconditionalUpdate: true }),
  builtIn("coordination.k8s.io", ["v1"], "leases", "Lease", { createOnUpdate: true, validate: validateLease }),
];

function builtIn(group: string, versions: readonly string[], plural: string, kind: string, differences: Partial<ApiResource>): ApiResource {
  const usual = { namespaced: true, builtIn: true, generation: false, unconditionalUpdate: false, createOnUpdate: false };
  return { group, versions, plural, kind, ...usual, ...differences };
}

function validateTrafficSplit(object: ApiObject, version: string): FieldProblem[] {
  const spec = object.spec;
  if (spec === undefined) return [];
  if (!isMap(spec)) return [wrongType("spec", "object", spec)];
  const problems: FieldProblem[] = [];
  if (spec.service === undefined) problems.push(required("spec.service"));
  else if (typeof spec.service !== "string") problems.push(wrongType("spec.service", "string", spec.service));
  if (spec.backends === undefined) return [...problems, required("spec.backends")];
  if (!Array.isArray(spec.backends)) return [...problems, wrongType("spec.backends", "array", spec.backends)];
  return [...problems, ...spec.backends.flatMap((backend, at) => validateBackend(backend, `spec.backends[${at}]`, version))];
}

function validateBackend(backend: unknown, field: string, version: string): FieldProblem[] {
  if (!isMap(backend)) return [wrongType(field, "object", backend)];
  const problems: FieldProblem[] = [];
  if (backend.service === undefined) problems.push(required(`${field}.service`));
  else if (typeof backend.service !== "string") problems.push(wrongType(`${field}.service`, "string", backend.service));
  const weight = backend.weight;
  if (weight === undefined) problems.push(required(`${field}.weight`));
  else if (version === "v1alpha1" && !Number.isInteger(weight) && typeof weight !== "string")
    problems.push(wrongType(`${field}.weight`, "integer,string", weight));
  else if (version !== "v1alpha1" && typeof weight !== "number") problems.push(wrongType(`${field}.weight`, "number", weight));
  return problems;
}

function validateEvent(event: ApiObject): FieldProblem[] {
  const problems: FieldProblem[] = [];
  for (const field of ["eventTime", "reportingController", "reportingInstance", "action", "reason"]) {
    if (event[field] === undefined || event[field] === "") problems.push(required(field));
  }
  if (event.type !== "Normal" && event.type !== "Warning") problems.push(notValid("type", event.type, "has invalid value"));
  if (typeof event.note === "string" && event.note.length > MAX_NOTE_LENGTH)
    problems.push(notValid("note", "", `can have at most ${MAX_NOTE_LENGTH} characters`));
  return problems;
}

const MAX_NOTE_LENGTH = 1024;

function validateLease(lease: ApiObject): FieldProblem[] {
  const spec = isMap(lease.spec) ? lease.spec : {};
  const duration = spec.leaseDurationSeconds;
  if (typeof duration === "number" && duration <= 0) return [notValid("spec.leaseDurationSeconds", duration, "must be greater than 0")];
  const transitions = spec.leaseTransitions;
  if (typeof transitions === "number" && transitions < 0)
    return [notValid("spec.leaseTransitions", transitions, "must be greater than or equal to 0")];
  return [];
}

function required(field: string): FieldProblem {
  return { field, reason: "FieldValueRequired", message: "Required value" };
}

function notValid(field: string, value: unknown, message: string): FieldProblem {
  return { field, reason: "FieldValueInvalid", message: `Invalid value: ${JSON.stringify(value ?? "")}: ${message}` };
}

function wrongType(field: string, type: string, value: unknown): FieldProblem {
  const actual = Array.isArray(value) ? "array" : value === null ? "null" : typeof value;
  const message = `Invalid value: "${actual}": ${field} in body must be of type ${type}: "${actual}"`;
  return { field, reason: "FieldValueTypeInvalid", message };
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
