#include "api/contradictions.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "api/cel.h"
#include "api/formats.h"
#include "api/rule_values.h"
#include "base/quantity.h"

namespace vr::api {
namespace {

using Errors = std::vector<FieldError>;

std::optional<int64_t> AmountAt(const Json& object, const std::string& path) {
  const Json& value = ValueAt(object, path);
  if (value.is_null()) return std::nullopt;
  const auto quantity =
      Quantity::Parse(value.is_string() ? value.get<std::string>() : value.dump());
  if (!quantity) return std::nullopt;
  return quantity->Value();
}

std::string QuantityOf(const std::string& expression) {
  return "quantity(string(" + expression + "))";
}

// What is none is refused by the field's pattern.
std::string IsNoQuantity(const std::string& expression) {
  return "!isQuantity(string(" + expression + "))";
}

// 0 means no limit.
void WholeNotAbove(RuleBuilder& rules, const std::string& path, const std::string& limit) {
  const CelFields cel(rules.table(), "spec");
  const std::string most = cel.Value("self", limit, "0").value_or("0");
  rules.Add({.path = path,
             .detail = "must not be above " + limit.substr(limit.find('.') + 1),
             .scope = "spec",
             .cel = most + " == 0 || " + cel.Value("self", path, "0").value_or("0") + " <= " + most,
             .check = [path, limit](const Rule& rule, const RuleInput& in, Errors& errors) {
               const Json& value = ValueAt(in.now, path);
               const Json& most_now = ValueAt(in.now, limit);
               if (value.is_number() && most_now.is_number() && most_now > 0 && value > most_now)
                 Blame(rule, errors, value);
             }});
}

void AmountNotAbove(RuleBuilder& rules, const std::string& path, const std::string& limit) {
  const CelFields cel(rules.table(), "spec");
  const std::string value = "self" + cel.Select(path);
  const std::string most = "self" + cel.Select(limit);
  rules.Add({.path = path,
             .detail = "must not be above " + limit.substr(limit.find('.') + 1),
             .scope = "spec",
             .cel = "!" + cel.Has("self", path).value_or("false") + " || !" +
                    cel.Has("self", limit).value_or("false") + " || " + IsNoQuantity(value) +
                    " || " + IsNoQuantity(most) + " || " + QuantityOf(value) + ".compareTo(" +
                    QuantityOf(most) + ") <= 0",
             .check = [path, limit](const Rule& rule, const RuleInput& in, Errors& errors) {
               const auto amount = AmountAt(in.now, path);
               const auto most_now = AmountAt(in.now, limit);
               if (amount && most_now && *amount > *most_now)
                 Blame(rule, errors, ValueAt(in.now, path));
             }});
}

// The values of a member of a list's items are all different, in whatever spelling.
void MemberDiffers(RuleBuilder& rules, const std::string& list, const std::string& member,
                   bool (*same)(const std::string&, const std::string&)) {
  rules.Add({.type = FieldErrorType::kDuplicate,
             .path = list,
             .ours_only = true,
             .check = [list, member, same](const Rule& rule, const RuleInput& in, Errors& errors) {
               std::vector<std::string> seen;
               size_t index = 0;
               for (const Json& item : ValueAt(in.now, list)) {
                 const std::string path = list + "[" + std::to_string(index++) + "]." + member;
                 const std::string text = TextAt(item, member);
                 if (text.empty()) continue;
                 if (std::any_of(seen.begin(), seen.end(),
                                 [&](const auto& other) { return same(text, other); }))
                   errors.push_back({rule.type, path, Json(text).dump(), rule.detail});
                 seen.push_back(text);
               }
             }});
}

bool SameMac(const std::string& a, const std::string& b) { return PlainMac(a) == PlainMac(b); }

void PrefixSuits(RuleBuilder& rules, const std::string& list) {
  rules.Add({.path = list + "[].prefix",
             .detail = "must be at most 32 with an IPv4 address",
             .scope = list + "[]",
             .cel = "!has(self.prefix) || self.prefix <= 32 || !has(self.ipAddress) || "
                    "self.ipAddress.contains(':')",
             .check = [list](const Rule& rule, const RuleInput& in, Errors& errors) {
               size_t index = 0;
               for (const Json& item : ValueAt(in.now, list)) {
                 const std::string path = list + "[" + std::to_string(index++) + "].prefix";
                 const Json& prefix = ValueAt(item, "prefix");
                 const std::string address = TextAt(item, "ipAddress");
                 const bool is_v4 = !address.empty() && address.find(':') == std::string::npos;
                 if (is_v4 && prefix.is_number() && prefix > 32)
                   errors.push_back({rule.type, path, prefix.dump(), rule.detail});
               }
             }});
}

// Whether spec.target is an object of the source's namespace and name. What it is called if it
// does not say: as this object.
bool IsItsSource(const Json& object, bool own_name) {
  const std::string source = TextAt(object, "spec.source.vmRef.name");
  std::string name = TextAt(object, "spec.target.name");
  if (name.empty() && own_name) name = TextAt(object, "metadata.name");
  const std::string ns = TextAt(object, "spec.target.namespace");
  return !source.empty() && source == name && (ns.empty() || ns == NamespaceOf(object));
}

}  // namespace

void MemoryIsEnough(RuleBuilder& rules) {
  constexpr int64_t kLeast = int64_t{16} << 20U;
  rules.Add({.path = "spec.memory",
             .detail = "must be at least 16Mi; without a suffix the number means bytes",
             .scope = "spec",
             .cel = "!has(self.memory) || " + IsNoQuantity("self.memory") + " || " +
                    QuantityOf("self.memory") + ".compareTo(quantity('16Mi')) >= 0",
             .check = [](const Rule& rule, const RuleInput& in, Errors& errors) {
               const auto amount = AmountAt(in.now, rule.path);
               if (amount && *amount < kLeast) Blame(rule, errors, ValueAt(in.now, rule.path));
             }});
}

void SecureBootHasUefi(RuleBuilder& rules) {
  const CelFields cel(rules.table(), "spec");
  const std::vector<std::string> own = {"spec.vsphere.hardware.firmware", "spec.proxmox.bios"};
  std::string elsewhere;
  for (const std::string& path : own) elsewhere += " || " + cel.Has("self", path).value_or("false");
  rules.Add({.path = "spec.securityProfile.secureBoot",
             .detail = "Secure Boot needs UEFI; set firmware: UEFI",
             .scope = "spec",
             .cel = "!" +
                    cel.Value("self", "spec.securityProfile.secureBoot", "false").value_or("") +
                    " || !has(self.firmware) || !self.firmware.matches('^[Bb]')" + elsewhere,
             .check = [own](const Rule& rule, const RuleInput& in, Errors& errors) {
               const bool other = IsSet(in.now, own[0]) || IsSet(in.now, own[1]);
               if (ValueAt(in.now, rule.path) == true && !other &&
                   TextAt(in.now, "spec.firmware") == "BIOS")
                 Blame(rule, errors, true);
             }});
}

void ReservationsFit(RuleBuilder& rules) {
  WholeNotAbove(rules, "spec.resourceLimits.cpuReservation", "spec.resourceLimits.cpuLimit");
  AmountNotAbove(rules, "spec.resourceLimits.memoryReservation", "spec.resourceLimits.memoryLimit");
  WholeNotAbove(rules, "spec.vsphere.cpu.reservationMHz", "spec.vsphere.cpu.limitMHz");
  WholeNotAbove(rules, "spec.vsphere.memory.reservationMB", "spec.vsphere.memory.limitMB");
}

void HooksDoOneThing(RuleBuilder& rules, const std::string& spec) {
  for (const char* hook : {".lifecycle.preStop", ".lifecycle.postStart"}) {
    const std::string path = spec + hook;
    rules.Add({.path = path,
               .detail = "must have exactly one of exec, httpGet and snapshot",
               .scope = path,
               .cel = "[has(self.exec), has(self.httpGet), has(self.snapshot)]"
                      ".exists_one(set, set)",
               .check = [path](const Rule& rule, const RuleInput& in, Errors& errors) {
                 const Json& value = ValueAt(in.now, path);
                 if (!value.is_object()) return;
                 const int count = (IsSet(value, "exec") ? 1 : 0) +
                                   (IsSet(value, "httpGet") ? 1 : 0) +
                                   (IsSet(value, "snapshot") ? 1 : 0);
                 if (count != 1) Blame(rule, errors, value);
               }});
  }
}

void InterfacesDiffer(RuleBuilder& rules, const std::string& list) {
  MemberDiffers(rules, list, "macAddress", SameMac);
  MemberDiffers(rules, list, "ipAddress", SameAddress);
  PrefixSuits(rules, list);
}

void CloneHasAnotherName(RuleBuilder& rules) {
  const CelFields cel(rules.table(), "spec");
  const std::string source = cel.Text("self", "spec.source.vmRef.name").value_or("''");
  rules.Add({.path = "spec.target.name",
             .detail = "is the name of the source; a clone needs another",
             .scope = "spec",
             .cel = source + " == '' || " + source +
                    " != " + cel.Text("self", "spec.target.name").value_or("''") + " || " +
                    cel.Text("self", "spec.target.namespace").value_or("''") + " != ''",
             .check = [](const Rule& rule, const RuleInput& in, Errors& errors) {
               if (in.old == nullptr && IsItsSource(in.now, true))
                 Blame(rule, errors, ValueAt(in.now, "spec.source.vmRef.name"));
             }});
}

void MigrationHasAnotherName(RuleBuilder& rules) {
  rules.Add({.path = "spec.target.name",
             .detail = "the source has this name in the same namespace, so the new VirtualMachine "
                       "cannot be made as long as it is there",
             .only_warns = true,
             .check = [](const Rule& rule, const RuleInput& in, Errors& errors) {
               if (in.old == nullptr && IsItsSource(in.now, false)) Blame(rule, errors);
             }});
}

void ScheduleSaysWhen(RuleBuilder& rules) {
  rules.Add({.type = FieldErrorType::kRequired,
             .path = "spec.schedule.cronSpec",
             .detail = "say when, for example 0 2 * * 0; or set enabled: false",
             .ours_only = true,
             .check = [](const Rule& rule, const RuleInput& in, Errors& errors) {
               if (ValueAt(in.now, "spec.schedule.enabled") == true &&
                   TextAt(in.now, rule.path).empty())
                 Blame(rule, errors);
             }});
}

void AddressesHaveASource(RuleBuilder& rules) {
  rules.RequiredWhen("spec.ipAllocation.poolConfig", "spec.ipAllocation.type", "Pool",
                     "name the address pool");
  rules.Add({.path = "spec.ipAllocation.staticConfig",
             .detail = "type Static without it gives no address; each VM must say its own in "
                       "networks[].ipAddress",
             .only_warns = true,
             .check = [](const Rule& rule, const RuleInput& in, Errors& errors) {
               if (TextAt(in.now, "spec.ipAllocation.type") == "Static" &&
                   !IsSet(in.now, rule.path))
                 Blame(rule, errors);
             }});
}

}  // namespace vr::api
