#include "kube/yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>

namespace vr::kube {
namespace {

using Json = nlohmann::json;

constexpr int kMaxDepth = 100;
constexpr int kMaxNodes = 200'000;

bool IsNull(const std::string& text) {
  return text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL";
}

// A number of YAML 1.2's core schema, or nothing (a null JSON value).
Json ParseNumber(const std::string& text) {
  static const std::regex decimal("[-+]?[0-9]+");
  static const std::regex prefixed("0(o[0-7]+|x[0-9a-fA-F]+)");
  static const std::regex floating(R"([-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?)");
  if (std::regex_match(text, prefixed)) {
    uint64_t value = 0;
    const int base = text[1] == 'x' ? 16 : 8;
    const auto parsed = std::from_chars(text.data() + 2, text.data() + text.size(), value, base);
    return parsed.ec == std::errc() ? Json(value) : Json();
  }
  const char* begin = text.data() + (text.starts_with('+') ? 1 : 0);
  const char* end = text.data() + text.size();
  if (std::regex_match(text, decimal)) {
    int64_t value = 0;
    if (std::from_chars(begin, end, value).ec == std::errc()) return value;
  }
  if (std::regex_match(text, floating)) {
    double value = 0;
    if (std::from_chars(begin, end, value).ec == std::errc() && std::isfinite(value)) return value;
  }
  return {};
}

Json ParsePlain(const std::string& text) {
  if (IsNull(text)) return nullptr;
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  Json number = ParseNumber(text);
  return number.is_null() ? Json(text) : number;
}

// The words that YAML 1.1 reads as booleans and YAML 1.2 as text.
bool IsBooleanWord(const std::string& text) {
  static const std::regex word("[yYnN]|yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF");
  return std::regex_match(text, word);
}

bool IsTrueWord(const std::string& text) {
  const char first = text.front();
  return first == 'y' || first == 'Y' || text == "on" || text == "On" || text == "ON";
}

Error At(const YAML::Mark& mark, const std::string& message) {
  return Error{
      ErrorKind::kInvalidSpec, "line " + std::to_string(mark.line + 1) + ": " + message, {}};
}

// Walks one document. Counts nodes, because an alias makes a small file a huge one.
class Converter {
 public:
  Converter() = default;
  // Reads as a server does, and notes keys that come twice.
  explicit Converter(std::vector<std::string>& duplicates) : duplicates_(&duplicates) {}

  Result<Json> Convert(const YAML::Node& node, int depth) {
    if (depth > kMaxDepth) return At(node.Mark(), "nested too deeply");
    if (++nodes_ > kMaxNodes) return At(node.Mark(), "too large once its aliases are resolved");
    switch (node.Type()) {
      case YAML::NodeType::Undefined:
      case YAML::NodeType::Null:
        return Json(nullptr);
      case YAML::NodeType::Scalar:
        return ConvertScalar(node);
      case YAML::NodeType::Sequence:
        return ConvertSequence(node, depth);
      case YAML::NodeType::Map:
        return ConvertMap(node, depth);
    }
    return At(node.Mark(), "not a value");
  }

 private:
  Result<Json> ConvertScalar(const YAML::Node& node) const {
    const std::string& tag = node.Tag();
    const std::string& text = node.Scalar();
    if (tag == "!" || tag == "tag:yaml.org,2002:str" || tag == "tag:yaml.org,2002:binary")
      return Json(text);
    if (duplicates_ != nullptr && tag == "?" && IsBooleanWord(text)) return IsTrueWord(text);
    if (tag == "?" || tag.empty() || tag.starts_with("tag:yaml.org,2002:")) return ParsePlain(text);
    return At(node.Mark(), "unknown tag '" + tag + "'");
  }

  Result<Json> ConvertSequence(const YAML::Node& node, int depth) {
    Json array = Json::array();
    for (const YAML::Node& item : node) {
      VR_ASSIGN_OR_RETURN(Json value, Convert(item, depth + 1));
      array.push_back(std::move(value));
    }
    return array;
  }

  Result<Json> ConvertMap(const YAML::Node& node, int depth) {
    Json object = Json::object();
    Json merged = Json::object();
    for (const auto& pair : node) {
      if (!pair.first.IsScalar()) return At(pair.first.Mark(), "a key must be a scalar");
      const std::string& key = pair.first.Scalar();
      VR_ASSIGN_OR_RETURN(Json value, Convert(pair.second, depth + 1));
      if (key == "<<" && pair.first.Tag() != "!") {
        VR_RETURN_IF_ERROR(Merge(pair.second.Mark(), value, merged));
      } else if (duplicates_ != nullptr) {
        if (object.contains(key)) NoteDuplicate(pair.first.Mark(), key);
        object[key] = std::move(value);
      } else if (object.contains(key)) {
        return At(pair.first.Mark(), "key '" + key + "' is given twice");
      } else {
        object[key] = std::move(value);
      }
    }
    for (auto& [key, value] : merged.items()) {
      if (!object.contains(key)) object[key] = value;
    }
    return object;
  }

