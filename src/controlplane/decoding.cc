#include "controlplane/decoding.h"

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/timestamp.h"

namespace vr::controlplane {
namespace {

const char* TypeName(const Json& value) {
  if (value.is_boolean()) return "bool";
  if (value.is_number()) return "number";
  if (value.is_string()) return "string";
  return value.is_array() ? "array" : "object";
}

std::string Mismatch(const Json& value, const std::string& field, const char* wanted) {
  return std::string("json: cannot unmarshal ") + TypeName(value) + " into Go struct field " +
         field + " of type " + wanted;
}

const std::map<std::string, JsonShape>& MetaFields() {
  static const std::map<std::string, JsonShape> fields = {
      {"name", JsonShape::kText},
      {"generateName", JsonShape::kText},
      {"namespace", JsonShape::kText},
      {"selfLink", JsonShape::kText},
      {"uid", JsonShape::kText},
      {"resourceVersion", JsonShape::kText},
      {"generation", JsonShape::kLong},
      {"creationTimestamp", JsonShape::kText},
      {"deletionTimestamp", JsonShape::kText},
      {"deletionGracePeriodSeconds", JsonShape::kLong},
      {"labels", JsonShape::kTextMap},
      {"annotations", JsonShape::kTextMap},
      {"ownerReferences", JsonShape::kList},
      {"finalizers", JsonShape::kTextList},
      {"managedFields", JsonShape::kList},
  };
  return fields;
}

std::string ItemProblem(const Json& items, const std::string& field, const char* wanted) {
  for (const Json& item : items) {
    if (!item.is_string() && !item.is_null()) return Mismatch(item, field, wanted);
  }
  return "";
}

std::string OwnerProblem(const Json& owner) {
  if (owner.is_null()) return "";
  if (!owner.is_object()) return Mismatch(owner, "ObjectMeta.ownerReferences", "v1.OwnerReference");
  const auto check = [&](const char* name, JsonShape shape) {
    return owner.contains(name)
               ? ShapeProblem(owner[name], shape,
                              std::string("OwnerReference.ownerReferences.") + name)
               : std::string();
  };
  for (const char* name : {"apiVersion", "kind", "name", "uid"}) {
    if (std::string problem = check(name, JsonShape::kText); !problem.empty()) return problem;
  }
  for (const char* name : {"controller", "blockOwnerDeletion"}) {
    if (std::string problem = check(name, JsonShape::kBoolean); !problem.empty()) return problem;
  }
  return "";
}

// A byte as a character of its own, in UTF-8.
std::string Character(char c) {
  const auto byte = static_cast<unsigned char>(c);
  if (byte < 0x80) return std::string(1, c);
  return {static_cast<char>(0xC0U | (byte >> 6U)), static_cast<char>(0x80U | (byte & 0x3FU))};
}

// Follows a parser through a text and notes members that come again.
class DuplicateFinder {
 public:
  void On(Json::parse_event_t event, const Json& parsed) {
    switch (event) {
      case Json::parse_event_t::key:
        OnKey(parsed.get<std::string>());
        break;
      case Json::parse_event_t::object_start:
      case Json::parse_event_t::array_start:
        levels_.push_back({Here(), {}, event == Json::parse_event_t::array_start, 0, ""});
        break;
      case Json::parse_event_t::object_end:
      case Json::parse_event_t::array_end:
        levels_.pop_back();
        Next();
        break;
      case Json::parse_event_t::value:
        Next();
        break;
    }
  }
  std::vector<std::string> Take() { return std::move(found_); }

 private:
  struct Level {
    std::string path;
    std::set<std::string> keys;
    bool array;
    size_t index;
    std::string key;
  };

  void OnKey(const std::string& key) {
    levels_.back().key = key;
    if (!levels_.back().keys.insert(key).second) found_.push_back(Here());
  }
  void Next() {
    if (!levels_.empty()) ++levels_.back().index;
  }
  // The path of the value that comes now.
  std::string Here() const {
    if (levels_.empty()) return "";
    const Level& level = levels_.back();
    if (level.array) return level.path + "[" + std::to_string(level.index) + "]";
    return level.path.empty() ? level.key : level.path + "." + level.key;
  }

