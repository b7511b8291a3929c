// VmStore: the VMs and images of the simulated hypervisor, kept in a file if it has one.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/context.h"
#include "base/result.h"
#include "providers/mock/state_file.h"
#include "providers/mock/vm_record.h"

namespace vr::mock {

enum class Presence { kThere, kGone };

// Thread-safe. A change that returned is in the file, and the listener has heard of it; changes
// that come together share one write. The listener hears the changes of a VM in order, on the
// thread that wrote, and only of states that the file has. A failed write is kUnavailable: the
// change is kept and written with the next one, but nobody may be told yet that it was made.
class VmStore {
 public:
  using Listener = std::function<void(const VmRecord& record, Presence presence)>;
  using Edit = std::function<Status(VmRecord& record)>;

  // An empty path: nothing outlives the process.
  VmStore(const std::string& path, Listener listener);

  // Takes the file and reads it, and tells the listener of all that is there. True if there was
  // one. Before any other call.
  Result<bool> Open(const Context& ctx);

  // Returns the VM that has this id; if there is none, adds this one. kConflict if another VM has
  // the name.
  Result<VmRecord> FindOrAdd(const VmRecord& record);
  // kNotFound if there is no such VM; the edit's own error leaves it as it was. Must not change
  // the id.
  Result<VmRecord> Change(const std::string& id, const Edit& edit);
  // Fine if it is gone already.
  Status Remove(const std::string& id);
  Status PutImage(const ImageRecord& image);

  std::optional<VmRecord> Find(const std::string& id) const;
  std::vector<VmRecord> All() const;
  std::optional<ImageRecord> FindImage(const std::string& id) const;
  // A number that was not given before; kept with the next change.
  int64_t NextNumber();

 private:
  struct Stored {
    VmRecord record;
    std::string json;
  };
  using StoredPtr = std::shared_ptr<const Stored>;
  struct Batch {
    uint64_t version = 0;
    std::vector<StoredPtr> vms;
    std::map<std::string, std::string> images;
    int64_t next_number = 0;
    std::map<std::string, StoredPtr> touched;
    std::set<std::string> gone;  // those of touched that are not there any more
  };

  static StoredPtr Store(const VmRecord& record);
  Status NameIsFree(const VmRecord& record) const;  // under mutex_
  void Put(const VmRecord& record);                 // under mutex_
  Status Flush();
  Batch TakeBatch();
  void Tell(const Batch& batch) const;

  const std::unique_ptr<StateFile> file_;  // null: memory only
  const Listener listener_;

  std::mutex write_mutex_;  // held while the file is written; guards written_
  uint64_t written_ = 0;    // the version that the file has

  mutable std::mutex mutex_;  // guards all below; taken inside write_mutex_, never the other way
  uint64_t version_ = 0;
  std::map<std::string, StoredPtr> vms_;
  std::map<std::string, std::string> ids_;  // by name
  std::map<std::string, ImageRecord> images_;
  int64_t next_number_ = 1;
  std::map<std::string, StoredPtr> touched_;  // not told yet; of what is gone, what it was last
};

}  // namespace vr::mock
