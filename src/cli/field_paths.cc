#include "cli/field_paths.h"

#include <cctype>
#include <sstream>
#include <vector>

#include "api/kinds.h"
#include "base/text.h"
#include "cli/report.h"
#include "cli/suggest.h"

namespace vr::cli {
namespace {

std::vector<std::string> Parts(const std::string& path) {
  std::vector<std::string> parts;
  std::istringstream in(path);
  for (std::string part; std::getline(in, part, '.');) parts.push_back(part);
  return parts;
}

std::vector<std::string> NamesIn(const api::Field& field) {
  std::vector<std::string> names;
  for (const auto& property : field.properties) {
    if (property->alias_of.empty()) names.push_back(property->name);
  }
  return names;
}

// Arrays and maps are passed through: "[0]" and a key name their items.
const api::Field* Items(const api::Field* field) {
  while (field != nullptr && field->items) field = field->items.get();
  return field;
}

// The path of the field that a message of an API server is about; empty if it names none.
std::string PathIn(const std::string& message) {
  for (size_t at = message.find("spec"); at != std::string::npos;
       at = message.find("spec", at + 1)) {
    const bool begins = at == 0 || std::string(" .\"\n").find(message[at - 1]) != std::string::npos;
    if (!begins || at + 4 >= message.size() || message[at + 4] != '.') continue;
    std::string path;
    int depth = 0;
    for (; at < message.size(); ++at) {
      const char c = message[at];
      if (c == '[') ++depth;
      const bool part = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_';
      if (depth == 0 && !part) break;
      if (depth == 0) path += c;
      if (c == ']') --depth;
    }
    while (path.ends_with('.')) path.pop_back();
    return path;
  }
  return "";
}

}  // namespace

Status CheckFieldPath(const std::string& kind, const std::string& path) {
  const api::KindInfo* info = api::FindKind(kind);
  const std::vector<std::string> parts = Parts(path);
  if (info == nullptr || parts.empty() || parts[0] == "metadata" || path == "kind" ||
      path == "apiVersion")
    return {};
  const api::Field* field = info->fields;
  std::string parent;
  for (const std::string& written : parts) {
    const std::string name = written.substr(0, written.find('['));
    if (field->values) {  // a map: any key
      field = Items(field->values.get());
      continue;
    }
    if (field->preserves_unknown()) return {};
    const api::Field* next = field->Property(name);
    if (next == nullptr || !next->alias_of.empty()) {
      std::vector<std::string> known = NamesIn(*field);
      if (parent.empty()) known.push_back("metadata");
      const std::string meant = DidYouMean(name, known);
      return Error{ErrorKind::kInvalidSpec,
                   kind + " has no field " + path + meant + (meant.empty() ? "; " : " ") +
                       (parent.empty() ? "it" : parent) + " has " +
                       (known.empty() ? "no fields" : Joined(known, ", ")),
                   {}};
    }
    parent += (parent.empty() ? "" : ".") + name;
    field = Items(next);
  }
  return {};
}

Error ExplainField(Error error, const std::string& kind) {
  if (error.kind != ErrorKind::kInvalidSpec) return error;
  std::string path = PathIn(error.message);
  if (path.empty()) return error;
  const std::string of = Lowercase(kind);
  const bool unknown = error.message.find("not declared in schema") != std::string::npos ||
                       error.message.find("unknown field") != std::string::npos;
  if (!unknown)
    return WithHint(std::move(error), "'kubectl explain " + of + "." + path + "' describes it");
  std::string nearest;
  if (const size_t dot = path.rfind('.'); dot != std::string::npos) {
    const std::string name = path.substr(dot + 1);
    path.resize(dot);
    const api::KindInfo* info = api::FindKind(kind);
    const api::Field* field = info == nullptr ? nullptr : info->fields;
    for (const std::string& part : Parts(path))
      field = field == nullptr ? nullptr : Items(field->Property(part));
    if (field != nullptr) nearest = DidYouMean(name, NamesIn(*field));
  }
  return WithHint(std::move(error),
                  "'kubectl explain " + of + "." + path + "' lists its fields" + nearest);
}

}  // namespace vr::cli
