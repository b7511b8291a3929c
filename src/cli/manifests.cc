#include "cli/manifests.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/json_util.h"
#include "cli/report.h"
#include "cli/text_file.h"
#include "kube/yaml.h"

namespace vr::cli {
namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

bool IsManifest(const fs::path& path) {
  const std::string extension = path.extension().string();
  return extension == ".yaml" || extension == ".yml" || extension == ".json";
}

template <class Iterator>
std::vector<fs::path> ManifestsIn(const fs::path& folder, std::error_code& ec) {
  std::vector<fs::path> found;
  for (Iterator it(folder, ec), end; !ec && it != end; it.increment(ec)) {
    if (it->is_regular_file(ec) && IsManifest(it->path())) found.push_back(it->path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

Result<std::vector<fs::path>> Expand(const std::string& file, bool recursive) {
  std::error_code ec;
  if (!fs::is_directory(file, ec)) return std::vector<fs::path>{file};
  auto found = recursive ? ManifestsIn<fs::recursive_directory_iterator>(file, ec)
                         : ManifestsIn<fs::directory_iterator>(file, ec);
  if (ec)
    return WithHint({ErrorKind::kInvalidSpec, "cannot read " + file + ": " + ec.message(), {}}, "");
  if (found.empty())
    return WithHint({ErrorKind::kNotFound, "no *.yaml, *.yml or *.json in " + file, {}}, "");
  return found;
}

Status AddObject(Json object, const std::string& place, std::vector<Json>& out) {
  if (object.is_object() && TextAt(object, "/kind") == "List" && object.contains("items")) {
    for (Json& item : object["items"]) VR_RETURN_IF_ERROR(AddObject(std::move(item), place, out));
    return {};
  }
  if (!object.is_object() || TextAt(object, "/apiVersion").empty() ||
      TextAt(object, "/kind").empty()) {
    return Error{ErrorKind::kInvalidSpec, place + ": apiVersion and kind are required", {}};
  }
  if (TextAt(object, "/metadata/name").empty()) {
    return Error{ErrorKind::kInvalidSpec, place + ": metadata.name is required", {}};
  }
  out.push_back(std::move(object));
  return {};
}

Status AddFile(const Env& env, const std::string& path, std::vector<Json>& out) {
  VR_ASSIGN_OR_RETURN(const std::string text, ReadText(env.in, path));
  const std::string name = path == "-" ? "standard input" : path;
  auto documents = kube::ParseYaml(text);
  if (!documents) return documents.error().Wrap(name);
  for (size_t i = 0; i < documents->size(); ++i) {
    const std::string place =
        documents->size() > 1 ? name + ", document " + std::to_string(i + 1) : name;
    VR_RETURN_IF_ERROR(AddObject(std::move((*documents)[i]), place, out));
  }
  return {};
}

}  // namespace

Result<std::vector<Json>> ReadManifests(const Env& env, const ManifestOptions& options) {
  std::vector<Json> objects;
  for (const std::string& file : options.files) {
    if (file == "-") {
      VR_RETURN_IF_ERROR(AddFile(env, file, objects));
      continue;
    }
    VR_ASSIGN_OR_RETURN(const std::vector<fs::path> paths, Expand(file, options.recursive));
    for (const fs::path& path : paths) VR_RETURN_IF_ERROR(AddFile(env, path.string(), objects));
  }
  if (objects.empty()) return Error{ErrorKind::kInvalidSpec, "no objects in what -f names", {}};
  return objects;
}

}  // namespace vr::cli
