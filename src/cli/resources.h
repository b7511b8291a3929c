// What the commands ask of an API server, on top of kube::Client.
#pragma once

#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "cli/env.h"

namespace vr::cli {

const kube::ResourceType& VirtualMachineType();
const kube::ResourceType& EventType();

// Finds out where an API server serves a kind, by its discovery documents; remembers the answers.
class Discovery {
 public:
  explicit Discovery(const kube::Client& client) : client_(client) {}
  // kNotFound where the server does not know the kind.
  Result<kube::ResourceType> Find(const Context& ctx, const std::string& api_version,
                                  const std::string& kind);

 private:
  Result<std::vector<kube::ResourceType>> Load(const Context& ctx,
                                               const std::string& api_version) const;

  const kube::Client& client_;
  std::map<std::string, std::vector<kube::ResourceType>> groups_;
};

// Which objects a command means. Field selectors other than metadata.* are matched here: an API
// server knows only those for custom resources.
struct Selection {
  std::string ns = {};  // empty: all namespaces
  std::string name = {};
  std::string label_selector = {};
  std::string field_selector = {};
};

// kInvalidSpec for a malformed selector.
Result<std::vector<nlohmann::json>> ListAll(const Context& ctx, const kube::Client& client,
                                            const kube::ResourceType& type,
                                            const Selection& selection);

// kInvalidSpec for a malformed one, and for a field that objects of our kinds do not have.
Status CheckFieldSelector(const kube::ResourceType& type, const std::string& selector);

// Calls `on_object` for each object there is (as kAdded) and then for each change, until the
// context's deadline passes (ok: that is how long to follow), it stops (kCancelled), or on_object
// returns an error. Outlives restarts of the watch. An object that no longer matches the selection
// is reported as kDeleted.
using ObjectHandler = std::function<Status(kube::WatchEventType, const nlohmann::json&)>;
Status Follow(const Context& ctx, const kube::Client& client, const kube::ResourceType& type,
              const Selection& selection, const ObjectHandler& on_object);

// Waits until `done` holds; `done` gets null once the object is gone, and an error from it ends the
// wait. kTimeout says what the object last showed.
using DoneCheck = std::function<Result<bool>(const nlohmann::json*)>;
Status WaitFor(const Context& ctx, const kube::Client& client, const kube::ResourceType& type,
               const kube::Key& key, const DoneCheck& done);

// True for Ready=True of this generation. A Ready=False with a reason that waiting cannot cure is
// not an error: the user may mend what it names while we wait.
Result<bool> IsReady(const nlohmann::json* object);

}  // namespace vr::cli
