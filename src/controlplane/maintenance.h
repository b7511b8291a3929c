// Backup and restore of a running server: calls for administrators beside the API.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "controlplane/status.h"
#include "controlplane/storage.h"

namespace vr::controlplane {

// POST /virtrigaud/backup and /virtrigaud/restore with {"file": NAME}: a file of that name in
// `folder` is written, or read. Nothing for other paths. `restored` runs after a restore.
std::optional<Outcome<Json>> HandleMaintenance(Storage& storage,
                                               const std::filesystem::path& folder,
                                               const std::string& path, const std::string& body,
                                               const std::function<vr::Status()>& restored);

}  // namespace vr::controlplane