  std::vector<Level> levels_;
  std::vector<std::string> found_;
};

}  // namespace

std::string ShapeProblem(const Json& value, JsonShape shape, const std::string& field) {
  if (value.is_null()) return "";
  switch (shape) {
    case JsonShape::kText:
      return value.is_string() ? "" : Mismatch(value, field, "string");
    case JsonShape::kInteger:
      return value.is_number_integer() ? "" : Mismatch(value, field, "int32");
    case JsonShape::kLong:
      return value.is_number_integer() ? "" : Mismatch(value, field, "int64");
    case JsonShape::kBoolean:
      return value.is_boolean() ? "" : Mismatch(value, field, "bool");
    case JsonShape::kObject:
      return value.is_object() ? "" : Mismatch(value, field, "object");
    case JsonShape::kList:
      return value.is_array() ? "" : Mismatch(value, field, "list");
    case JsonShape::kTextList:
      return value.is_array() ? ItemProblem(value, field, "string")
                              : Mismatch(value, field, "[]string");
    case JsonShape::kTextMap:
      return value.is_object() ? ItemProblem(value, field, "string")
                               : Mismatch(value, field, "map[string]string");
    case JsonShape::kBytesMap:
      return value.is_object() ? ItemProblem(value, field, "[]uint8")
                               : Mismatch(value, field, "map[string][]uint8");
  }
  return "";
}

std::string OfType(const std::string& problem, const std::string& type) {
  const std::string_view separator = " of type ";
  const size_t at = problem.rfind(separator);
  return at == std::string::npos ? problem : problem.substr(0, at + separator.size()) + type;
}

std::string MetaTypeProblem(const Json& object) {
  if (!object.contains("metadata") || object["metadata"].is_null()) return "";
  const Json& meta = object["metadata"];
  if (!meta.is_object()) {
    return std::string("json: cannot unmarshal ") + TypeName(meta) +
           " into Go value of type v1.ObjectMeta";
  }
  for (const auto& [name, shape] : MetaFields()) {
    if (!meta.contains(name)) continue;
    std::string problem = ShapeProblem(meta[name], shape, "ObjectMeta." + name);
    if (!problem.empty()) return problem;
  }
  if (meta.contains("ownerReferences") && meta["ownerReferences"].is_array()) {
    for (const Json& owner : meta["ownerReferences"]) {
      std::string problem = OwnerProblem(owner);
      if (!problem.empty()) return problem;
    }
  }
  for (const char* name : {"creationTimestamp", "deletionTimestamp"}) {
    if (!meta.contains(name) || !meta[name].is_string()) continue;
    const std::string text = meta[name].get<std::string>();
    if (text.empty() || ParseTimestamp(text)) continue;
    return "parsing time " + meta[name].dump() +
           " as \"2006-01-02T15:04:05Z07:00\": cannot parse " + meta[name].dump() + " as \"2006\"";
  }
  return "";
}

std::optional<Failure> CheckMetaTypes(const Resource& resource, const Json& object) {
  const std::string problem = MetaTypeProblem(object);
  if (problem.empty()) return std::nullopt;
  return NotDecodable(resource, problem);
}

std::vector<std::string> PruneMeta(Json& object) {
  std::vector<std::string> removed;
  Json& meta = object["metadata"];
  for (const char* field : {"labels", "annotations"}) {
    if (!meta.contains(field) || !meta[field].is_object()) continue;
    for (Json& value : meta[field]) {
      if (value.is_null()) value = "";
    }
  }
  for (auto it = meta.begin(); it != meta.end();) {
    if (it.key() == "selfLink") {  // still read, but kept by nobody
      it = meta.erase(it);
    } else if (!MetaFields().contains(it.key())) {
      removed.push_back("metadata." + it.key());
      it = meta.erase(it);
    } else if (it->is_null() || (it->is_structured() && it->empty())) {
      it = meta.erase(it);
    } else {
      ++it;
    }
  }
  return removed;
}

std::vector<std::string> DuplicateFields(const std::string& text) {
  DuplicateFinder finder;
  const Json parsed = Json::parse(
      text,
      [&](int, Json::parse_event_t event, Json& value) {
        finder.On(event, value);
        return true;
      },
      false);
  return finder.Take();
}

std::string ParseProblem(std::string_view text) {
  try {
    const Json parsed = Json::parse(text);
  } catch (const Json::parse_error& error) {
    const size_t at = error.byte == 0 ? 0 : error.byte - 1;
    if (at < text.size() && text[at] != '\0')
      return "invalid character '" + Character(text[at]) + "' looking for beginning of value";
  } catch (const Json::exception&) {
    return "number out of range";
  }
  return "unexpected end of JSON input";
}

}  // namespace vr::controlplane
