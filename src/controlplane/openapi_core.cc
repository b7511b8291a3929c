#include "controlplane/openapi_core.h"

#include "controlplane/standard_texts.h"

namespace vr::controlplane {
namespace {

using Schemas = std::map<std::string, CoreSchema>;

Schemas Metadata() {
  return {
      {"meta.v1.ObjectMeta",
       {"Metadata",
        {{"name", "string", kNameDescription},
         {"namespace", "string", "Namespace"},
         {"generateName", "string", "Prefix of a name that the server makes"},
         {"selfLink", "string", "No longer set"},
         {"uid", "string", "Unique in time and space; set by the server"},
         {"resourceVersion", "string", "Changes with every write; set by the server"},
         {"generation", "int64",
          "Changes with every change of the specification; set by the server"},
         {"creationTimestamp", "meta.v1.Time", "When it was created"},
         {"deletionTimestamp", "meta.v1.Time", "When its deletion was asked for"},
         {"deletionGracePeriodSeconds", "int64", "Time between that and its removal"},
         {"labels", "{}string", "For selectors"},
         {"annotations", "{}string", "For everything else"},
         {"ownerReferences", "[uid]meta.v1.OwnerReference", "It goes when these are gone"},
         {"managedFields", "[]meta.v1.ManagedFieldsEntry", "Which writer owns which field"},
         {"finalizers", "[set]string", "What must happen before it is gone"}}}},
      {"meta.v1.OwnerReference",
       {"An owner",
        {{"apiVersion", "string!", "Its version"},
         {"kind", "string!", "Its kind"},
         {"name", "string!", "Its name"},
         {"uid", "string!", "Its UID"},
         {"controller", "boolean", "It manages the object; at most one owner does"},
         {"blockOwnerDeletion", "boolean", "It stays while the object is there"}}}},
      {"meta.v1.ManagedFieldsEntry",
       {"Fields of one writer",
        {{"manager", "string", "Name of the writer"},
         {"operation", "string", "Apply or Update"},
         {"subresource", "string", "The subresource that was written"},
         {"apiVersion", "string", "Version that the fields belong to"},
         {"time", "meta.v1.Time", "When they changed last"},
         {"fieldsType", "string", "FieldsV1"},
         {"fieldsV1", "meta.v1.FieldsV1", "The fields"}}}},
      {"meta.v1.FieldsV1", {"A set of fields", {}}},
      {"meta.v1.Time", {"A time", {}, "time"}},
      {"meta.v1.MicroTime", {"A time with microseconds", {}, "time"}},
      {"resource.Quantity", {"A quantity such as 10, 500m or 2Gi", {}, "string"}},
      {"meta.v1.Patch", {"A patch, in the form that its content type names", {}}},
      {"meta.v1.ListMeta",
       {"Metadata of a list",
        {{"resourceVersion", "string", "Version that a watch can go on from"},
         {"continue", "string", "Asks for the next page; empty on the last one"},
         {"remainingItemCount", "int64", "How many come on later pages"},
         {"selfLink", "string", "No longer set"}}}},
  };
}

Schemas Requests() {
  return {
      {"meta.v1.DeleteOptions",
       {"How to delete",
        {{"apiVersion", "string", kVersionDescription},
         {"kind", "string", kKindDescription},
         {"gracePeriodSeconds", "int64", "Time until it is removed"},
         {"preconditions", "meta.v1.Preconditions", "What must be true of it"},
         {"orphanDependents", "boolean", "The old form of propagationPolicy"},
         {"propagationPolicy", "string",
          "What becomes of what it owns: Orphan, Background or "
          "Foreground"},
         {"dryRun", "[]string", "All: nothing is kept"}}}},
      {"meta.v1.Preconditions",
       {"Otherwise nothing happens",
        {{"uid", "string", "Its UID"}, {"resourceVersion", "string", "Its version"}}}},
      {"meta.v1.Status",
       {"What became of a request",
        {{"apiVersion", "string", kVersionDescription},
         {"kind", "string", kKindDescription},
         {"metadata", "meta.v1.ListMeta", "Metadata of the answer"},
         {"status", "string", "Success or Failure"},
         {"message", "string", "For people"},
         {"reason", "string", "For programs"},
         {"details", "meta.v1.StatusDetails", "About what"},
         {"code", "int32", "The HTTP status"}}}},
      {"meta.v1.StatusDetails",
       {"What a failure is about",
        {{"name", "string", "Name of the object"},
         {"group", "string", "Its group"},
         {"kind", "string", "Its kind or resource"},
         {"uid", "string", "Its UID"},
         {"causes", "[]meta.v1.StatusCause", "What is wrong, one by one"},
         {"retryAfterSeconds", "int32", "When to try again"}}}},
      {"meta.v1.StatusCause",
       {"One thing that is wrong",
        {{"reason", "string", "For programs"},
         {"message", "string", "For people"},
         {"field", "string", "Path of the field"}}}},
      {"autoscaling.v1.Scale",
       {"The size of an object",
        {{"apiVersion", "string", kVersionDescription},
         {"kind", "string", kKindDescription},
         {"metadata", "meta.v1.ObjectMeta", kMetadataDescription},
         {"spec", "autoscaling.v1.ScaleSpec", "As it should be"},
         {"status", "autoscaling.v1.ScaleStatus", "As it is"}}}},
      {"autoscaling.v1.ScaleSpec",
       {"The wanted size", {{"replicas", "int32", "How many there should be"}}}},
      {"autoscaling.v1.ScaleStatus",
       {"The size that was seen",
        {{"replicas", "int32!", "How many there are"},
         {"selector", "string", "Labels that select them"}}}},
  };
}

Schemas CoreKinds() {
  return {
      {"core.v1.Namespace",
       {"Namespace holds objects apart from those of other namespaces.",
        {{"spec", "core.v1.NamespaceSpec", "As it should be"},
         {"status", "core.v1.NamespaceStatus", "As it is"}}}},
      {"core.v1.NamespaceSpec",
       {"What a namespace should be",
        {{"finalizers", "[]string", "What must happen before it is gone"}}}},
      {"core.v1.NamespaceStatus",
       {"What a namespace is",
        {{"phase", "string", "Active or Terminating"},
         {"conditions", "[type]core.v1.NamespaceCondition", "Observations by type"}}}},
      {"core.v1.NamespaceCondition",
       {"An observation",
        {{"type", "string!", "What it is about"},
         {"status", "string!", "True, False or Unknown"},
         {"lastTransitionTime", "meta.v1.Time", "When the status changed"},
         {"reason", "string", "For programs"},
         {"message", "string", "For people"}}}},
      {"core.v1.Secret",
       {"Secret holds data that not everybody may read.",
        {{"data", "{}bytes", "Values by key, in base64"},
         {"stringData", "{}string", "The same as plain text; only written, never read"},
         {"type", "string", "Which keys to expect; Opaque if not set"},
         {"immutable", "boolean", "Its data can no longer change"}}}},
      {"core.v1.ConfigMap",
       {"ConfigMap holds settings.",
        {{"data", "{}string", "Values by key"},
         {"binaryData", "{}bytes", "Values that are no text, in base64"},
         {"immutable", "boolean", "Its data can no longer change"}}}},
      {"core.v1.ServiceAccount",
       {"ServiceAccount is who a program is.",
        {{"secrets", "[name]core.v1.ObjectReference", "Secrets that its programs may use"},
         {"imagePullSecrets", "[]core.v1.LocalObjectReference", "Secrets to fetch images with"},
         {"automountServiceAccountToken", "boolean", "Whether its programs get its token"}}}},
      {"core.v1.ObjectReference",
       {"Another object",
        {{"kind", "string", "Its kind"},
         {"namespace", "string", "Its namespace"},
         {"name", "string", "Its name"},
         {"uid", "string", "Its UID"},
         {"apiVersion", "string", "Its version"},
         {"resourceVersion", "string", "Its state, by version"},
         {"fieldPath", "string", "The part of it that is meant"}}}},
      {"core.v1.LocalObjectReference",
       {"An object of the same namespace", {{"name", "string", "Its name"}}}},
      {"core.v1.ResourceQuota",
       {"ResourceQuota limits what a namespace holds.",
        {{"spec", "core.v1.ResourceQuotaSpec", "The limits"},
         {"status", "core.v1.ResourceQuotaStatus", "The limits in force, and what is used"}}}},
      {"core.v1.ResourceQuotaSpec",
       {"Limits",
        {{"hard", "{}resource.Quantity", "Limit by resource, for example count/vmsets"}}}},
      {"core.v1.ResourceQuotaStatus",
       {"What is used",
        {{"hard", "{}resource.Quantity", "The limits in force"},
         {"used", "{}resource.Quantity", "What is used of them"}}}},
  };
}

Schemas Events() {
  return {
      {"core.v1.Event",
       {"Event tells what happened to an object.",
        {{"involvedObject", "core.v1.ObjectReference!", "The object"},
         {"reason", "string", "What happened, for programs"},
         {"message", "string", "What happened, for people"},
         {"source", "core.v1.EventSource", "Who says so"},
         {"firstTimestamp", "meta.v1.Time", "When it happened first"},
         {"lastTimestamp", "meta.v1.Time", "When it happened last"},
         {"count", "int32", "How often it happened"},
         {"type", "string", "Normal or Warning"},
         {"eventTime", "meta.v1.MicroTime", "When it happened first"},
         {"series", "core.v1.EventSeries", "Its repetitions"},
         {"action", "string", "What was done"},
         {"related", "core.v1.ObjectReference", "Another object that has a part in it"},
         {"reportingComponent", "string", "Name of the controller"},
         {"reportingInstance", "string", "Which of its instances"}}}},
      {"core.v1.EventSource",
       {"Who says so",
        {{"component", "string", "The program"}, {"host", "string", "Where it runs"}}}},
      {"core.v1.EventSeries",
       {"Repetitions of an event",
        {{"count", "int32", "How many"},
         {"lastObservedTime", "meta.v1.MicroTime", "When it was seen last"}}}},
      {"events.v1.Event",
       {"Event tells what happened to an object.",
        {{"regarding", "core.v1.ObjectReference", "The object"},
         {"reason", "string", "What happened, for programs"},
         {"note", "string", "What happened, for people"},
         {"type", "string", "Normal or Warning"},
         {"eventTime", "meta.v1.MicroTime!", "When it happened first"},
         {"series", "events.v1.EventSeries", "Its repetitions"},
         {"action", "string", "What was done"},
         {"related", "core.v1.ObjectReference", "Another object that has a part in it"},
         {"reportingController", "string", "Name of the controller"},
         {"reportingInstance", "string", "Which of its instances"},
         {"deprecatedSource", "core.v1.EventSource", "As source of core events"},
         {"deprecatedFirstTimestamp", "meta.v1.Time", "As firstTimestamp of core events"},
         {"deprecatedLastTimestamp", "meta.v1.Time", "As lastTimestamp of core events"},
         {"deprecatedCount", "int32", "As count of core events"}}}},
      {"events.v1.EventSeries",
       {"Repetitions of an event",
        {{"count", "int32!", "How many"},
         {"lastObservedTime", "meta.v1.MicroTime!", "When it was seen last"}}}},
      {"coordination.v1.Lease",
       {"Lease says who leads.", {{"spec", "coordination.v1.LeaseSpec", "Who, and how long"}}}},
      {"coordination.v1.LeaseSpec",
       {"Who holds a lease",
        {{"holderIdentity", "string", "Who holds it"},
         {"leaseDurationSeconds", "int32", "How long others wait after a renewal"},
         {"acquireTime", "meta.v1.MicroTime", "When it was taken"},
         {"renewTime", "meta.v1.MicroTime", "When it was renewed last"},
         {"leaseTransitions", "int32", "How often the holder changed"},
         {"strategy", "string", "How the holder is chosen"},
         {"preferredHolder", "string", "Who should take it over"}}}},
  };
}

Schemas Roles() {
  const std::vector<CoreMember> binding = {{"subjects", "[]rbac.v1.Subject", "Who may do it"},
                                           {"roleRef", "rbac.v1.RoleRef!", "What they may do"}};
  const CoreMember rules = {"rules", "[]rbac.v1.PolicyRule", "What it allows"};
  return {
      {"rbac.v1.Role", {"Role allows requests in its namespace.", {rules}}},
      {"rbac.v1.ClusterRole", {"ClusterRole allows requests everywhere.", {rules}}},
      {"rbac.v1.PolicyRule",
       {"Requests that are allowed",
        {{"verbs", "[]string!", "What may be done; * is everything"},
         {"apiGroups", "[]string", "Groups of the resources"},
         {"resources", "[]string", "The resources"},
         {"resourceNames", "[]string", "Names of objects; all if empty"},
         {"nonResourceURLs", "[]string", "Paths that are no resources"}}}},
      {"rbac.v1.RoleBinding", {"RoleBinding gives a role in its namespace.", binding}},
      {"rbac.v1.ClusterRoleBinding", {"ClusterRoleBinding gives a role everywhere.", binding}},
      {"rbac.v1.Subject",
       {"Who may do something",
        {{"kind", "string!", "User, Group or ServiceAccount"},
         {"apiGroup", "string", "Group of the kind"},
         {"name", "string!", "Name"},
         {"namespace", "string", "Namespace of a service account"}}}},
      {"rbac.v1.RoleRef",
       {"A role",
        {{"apiGroup", "string!", "Group of the kind"},
         {"kind", "string!", "Role or ClusterRole"},
         {"name", "string!", "Name"}}}},
      // Read only here, so that nobody needs the schema of schemas.
      {"apiextensions.v1.CustomResourceDefinition",
       {"CustomResourceDefinition says what a kind of object looks like.",
        {{"spec", "object!", "The kind"}, {"status", "object", "What became of it"}}}},
  };
}

}  // namespace

const Schemas& CoreSchemas() {
  static const Schemas all = [] {
    Schemas schemas = Metadata();
    for (Schemas part : {Requests(), CoreKinds(), Events(), Roles()}) schemas.merge(part);
    return schemas;
  }();
  return all;
}

std::string FullSchemaName(const std::string& name) {
  if (name.starts_with("meta.")) return "io.k8s.apimachinery.pkg.apis." + name;
  if (name.starts_with("resource.")) return "io.k8s.apimachinery.pkg.api." + name;
  if (name.starts_with("apiextensions.")) return "io.k8s.apiextensions-apiserver.pkg.apis." + name;
  return "io.k8s.api." + name;
}

}  // namespace vr::controlplane
