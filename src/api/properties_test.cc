// Properties that hold for every field of every table: objects are generated from the tables.
#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <random>

#include "api/admission.h"
#include "api/formats.h"
#include "api/kinds.h"
#include "api/v1beta1.h"

namespace vr::api {
namespace {

using kube::ResourceTraits;

// Texts for patterns and formats; a field takes the ones that suit it.
const std::vector<std::string> kTexts = {"web-1",
                                         "a",
                                         "10Gi",
                                         "5m",
                                         "2026-01-31T12:00:00Z",
                                         "192.0.2.10",
                                         "2001:db8::1/64",
                                         "52:54:00:12:34:56",
                                         "https://example.com/disk.ova",
                                         "qemu:///system",
                                         "vmbr0",
                                         "vmx-19",
                                         "0-7",
                                         "0x1f",
                                         "7",
                                         "registry.example.com/disks/ubuntu:22.04",
                                         "25%",
                                         "True",
                                         "0 2 * * 0",
                                         "UEFI",
                                         "Ready"};

bool Suits(const Field& field, const std::string& text) {
  if (field.min_length && text.size() < *field.min_length) return false;
  if (field.max_length && text.size() > *field.max_length) return false;
  if (field.matches && !field.matches(text)) return false;
  return FormatProblem(field.format, text).empty();
}

class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  Json Make(const Field& field) {
    if (field.enumeration) return (*field.enumeration)[Below(field.enumeration->size())];
    switch (field.type) {
      case FieldType::kObject:
      case FieldType::kObjectOrString:
      case FieldType::kObjectOrBoolean:
      case FieldType::kObjectOrArray:
        return Object(field);
      case FieldType::kAnyObject:
      case FieldType::kMap:
        return field.values ? Json{{"key", Make(*field.values)}} : Json::object();
      case FieldType::kArray:
        return List(field);
      case FieldType::kBoolean:
        return Below(2) == 1;
      case FieldType::kInteger:
      case FieldType::kNumber:
        return static_cast<int64_t>(field.minimum.value_or(0)) + (field.maximum ? 0 : 1);
      case FieldType::kString:
      case FieldType::kIntOrString:
      case FieldType::kBooleanOrString:
        return Text(field);
    }
    return Json();
  }

 private:
  size_t Below(size_t limit) { return random_() % limit; }

  Json Object(const Field& field) {
    Json object = Json::object();
    for (const auto& property : field.properties) {
      const bool usable = property->alias_of.empty() && property->refused.empty();
      if (property->required || (usable && Below(4) > 0)) object[property->name] = Make(*property);
    }
    return object;
  }

  Json List(const Field& field) {
    Json list = Json::array();
    const size_t least = field.min_items.value_or(0);
    for (size_t i = 0; i < std::max<size_t>(least, Below(3)); ++i) {
      list.push_back(Make(*field.items));
      if (list.back().is_object() && list.back().contains("name"))
        list.back()["name"] = "n" + std::to_string(i);  // unique, as rules want it
    }
    return list;
  }

  Json Text(const Field& field) {
    std::vector<std::string> fit;
    const bool quantity = field.type == FieldType::kIntOrString && field.pattern.empty();
    for (const std::string& text : kTexts) {
      if (Suits(field, text) && (!quantity || text == "10Gi")) fit.push_back(text);
    }
    EXPECT_FALSE(fit.empty()) << field.path << ": add a text for " << field.pattern;
    return fit.empty() ? Json("") : Json(fit[Below(fit.size())]);
  }

