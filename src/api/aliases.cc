// Documented spellings, moved to their canonical fields. The user's object is never changed: this
// works on a copy.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "api/admission.h"
#include "api/formats.h"
#include "api/kinds.h"
#include "base/quantity.h"

namespace vr::api {
namespace {

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return text;
}

// The canonical value of an alias' value; a string in `problem` when there is none.
Json Transformed(const std::string& transform, const Json& value, std::string& problem) {
  if (transform == "mebi") return value.dump() + "Mi";
  if (transform == "gibi") return value.dump() + "Gi";
  if (transform == "gibibytes") {
    const auto quantity = value.is_string() ? Quantity::Parse(value.get_ref<const std::string&>())
                                            : Quantity::Parse(value.dump());
    if (!quantity || quantity->Value() <= 0) {
      problem = "must be a size above zero, for example 100Gi";
      return value;
    }
    constexpr int64_t kGib = int64_t{1} << 30U;
    return quantity->Value() / kGib + (quantity->Value() % kGib > 0 ? 1 : 0);
  }
  if (transform == "join") {
    std::string joined;
    for (const Json& item : value) joined += (joined.empty() ? "" : ",") + item.get<std::string>();
    return joined;
  }
  if (transform == "ipPolicy") {
    const std::string policy = Lower(value.get<std::string>());
    return policy == "dhcp" ? "DHCP" : policy == "static" ? "Static" : "None";
  }
  return value;
}

// Moves aliases inside one object (and, recursively, below it).
class Mover {
 public:
  Mover(Json& root, AdmissionResult& result) : root_(root), result_(result) {}

  // `value` is the object that `field` describes; `scope` the nearest list item (or the root) and
  // `scope_path` its path in the table: canonical paths are looked up from there.
  void Walk(const Field& field, Json& value, Json& scope, const std::string& scope_path,
            const std::string& shown) {
    if (value.is_array() && field.items) {
      size_t index = 0;
      for (Json& item : value)
        Walk(*field.items, item, item, field.items->path,
             shown + "[" + std::to_string(index++) + "]");
      return;
    }
    if (!value.is_object()) return;
    for (const auto& property : field.properties) {
      const auto it = value.find(property->name);
      if (it == value.end()) continue;
      const std::string path = shown.empty() ? property->name : shown + "." + property->name;
      if (property->alias_of.empty()) {
        Walk(*property, *it, scope, scope_path, path);
        continue;
      }
      Json alias = std::move(*it);
      value.erase(it);
      Move(*property, std::move(alias), scope, scope_path, path);
    }
  }

 private:
  void Move(const Field& field, Json value, Json& scope, const std::string& scope_path,
            const std::string& shown) {
    const bool local = !scope_path.empty() && field.alias_of.starts_with(scope_path + ".");
    const std::string relative =
        local ? field.alias_of.substr(scope_path.size() + 1) : field.alias_of;
    Json& base = local ? scope : root_;
    result_.warnings.push_back(shown + ": this spelling is an alias; the field is " +
                               field.alias_of);
    std::string problem;
    if (field.transform == "cidr") return MoveCidr(value.get<std::string>(), base, relative, shown);
    Json canonical = Transformed(field.transform, value, problem);
    if (!problem.empty()) return Fail(shown, value, problem);
    Put(base, relative, std::move(canonical), field, shown);
  }

  // "192.0.2.10/24" -> ipAddress and prefix.
  void MoveCidr(const std::string& text, Json& base, const std::string& relative,
                const std::string& shown) {
    const size_t slash = text.find('/');
    Field plain;
    plain.alias_of = relative;
    Put(base, relative, text.substr(0, slash), plain, shown);
    if (slash != std::string::npos) {
      const std::string parent = relative.find('.') == std::string::npos
                                     ? ""
                                     : relative.substr(0, relative.rfind('.') + 1);
      plain.alias_of = parent + "prefix";
      Put(base, plain.alias_of, std::stoi(text.substr(slash + 1)), plain, shown);
    }
  }

  void Put(Json& base, const std::string& relative, Json value, const Field& field,
           const std::string& shown) {
    Json* at = &base;
    std::string rest = relative;
    for (size_t dot = rest.find('.'); dot != std::string::npos; dot = rest.find('.')) {
      at = &(*at)[rest.substr(0, dot)];
      if (at->is_string()) *at = Json::object();  // a short form, handled before
      rest.erase(0, dot + 1);
    }
    Json& slot = (*at)[rest];
    if (field.transform == "merge" && slot.is_object() && value.is_object()) {
      for (auto& [key, item] : value.items()) {
        if (slot.contains(key) && slot[key] != item)
          return Fail(shown + "." + key, item,
                      "differs from " + field.alias_of + "." + key + "; set one of them");
        slot[key] = std::move(item);
      }
      return;
    }
    if (!slot.is_null() && slot != value)
      return Fail(shown, value,
                  "differs from " + field.alias_of + ", which is the same field; set one of them");
    slot = std::move(value);
  }

  void Fail(const std::string& path, const Json& value, std::string detail) {
    result_.errors.push_back({FieldErrorType::kInvalid, path, value.dump(), std::move(detail)});
  }

  Json& root_;
  AdmissionResult& result_;
};

// Forms that a table row cannot express.
void SpecialForms(const KindInfo& kind, Json& object, AdmissionResult& result) {
  Json& spec = object["spec"];
  if (!spec.is_object()) return;
  if (kind.type.kind == "VirtualMachine" && spec.contains("powerState") &&
      spec["powerState"].is_boolean()) {
    spec["powerState"] = spec["powerState"].get<bool>() ? "On" : "Off";
  }
  if (kind.type.kind == "VMClass" && spec.contains("firmware") && spec["firmware"].is_string()) {
    const std::string firmware = Lower(spec["firmware"].get<std::string>());
    spec["firmware"] = firmware == "bios" ? "BIOS" : "UEFI";
  }
  if (kind.type.kind == "VMImage" && spec.contains("source") && spec["source"].is_string()) {
    const std::string name = spec["source"].get<std::string>();
    const bool is_id = !name.empty() && name.find_first_not_of("0123456789") == std::string::npos &&
                       name.size() <= 9;
    result.warnings.push_back(
        std::string("spec.source: this spelling is an alias; the field is spec.source.proxmox.") +
        (is_id ? "templateID" : "templateName"));
    spec["source"] = is_id ? Json{{"proxmox", {{"templateID", std::stoi(name)}}}}
                           : Json{{"proxmox", {{"templateName", name}}}};
  }
}

}  // namespace

Json Canonical(const KindInfo& kind, const Json& object, AdmissionResult& result) {
  Json canonical = object;
  if (!canonical.is_object()) return canonical;
  const bool has_spec = canonical.contains("spec");
  if (has_spec) SpecialForms(kind, canonical, result);
  Mover(canonical, result).Walk(*kind.fields, canonical, canonical, "", "");
  return canonical;
}

}  // namespace vr::api
