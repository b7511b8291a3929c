// Writes config/crd/bases/*.yaml, config/webhook/*.yaml and docs/reference/api.md from the field
// tables.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>

#include "api/kinds.h"
#include "api/webhook_manifests.h"

namespace {

bool Write(const std::filesystem::path& path, const std::string& text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream out(path, std::ios::binary);
  out << text;
  return out.good();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2 || std::string(argv[1]).starts_with("-")) {
    std::cerr << "usage: virtrigaud-gen-crds PROJECT_ROOT\n";
    return 2;
  }
  const std::filesystem::path root = argv[1];
  for (const auto& kind : vr::api::AllKinds()) {
    const auto path =
        root / "config/crd/bases" / (kind.type.group + "_" + kind.type.plural + ".yaml");
    if (!Write(path, vr::api::CustomResourceDefinitionYaml(kind))) {
      std::cerr << "cannot write " << path << "\n";
      return 1;
    }
  }
  for (const auto& manifest : vr::api::WebhookManifests()) {
    if (!Write(root / "config/webhook" / manifest.file, manifest.yaml)) {
      std::cerr << "cannot write config/webhook/" << manifest.file << "\n";
      return 1;
    }
  }
  return Write(root / "docs/reference/api.md", vr::api::ReferenceMarkdown()) ? 0 : 1;
}
