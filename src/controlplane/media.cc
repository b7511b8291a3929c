#include "controlplane/media.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>
#include <vector>

#include "kube/yaml.h"

namespace vr::controlplane {
namespace {

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
  if (clause.Parameter("g") != "meta.k8s.io" || clause.Parameter("v") != "v1") return std::nullopt;
  if (as == "Table") return Form::kTable;
  if (as == "PartialObjectMetadata") return Form::kMetadata;
  if (as == "PartialObjectMetadataList") return Form::kMetadataList;
  return std::nullopt;
}

struct Choice {
  Form form = Form::kObject;
  bool yaml = false;
};

std::optional<Choice> Choose(const std::string& accept) {
  if (accept.empty()) return Choice{};
  std::vector<Clause> clauses;
  for (const std::string& part : Parts(accept, ',')) clauses.push_back(ParseClause(part));
  std::stable_sort(clauses.begin(), clauses.end(),
                   [](const Clause& a, const Clause& b) { return a.quality > b.quality; });
  for (const Clause& clause : clauses) {
    const bool yaml = clause.type == "application/yaml";
    if (!yaml && clause.type != "application/json" && clause.type != "application/*" &&
        clause.type != "*/*")
      continue;
    if (const auto form = FormOf(clause)) return Choice{*form, yaml};
  }
  return std::nullopt;
}

}  // namespace

std::string ContentTypeOf(const net::HttpRequest& request, const std::string& by_default) {
  std::string type = net::HeaderOr(request.headers, "Content-Type", by_default);
  std::transform(type.begin(), type.end(), type.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return type;
}

std::optional<Form> WantedForm(const std::string& accept) {
  const auto choice = Choose(accept);
  return choice ? std::optional(choice->form) : std::nullopt;
}

bool WantsYaml(const std::string& accept) {
  const auto choice = Choose(accept);
  return choice && choice->yaml;
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

}  // namespace vr::controlplane
