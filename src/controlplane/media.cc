#include "controlplane/media.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "kube/yaml.h"

namespace vr::controlplane {
namespace {

using Json = nlohmann::json;

constexpr const char* kOldVersion = "v1beta1";

// One alternative of an Accept header.
struct Clause {
  std::string type;
  std::map<std::string, std::string> parameters;
  double quality = 1;

  std::string Parameter(const std::string& name) const {
    const auto it = parameters.find(name);
    return it == parameters.end() ? "" : it->second;
  }
};

// The parts between separators, without the blanks around them.
std::vector<std::string> Parts(const std::string& text, char separator) {
  std::vector<std::string> parts;
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find(separator, at), text.size());
    const size_t first = text.find_first_not_of(' ', at);
    if (first < end)
      parts.push_back(text.substr(first, text.find_last_not_of(' ', end - 1) + 1 - first));
    at = end + 1;
  }
  return parts;
}

Clause ParseClause(const std::string& text) {
  Clause clause;
  for (const std::string& part : Parts(text, ';')) {
    const size_t equals = part.find('=');
    if (clause.type.empty()) {
      clause.type = part;
    } else if (equals != std::string::npos) {
      clause.parameters[part.substr(0, equals)] = part.substr(equals + 1);
    }
  }
  if (const std::string q = clause.Parameter("q"); !q.empty())
    clause.quality = std::strtod(q.c_str(), nullptr);
  return clause;
}

std::optional<Form> FormOf(const Clause& clause) {
  const std::string as = clause.Parameter("as");
  if (as.empty()) return Form::kObject;
  const std::string version = clause.Parameter("v");
  if (clause.Parameter("g") != "meta.k8s.io" || (version != "v1" && version != kOldVersion))
    return std::nullopt;
  if (as == "Table") return Form::kTable;
  if (as == "PartialObjectMetadata") return Form::kMetadata;
  if (as == "PartialObjectMetadataList") return Form::kMetadataList;
  return std::nullopt;
}

struct Choice {
  Form form = Form::kObject;
  bool yaml = false;
  bool old = false;
};

// The best first.
std::vector<Clause> Clauses(const std::string& accept) {
  std::vector<Clause> clauses;
  for (const std::string& part : Parts(accept, ',')) clauses.push_back(ParseClause(part));
  std::stable_sort(clauses.begin(), clauses.end(),
                   [](const Clause& a, const Clause& b) { return a.quality > b.quality; });
  return clauses;
}

std::optional<Choice> Choose(const std::string& accept) {
  if (accept.empty()) return Choice{};
  for (const Clause& clause : Clauses(accept)) {
    const bool yaml = clause.type == "application/yaml";
    if (!yaml && clause.type != "application/json" && clause.type != "application/*" &&
        clause.type != "*/*")
      continue;
    if (const auto form = FormOf(clause))
      return Choice{*form, yaml, clause.Parameter("v") == kOldVersion};
  }
  return std::nullopt;
}

void NameAsOld(Json& value) {
  if (!value.is_object()) return;
  const auto version = value.find("apiVersion");
  if (version == value.end() || *version != "meta.k8s.io/v1") return;
  *version = std::string("meta.k8s.io/") + kOldVersion;
  if (const auto rows = value.find("rows"); rows != value.end()) {
    for (Json& row : *rows) NameAsOld(row["object"]);
  }
  if (const auto items = value.find("items"); items != value.end()) {
    for (Json& item : *items) NameAsOld(item);
  }
}

}  // namespace

std::string ContentTypeOf(const net::HttpRequest& request, const std::string& by_default) {
  return Lowercase(net::HeaderOr(request.headers, "Content-Type", by_default));
}

std::optional<Form> WantedForm(const std::string& accept) {
  const auto choice = Choose(accept);
  return choice ? std::optional(choice->form) : std::nullopt;
}

bool WantsYaml(const std::string& accept) {
  const auto choice = Choose(accept);
  return choice && choice->yaml;
}

bool WantsOldMeta(const std::string& accept) {
  const auto choice = Choose(accept);
  return choice && choice->old && choice->form != Form::kObject;
}

std::optional<std::string> AcceptedType(const std::string& accept,
                                        const std::vector<std::string>& served) {
  for (const Clause& clause : Clauses(accept.empty() ? "*/*" : accept)) {
    for (const std::string& type : served) {
      const bool any = clause.type == "*/*" || clause.type == type.substr(0, type.find('/')) + "/*";
      if (any || clause.type == type) return type;
    }
  }
  return std::nullopt;
}

Status YamlWriter::Send(net::HttpResponse response) {
  if (net::HeaderOr(response.headers, "Content-Type") == "application/json") {
    const auto value = nlohmann::json::parse(response.body, nullptr, false);
    if (!value.is_discarded()) {
      response.body = kube::ToYaml(value);
      response.headers.erase("Content-Type");
      response.headers.emplace("Content-Type", "application/yaml");
    }
  }
  return out_.Send(std::move(response));
}

Status OldMetaWriter::Send(net::HttpResponse response) {
  if (net::HeaderOr(response.headers, "Content-Type") == "application/json") {
    Json value = Json::parse(response.body, nullptr, false);
    NameAsOld(value);
    if (!value.is_discarded()) response.body = value.dump();
  }
  return out_.Send(std::move(response));
}

Status OldMetaWriter::Write(std::string_view chunk) {
  Json event = Json::parse(chunk, nullptr, false);
  if (!event.is_object() || !event.contains("object")) return out_.Write(chunk);
  NameAsOld(event["object"]);
  return out_.Write(event.dump() + "\n");
}

}  // namespace vr::controlplane
