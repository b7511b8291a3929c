#include "controlplane/request.h"

namespace vr::controlplane {
namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// A path's segments. Empty ones in between name nothing, and so does the path.
std::vector<std::string_view> Segments(std::string_view path) {
  std::vector<std::string_view> segments;
  if (path.starts_with('/')) path.remove_prefix(1);
  while (!path.empty()) {
    const size_t end = path.find('/');
    segments.push_back(path.substr(0, end));
    path.remove_prefix(end == std::string_view::npos ? path.size() : end + 1);
  }
  return segments;
}

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const size_t end = text.find(separator);
    if (end != 0) parts.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return parts;
}

}  // namespace

std::string PercentDecode(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() + 0 ? HexDigit(text[i + 1]) : -1;
    const int low = high >= 0 ? HexDigit(text[i + 2]) : -1;
    if (low >= 0) {
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

Target ParseTarget(const std::string& url) {
  Target target;
  const size_t question = url.find('?');
  for (const std::string_view part : Segments(std::string_view(url).substr(0, question)))
    target.path.push_back(PercentDecode(part));
  if (question == std::string::npos) return target;
  for (const std::string_view pair : Split(std::string_view(url).substr(question + 1), '&')) {
    const size_t equals = pair.find('=');
    std::string value(equals == std::string_view::npos ? "" : pair.substr(equals + 1));
    for (char& c : value) c = c == '+' ? ' ' : c;
    target.query[PercentDecode(pair.substr(0, equals))] = PercentDecode(value);
  }
  return target;
}

void UnfoldWatchPath(Target& target) {
  auto& path = target.path;
  const size_t at = !path.empty() && path[0] == "api" ? 2 : 3;
  if (path.size() <= at + 1 || path[at] != "watch") return;
  std::vector<std::string> rest = path;
  rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(at));
  const ResourceRequest request = ParseResourcePath(rest);
  if (request.resource == nullptr || !request.subresource.empty()) return;
  path = std::move(rest);
  target.query["watch"] = "true";
  if (request.name.empty()) return;
  path.pop_back();
  target.query["fieldSelector"] = "metadata.name=" + request.name;
}

ResourceRequest ParseResourcePath(const std::vector<std::string>& path) {
  ResourceRequest request;
  const bool core = !path.empty() && path[0] == "api";
  size_t at = core ? 2 : 3;
  if (path.size() <= at) return request;
  const std::string group = core ? "" : path[1];
  const std::string& version = core ? path[1] : path[2];
  // /namespaces/NS/PLURAL..., but /namespaces[/NAME[/SUBRESOURCE]] is the Namespace itself.
  if (path[at] == "namespaces" && path.size() > at + 2 &&
      !(core && (path[at + 2] == "status" || path[at + 2] == "finalize"))) {
    request.ns = path[at + 1];
    at += 2;
  }
  request.resource = FindResource(group, version, path[at]);
  if (path.size() > at + 1) request.name = path[at + 1];
  if (path.size() > at + 2) request.subresource = path[at + 2];
  // Of our kinds, the API server reads no further.
  if (path.size() > at + 3 && request.resource != nullptr && !request.resource->IsCustom())
    request.resource = nullptr;
  return request;
}

bool IsTrue(const Query& query, const std::string& name) {
  const auto it = query.find(name);
  if (it == query.end()) return false;
  std::string value = it->second;
  for (char& c : value) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  return value != "false" && value != "0";
}

std::string Get(const Query& query, const std::string& name) {
  const auto it = query.find(name);
  return it == query.end() ? "" : it->second;
}

}  // namespace vr::controlplane
