import type { FieldProblem } from "./apiStatus.ts";

/** A resource that the API double serves. */
export interface ApiResource {
  /** `""` is the core group. */
  readonly group: string;
  /** The preferred one first. All versions serve the same objects without conversion. */
  readonly versions: readonly string[];
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** Whether the kind is built into the API server: then list items have neither kind nor apiVersion. */
  readonly builtIn: boolean;
  /** Whether `metadata.generation` counts the changes of the spec. */
  readonly generation: boolean;
  /** Whether a PUT without a resourceVersion is accepted. */
  readonly unconditionalUpdate: boolean;
  /** Whether a PUT creates an object that does not exist. */
  readonly createOnUpdate: boolean;
  /** The violations of that version's schema. */
  readonly validate?: (object: ApiObject, version: string) => readonly FieldProblem[];
}

export interface ApiMetadata {
  name: string;
  namespace?: string;
  generateName?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  managedFields?: readonly ManagedFields[];
  [field: string]: unknown;
}

export interface ManagedFields {
  readonly manager: string;
  readonly operation: "Update";
  readonly apiVersion: string;
  readonly time: string;
  readonly fieldsType: "FieldsV1";
  readonly fieldsV1: Record<string, unknown>;
}

/** Any Kubernetes object. */
export interface ApiObject {
  apiVersion?: string;
  kind?: string;
  metadata: ApiMetadata;
  [field: string]: unknown;
}

/** A custom resource, as a CustomResourceDefinition defines it. */
export function customResource(resource: {
  readonly group: string;
  readonly versions: readonly string[];
  readonly plural: string;
  readonly kind: string;
  readonly namespaced?: boolean;
  readonly validate?: (object: ApiObject, version: string) => readonly FieldProblem[];
}): ApiResource {
  return { namespaced: true, builtIn: false, generation: true, unconditionalUpdate: false, createOnUpdate: false, ...resource };
}

/** `split.smi-spec.io/v1alpha2`, or `v1` in the core group. */
export function groupVersion(group: string, version: string): string {
  return group === "" ? version : `${group}/${version}`;
}
