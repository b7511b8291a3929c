#include "api/rules.h"

#include <map>
#include <nlohmann/json.hpp>

#include "api/contradictions.h"
#include "api/kinds.h"
#include "api/rule_kinds.h"

namespace vr::api {
namespace {

const std::vector<std::string> kVmExists = {"status.id", "status.lastTaskRef"};

// What holds for a VirtualMachine's spec and for the one in a VMSet's template.
void VmSpec(RuleBuilder& rules, const std::string& spec) {
  rules.Required(spec + ".classRef", "name the VMClass that gives CPU and memory");
  const std::vector<std::string> boot = {spec + ".imageRef", spec + ".importedDisk"};
  rules.SomeOf(boot, spec + ".imageRef", "name a VMImage, or use importedDisk");
  rules.NotTogether(boot, spec + ".importedDisk",
                    "may not be used together with imageRef; keep one of them");
  rules.UniqueNames(spec + ".disks");
  rules.UniqueNames(spec + ".networks");
  rules.ItemRequired(spec + ".disks", "sizeGiB", "size of the disk in GiB");
  InterfacesDiffer(rules, spec + ".networks");
  HooksDoOneThing(rules, spec);
}

void VirtualMachine(RuleBuilder& rules) {
  VmSpec(rules, "spec");
  rules.NeverSmaller("spec.disks", "sizeGiB", "a disk cannot shrink");
  rules.Immutable("spec.providerRef", "a VM cannot change its provider in place; use a VMMigration",
                  kVmExists);
  rules.Immutable("spec.imageRef", "the boot disk was made from it; create a new VM instead",
                  kVmExists);
  rules.Immutable("spec.importedDisk", "the VM boots from it; create a new VM instead", kVmExists);
}

void VmClass(RuleBuilder& rules) {
  rules.Required("spec.cpu", "number of virtual CPUs");
  rules.Required("spec.memory", "for example 2Gi");
  MemoryIsEnough(rules);
  rules.NotMatching("spec.diskDefaults.size", "^(-.*|[+]?[0.]+([^0-9.].*)?)$",
                    "must be a size above zero, for example 40Gi");
  SecureBootHasUefi(rules);
  ReservationsFit(rules);
  rules.UniqueNames("spec.disks");
  rules.UniqueNames("spec.networks");
  InterfacesDiffer(rules, "spec.networks");
  rules.ItemRequired("spec.disks", "sizeGiB", "size of the disk in GiB");
}

void VmImage(RuleBuilder& rules) {
  rules.Required("spec.source", "say where the image comes from, for example source.libvirt.url");
  ChecksumsAreWellFormed(rules);
}

void VmNetworkAttachment(RuleBuilder& rules) {
  rules.Required("spec.network", "say what to connect to, for example network.libvirt.networkName");
  AddressesHaveASource(rules);
}

void Provider(RuleBuilder& rules) {
  rules.RequiredUnless("spec.endpoint", "spec.type", "mock",
                       "say where the hypervisor is, for example qemu:///system");
  rules.Immutable("spec.type", "create a new Provider instead");
}

void VmSnapshot(RuleBuilder& rules) {
  rules.Immutable("spec.vmRef", "a snapshot belongs to one VM; create a new VMSnapshot instead");
  ScheduleSaysWhen(rules);
}

void VmClone(RuleBuilder& rules) {
  const std::vector<std::string> sources = {"spec.source.vmRef", "spec.source.snapshotRef",
                                            "spec.source.templateRef", "spec.source.imageRef"};
  rules.SomeOf(sources, "spec.source",
               "name what to clone: one of vmRef, snapshotRef, templateRef and imageRef");
  rules.NotTogether(sources, "spec.source",
                    "exactly one of vmRef, snapshotRef, templateRef and imageRef; keep one");
  rules.Immutable("spec.source", "a clone is made once; create a new VMClone instead");
  rules.Immutable("spec.target", "a clone is made once; create a new VMClone instead");
  rules.UniqueNames("spec.target.disks");
  rules.UniqueNames("spec.target.networks");
  InterfacesDiffer(rules, "spec.target.networks");
  CloneHasAnotherName(rules);
}

void VmSet(RuleBuilder& rules) {
  VmSpec(rules, "spec.template.spec");
  rules.Immutable("spec.selector", "VMs are found by it; create a new VMSet instead");
  rules.Agree("spec.selector.matchLabels", "spec.template.metadata.labels",
              "the template gives these labels other values, so its VMs would not belong to the "
              "set");
  SelectorMatchesTheTemplate(rules);
  RolloutCanMove(rules);
}

void VmMigration(RuleBuilder& rules) {
  rules.Immutable("spec.source", "a migration is made once; create a new VMMigration instead");
  rules.Immutable("spec.target", "a migration is made once; create a new VMMigration instead");
  rules.Different("spec.source.providerRef", "spec.target.providerRef",
                  "must differ from target.providerRef; a VMClone copies within one provider");
  rules.RequiredWhen("spec.storage.nfs", "spec.storage.type", "nfs", "name the NFS export");
  rules.RequiredWhen("spec.storage.s3", "spec.storage.type", "s3", "name the bucket");
  rules.UniqueNames("spec.target.disks");
  rules.UniqueNames("spec.target.networks");
  InterfacesDiffer(rules, "spec.target.networks");
  MigrationHasAnotherName(rules);
}

void VmTemplate(RuleBuilder& rules) {
  rules.Immutable("spec.sourceVM", "a template is made once; create a new VMTemplate instead");
  rules.Immutable("spec.templateName", "a template is made once; create a new VMTemplate instead");
}

std::vector<Rule> Build(const KindInfo& kind) {
  static const std::map<std::string, void (*)(RuleBuilder&)> own = {
      {"VirtualMachine", VirtualMachine},
      {"VMClass", VmClass},
      {"VMImage", VmImage},
      {"VMNetworkAttachment", VmNetworkAttachment},
      {"Provider", Provider},
      {"VMSnapshot", VmSnapshot},
      {"VMClone", VmClone},
      {"VMSet", VmSet},
      {"VMMigration", VmMigration},
      {"VMTemplate", VmTemplate}};
  RuleBuilder rules(*kind.fields);
  rules.Spec();
  if (const auto it = own.find(kind.type.kind); it != own.end()) it->second(rules);
  rules.Refused();
  AliasesAgree(rules);
  return rules.Take();
}

}  // namespace

const std::vector<Rule>& RulesOf(const KindInfo& kind) {
  static const std::map<std::string, std::vector<Rule>> all = [] {
    std::map<std::string, std::vector<Rule>> rules;
    for (const KindInfo& each : AllKinds()) rules.emplace(each.type.kind, Build(each));
    return rules;
  }();
  return all.at(kind.type.kind);
}

void CheckRules(const KindInfo& kind, const Json* old_object, const Json& canonical,
                AdmissionResult& result) {
  if (canonical.contains("metadata") && canonical["metadata"].contains("deletionTimestamp"))
    return;  // let finalizers go
  AdmissionResult ignored;
  const Json old = old_object == nullptr ? Json() : Canonical(kind, *old_object, ignored);
  const RuleInput input{old_object == nullptr ? nullptr : &old, canonical};
  for (const Rule& rule : RulesOf(kind)) {
    if (!rule.only_warns) {
      rule.check(rule, input, result.errors);
      continue;
    }
    std::vector<FieldError> found;
    rule.check(rule, input, found);
    for (const FieldError& error : found)
      result.warnings.push_back(error.path + ": " + error.detail);
  }
}

}  // namespace vr::api