  static Status Merge(const YAML::Mark& mark, const Json& value, Json& merged) {
    const Json sources = value.is_array() ? value : Json::array({value});
    for (const Json& source : sources) {
      if (!source.is_object()) return At(mark, "a merge key needs a mapping");
      for (const auto& [key, entry] : source.items()) {
        if (!merged.contains(key)) merged[key] = entry;
      }
    }
    return {};
  }

  void NoteDuplicate(const YAML::Mark& mark, const std::string& key) {
    duplicates_->push_back("line " + std::to_string(mark.line + 1) + ": key " + Json(key).dump() +
                           " already set in map");
  }

  int nodes_ = 0;
  std::vector<std::string>* duplicates_ = nullptr;
};

// True where some YAML reader would not read the plain text back as this text.
bool NeedsQuotes(const std::string& text) {
  static const std::regex sexagesimal("[-+]?[0-9][0-9_:.]*");
  static const std::regex date("[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ].*)?");
  return !ParsePlain(text).is_string() || IsBooleanWord(text) ||
         std::regex_match(text, sexagesimal) || std::regex_match(text, date);
}

void Emit(YAML::Emitter& out, const Json& value) {
  switch (value.type()) {
    case Json::value_t::object:
      if (value.empty()) out << YAML::Flow;
      out << YAML::BeginMap;
      for (const auto& [key, entry] : value.items()) {
        out << YAML::Key;
        if (NeedsQuotes(key)) out << YAML::DoubleQuoted;
        out << key << YAML::Value;
        Emit(out, entry);
      }
      out << YAML::EndMap;
      return;
    case Json::value_t::array:
      if (value.empty()) out << YAML::Flow;
      out << YAML::BeginSeq;
      for (const Json& entry : value) Emit(out, entry);
      out << YAML::EndSeq;
      return;
    case Json::value_t::string: {
      const auto& text = value.get_ref<const std::string&>();
      if (text.find('\n') != std::string::npos && text.find_first_of("\t\r") == std::string::npos &&
          text.front() != ' ' && text.front() != '\n') {
        out << YAML::Literal;
      } else if (NeedsQuotes(text)) {
        out << YAML::DoubleQuoted;
      }
      out << text;
      return;
    }
    case Json::value_t::null:
      out << YAML::Null;
      return;
    default:
      out << value.dump();
  }
}

// yaml-cpp makes documents without end of what follows a flow collection ("{a: b},"), because it
// does not consume it. So the documents are walked once before they are kept.
class ProgressCheck final : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark& mark) override {
    if (mark.pos <= last_) throw YAML::ParserException(mark, "unexpected text after a document");
    last_ = mark.pos;
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}

 private:
  int last_ = -1;
};

void CheckProgress(const std::string& text) {
  std::istringstream in(text);
  YAML::Parser parser(in);
  ProgressCheck check;
  while (parser.HandleNextDocument(check)) {
  }
}

}  // namespace

Result<std::vector<Json>> ParseYaml(std::string_view text) {
  try {
    std::vector<Json> documents;
    const std::string copy(text);
    CheckProgress(copy);
    for (const YAML::Node& node : YAML::LoadAll(copy)) {
      VR_ASSIGN_OR_RETURN(Json document, Converter().Convert(node, 0));
      if (!document.is_null()) documents.push_back(std::move(document));
    }
    return documents;
  } catch (const YAML::Exception& e) {
    return At(e.mark, e.msg);
  }
}

Result<ServerYaml> ParseServerYaml(std::string_view text) {
  try {
    ServerYaml out;
    const std::string copy(text);
    CheckProgress(copy);
    const std::vector<YAML::Node> documents = YAML::LoadAll(copy);
    if (documents.empty()) return out;
    VR_ASSIGN_OR_RETURN(Json document, Converter(out.duplicates).Convert(documents.front(), 0));
    if (!document.is_null()) out.documents.push_back(std::move(document));
    return out;
  } catch (const YAML::Exception& e) {
    return At(e.mark, e.msg);
  }
}

std::string ToYaml(const Json& value) {
  YAML::Emitter out;
  Emit(out, value);
  return std::string(out.c_str()) + "\n";
}

}  // namespace vr::kube