  std::mt19937 random_;
};

// Interfaces with addresses of their own, and disks with sizes.
void RepairDevices(Json& spec) {
  if (spec.contains("networks")) {
    for (Json& network : spec["networks"]) {
      network.erase("macAddress");
      network.erase("ipAddress");
    }
  }
  if (spec.contains("disks")) {
    for (Json& disk : spec["disks"]) disk["sizeGiB"] = 1;
  }
}

void RepairVm(Json& spec) {
  spec.erase("importedDisk");
  spec.erase("lifecycle");
  spec["classRef"] = spec["imageRef"] = {{"name", "a"}};
  RepairDevices(spec);
}

// Settles what rules say about several fields at once.
void Repair(const std::string& kind, Json& spec) {
  if (kind == "VirtualMachine") RepairVm(spec);
  if (kind == "VMSet") {
    RepairVm(spec["template"]["spec"]);
    spec["selector"] = {{"matchLabels", {{"key", "web-1"}}}};
    spec["template"]["metadata"] = {{"labels", {{"key", "web-1"}}}};
  }
  if (kind == "VMClass") {
    spec["cpu"] = 1;
    spec["memory"] = "1Gi";
    spec["firmware"] = "UEFI";
    spec.erase("resourceLimits");
    RepairDevices(spec);
  }
  if (kind == "VMClone") spec["source"] = {{"vmRef", {{"name", "a-source"}}}};
  if (kind == "VMClone" || kind == "VMMigration") {
    if (spec.contains("target")) RepairDevices(spec["target"]);
  }
  if (kind == "VMImage") spec["source"]["libvirt"]["path"] = "/a";
  if (kind == "VMImage") {
    for (const char* type : {"http", "libvirt", "vsphere"}) {
      if (spec["source"].contains(type)) spec["source"][type].erase("checksum");
    }
  }
  if (kind == "VMNetworkAttachment") {
    if (!spec.contains("network")) spec["network"] = Json::object();
    spec.erase("ipAllocation");
  }
  if (kind == "VMSnapshot") spec.erase("schedule");
  if (kind == "Provider") spec["endpoint"] = "qemu:///system";
  if (kind == "VMMigration") {
    spec["source"].erase("providerRef");
    spec["storage"] = {{"type", "pvc"}};
  }
}

Json Generated(const KindInfo& kind, unsigned seed) {
  Generator generator(seed);
  Json object = {{"apiVersion", kind.type.ApiVersion()},
                 {"kind", kind.type.kind},
                 {"metadata", {{"name", "x"}, {"namespace", "default"}, {"uid", "u"}}},
                 {"spec", generator.Make(*kind.fields->Property("spec"))},
                 {"status", generator.Make(*kind.fields->Property("status"))}};
  Repair(kind.type.kind, object["spec"]);
  return object;
}

constexpr unsigned kSeeds = 25;

TEST(Properties, GeneratedObjectsAreValidAndKeepTheirShape) {
  for (const KindInfo& kind : AllKinds()) {
    for (unsigned seed = 0; seed < kSeeds; ++seed) {
      Json object = Generated(kind, seed);
      const Json before = object;
      EXPECT_TRUE(PruneUnknown(kind, object).empty());
      EXPECT_EQ(object, before) << "pruning leaves known fields alone";
      const AdmissionResult result = Validate(kind, nullptr, object);
      ASSERT_TRUE(result.ok()) << kind.type.kind << " " << seed << ": "
                               << result.errors.front().Message() << "\n"
                               << object.dump(1);
      ApplyDefaults(kind, object);
      const Json defaulted = object;
      ApplyDefaults(kind, object);
      EXPECT_EQ(object, defaulted) << "defaults are filled in once";
      const AdmissionResult again = Validate(kind, &object, object);
      EXPECT_TRUE(again.ok()) << kind.type.kind << ": an update that changes nothing: "
                              << (again.ok() ? "" : again.errors.front().Message());
      AdmissionResult ignored;
      const Json canonical = Canonical(kind, object, ignored);
      EXPECT_EQ(Canonical(kind, canonical, ignored), canonical) << "canonical is a fixed point";
    }
  }
}

template <class T>
void CheckRoundTrip() {
  const KindInfo& kind = *FindKind(ResourceTraits<T>::Type().kind);
  for (unsigned seed = 0; seed < kSeeds; ++seed) {
    Json object = Generated(kind, seed);
    auto typed = ResourceTraits<T>::Decode(object);
    ASSERT_TRUE(typed.ok()) << kind.type.kind << ": " << typed.error().message;
    EXPECT_EQ(typed->meta.name, "x");
    const Json status = ResourceTraits<T>::EncodeStatus(*typed);
    object["status"] = status;
    EXPECT_EQ(ResourceTraits<T>::EncodeStatus(ResourceTraits<T>::Decode(object).value()), status)
        << kind.type.kind << ": decode(encode(x)) = x";
    const AdmissionResult result = Validate(kind, nullptr, object);
    EXPECT_TRUE(result.ok()) << kind.type.kind << ": what we write is valid: "
                             << (result.ok() ? "" : result.errors.front().Message());
    Json pruned = object;
    EXPECT_TRUE(PruneUnknown(kind, pruned).empty()) << kind.type.kind << " " << status;
  }
}

TEST(Properties, StatusesSurviveDecodingAndEncoding) {
  CheckRoundTrip<VirtualMachine>();
  CheckRoundTrip<VmClass>();
  CheckRoundTrip<VmImage>();
  CheckRoundTrip<VmNetworkAttachment>();
  CheckRoundTrip<Provider>();
  CheckRoundTrip<VmSnapshot>();
  CheckRoundTrip<VmClone>();
  CheckRoundTrip<VmSet>();
  CheckRoundTrip<VmPlacementPolicy>();
  CheckRoundTrip<VmMigration>();
  CheckRoundTrip<VmTemplate>();
}

// An object that has nothing but `value` at the field's path, and how an error would call it.
struct Placed {
  Json object = Json::object();
  std::string shown;
};

Placed Place(const Field& field, const Json& value) {
  Placed placed;
  Json* at = &placed.object;
  std::string word;
  const auto enter = [&] {
    if (!word.empty()) at = &(*at)[word];
    if (!word.empty()) placed.shown += (placed.shown.empty() ? "" : ".") + word;
    word.clear();
  };
  for (size_t i = 0; i < field.path.size(); ++i) {
    const char c = field.path[i];
    if (c == '.') enter();
    if (c == '[' || c == '{') {
      enter();
      at = c == '[' ? &(*at)[0] : &(*at)["k"];
      placed.shown += c == '[' ? "[0]" : ".k";
      ++i;
    }
    if (c != '.' && c != '[' && c != '{') word += c;
  }
  enter();
  *at = value;
  return placed;
}

class Limits {
 public:
  explicit Limits(const KindInfo& kind) : kind_(kind) {}

  void Check(const Field& field) {
    if (!field.path.empty() && field.refused.empty()) CheckField(field);
    for (const auto& property : field.properties) Check(*property);
    if (field.items) Check(*field.items);
    if (field.values) Check(*field.values);
  }
  int cases() const { return cases_; }

 private:
  void CheckField(const Field& field) {
    if (field.minimum) Expect(field, Whole(*field.minimum), Whole(*field.minimum) - 1);
    if (field.maximum) Expect(field, Whole(*field.maximum), Whole(*field.maximum) + 1);
    if (field.max_items)
      Expect(field, Many(field, *field.max_items), Many(field, *field.max_items + 1));
    if (field.min_items)
      Expect(field, Many(field, *field.min_items), Many(field, *field.min_items - 1));
    if (field.max_properties)
      Expect(field, Map(field, *field.max_properties), Map(field, *field.max_properties + 1));
    if (field.type == FieldType::kString && !field.enumeration) Texts(field);
    if (field.enumeration) {
      for (const Json& value : *field.enumeration) Expect(field, value, "no-such-value");
    }
  }

  void Texts(const Field& field) {
    if (field.max_length && field.pattern.empty() && field.format.empty())
      Expect(field, std::string(*field.max_length, 'a'), std::string(*field.max_length + 1, 'a'));
    if (field.min_length && field.pattern.empty())
      Expect(field, std::string(*field.min_length, 'a'), std::string(*field.min_length - 1, 'a'));
    const bool formatted =
        !field.pattern.empty() || (!field.format.empty() && field.format != "provider-endpoint");
    if (!formatted) return;
    for (const std::string& text : kTexts) {
      if (Suits(field, text)) return Expect(field, text, "\x7f !");
    }
    ADD_FAILURE() << kind_.type.kind << " " << field.path << ": no text suits it";
  }

  static int64_t Whole(double value) { return static_cast<int64_t>(value); }

  static Json Many(const Field& field, size_t count) {
    Generator generator(1);
    Json list = Json::array();
    for (size_t i = 0; i < count; ++i) list.push_back(generator.Make(*field.items));
    return list;
  }

  static Json Map(const Field& field, size_t count) {
    Generator generator(1);
    Json map = Json::object();
    for (size_t i = 0; i < count; ++i) map["k" + std::to_string(i)] = generator.Make(*field.values);
    return map;
  }

  void Expect(const Field& field, const Json& inside, const Json& outside) {
    ++cases_;
    EXPECT_EQ(Finding(field, inside), "") << kind_.type.kind << " " << field.path;
    EXPECT_NE(Finding(field, outside), "")
        << kind_.type.kind << " " << field.path << " = " << outside.dump().substr(0, 80);
  }

  std::string Finding(const Field& field, const Json& value) {
    const Placed placed = Place(field, value);
    for (const FieldError& error : Validate(kind_, nullptr, placed.object).errors) {
      if (error.path == placed.shown) return error.Message();
    }
    return "";
  }

  const KindInfo& kind_;
  int cases_ = 0;
};

TEST(Properties, EveryConstraintHoldsJustInsideAndFailsJustOutside) {
  for (const KindInfo& kind : AllKinds()) {
    Limits limits(kind);
    limits.Check(*kind.fields);
    EXPECT_GT(limits.cases(), 10) << kind.type.kind;
  }
}

TEST(Properties, AWrongTypeIsAnErrorThatNamesTheField) {
  for (const KindInfo& kind : AllKinds()) {
    const std::function<void(const Field&)> check = [&](const Field& field) {
      if (!field.refused.empty()) return;
      if (!field.path.empty()) {
        const Json wrong = field.type == FieldType::kArray ? Json(1.5) : Json::array({1.5});
        const Placed placed = Place(field, wrong);
        if (field.type != FieldType::kObjectOrArray) {
          const auto errors = Validate(kind, nullptr, placed.object).errors;
          EXPECT_TRUE(std::any_of(errors.begin(), errors.end(),
                                  [&](const FieldError& error) {
                                    return error.path == placed.shown &&
                                           error.type == FieldErrorType::kTypeInvalid;
                                  }))
              << kind.type.kind << " " << placed.shown;
        }
      }
      for (const auto& property : field.properties) check(*property);
      if (field.items) check(*field.items);
      if (field.values) check(*field.values);
    };
    check(*kind.fields);
  }
}

}  // namespace
}  // namespace vr::api
