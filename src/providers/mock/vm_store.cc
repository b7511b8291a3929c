#include "providers/mock/vm_store.h"

#include <utility>

#include "providers/mock/state_json.h"

namespace vr::mock {
namespace {

std::string FileContent(const std::string& vms, const std::string& images, int64_t next_number) {
  return "{\"nextNumber\":" + std::to_string(next_number) + ",\n\"images\":{" + images +
         "},\n\"vms\":{" + vms + "}}\n";
}

void AddMember(std::string& object, const std::string& key, const std::string& json) {
  if (!object.empty()) object += ",\n";
  object += JsonString(key) + ":" + json;
}

}  // namespace

VmStore::VmStore(const std::string& path, Listener listener)
    : file_(path.empty() ? nullptr : std::make_unique<StateFile>(path)),
      listener_(std::move(listener)) {}

VmStore::StoredPtr VmStore::Store(const VmRecord& record) {
  return std::make_shared<const Stored>(Stored{record, ToJson(record)});
}

Result<bool> VmStore::Open(const Context& ctx) {
  if (!file_) return false;
  VR_RETURN_IF_ERROR(file_->Lock(ctx));
  VR_ASSIGN_OR_RETURN(const std::optional<std::string> content, file_->Read());
  if (!content) return false;
  auto state = ParseState(*content);
  if (!state) {
    return state.error().Wrap("MOCK_STATE_FILE " + file_->path() +
                              " (remove the file to begin with nothing)");
  }
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, record] : state->vms) Put(record);
    images_ = std::move(state->images);
    next_number_ = state->next_number;
  }
  VR_RETURN_IF_ERROR(Flush());
  return true;
}

Status VmStore::NameIsFree(const VmRecord& record) const {
  const auto taken = ids_.find(record.vm.name);
  if (taken == ids_.end() || taken->second == record.id()) return {};
  const std::string& owner = vms_.at(taken->second)->record.vm.owner_uid;
  return Error{ErrorKind::kConflict,
               "the name " + record.vm.name + " is taken by " +
                   (owner.empty() ? "a VM that VirtRigaud did not make"
                                  : "the VM of another owner (" + owner + ")"),
               {}};
}

void VmStore::Put(const VmRecord& record) {
  StoredPtr& place = vms_[record.id()];
  if (place && place->record == record) return;
  if (place) ids_.erase(place->record.vm.name);
  place = Store(record);
  ids_[record.vm.name] = record.id();
  touched_[record.id()] = place;
  ++version_;
}

Result<VmRecord> VmStore::FindOrAdd(const VmRecord& record) {
  VmRecord found = record;
  {
    const std::lock_guard lock(mutex_);
    const auto it = vms_.find(record.id());
    if (it != vms_.end()) {
      found = it->second->record;
    } else {
      VR_RETURN_IF_ERROR(NameIsFree(record));
      Put(record);
    }
  }
  VR_RETURN_IF_ERROR(Flush());  // also for what was found: its own write may not be over
  return found;
}

Result<VmRecord> VmStore::Change(const std::string& id, const Edit& edit) {
  VmRecord changed;
  {
    const std::lock_guard lock(mutex_);
    const auto it = vms_.find(id);
    if (it == vms_.end()) return Error{ErrorKind::kNotFound, "there is no VM " + id, {}};
    changed = it->second->record;
    VR_RETURN_IF_ERROR(edit(changed));
    VR_RETURN_IF_ERROR(NameIsFree(changed));
    Put(changed);
  }
  VR_RETURN_IF_ERROR(Flush());
  return changed;
}

Status VmStore::Remove(const std::string& id) {
  {
    const std::lock_guard lock(mutex_);
    const auto it = vms_.find(id);
    if (it != vms_.end()) {
      ids_.erase(it->second->record.vm.name);
      touched_[id] = it->second;
      vms_.erase(it);
      ++version_;
    }
  }
  return Flush();
}

Status VmStore::PutImage(const ImageRecord& image) {
  {
    const std::lock_guard lock(mutex_);
    images_[image.id] = image;
    ++version_;
  }
  return Flush();
}

std::optional<VmRecord> VmStore::Find(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  const auto it = vms_.find(id);
  if (it == vms_.end()) return std::nullopt;
  return it->second->record;
}

std::vector<VmRecord> VmStore::All() const {
  std::vector<StoredPtr> stored;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, vm] : vms_) stored.push_back(vm);
  }
  std::vector<VmRecord> records;
  records.reserve(stored.size());
  for (const StoredPtr& vm : stored) records.push_back(vm->record);
  return records;
}

std::optional<ImageRecord> VmStore::FindImage(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  const auto it = images_.find(id);
  if (it == images_.end()) return std::nullopt;
  return it->second;
}

int64_t VmStore::NextNumber() {
  const std::lock_guard lock(mutex_);
  return next_number_++;
}

VmStore::Batch VmStore::TakeBatch() {
  Batch batch;
  const std::lock_guard lock(mutex_);
  batch.version = version_;
  batch.next_number = next_number_;
  batch.touched.swap(touched_);
  for (const auto& [id, vm] : batch.touched) {
    if (!vms_.contains(id)) batch.gone.insert(id);
  }
  if (!file_) return batch;
  batch.vms.reserve(vms_.size());
  for (const auto& [id, vm] : vms_) batch.vms.push_back(vm);
  for (const auto& [id, image] : images_) batch.images[id] = ToJson(image);
  return batch;
}

Status VmStore::Flush() {
  uint64_t wanted = 0;
  {
    const std::lock_guard lock(mutex_);
    wanted = version_;
  }
  const std::lock_guard writing(write_mutex_);
  if (written_ >= wanted) return {};  // another thread's write had ours in it
  Batch batch = TakeBatch();
  if (file_) {
    std::string vms;
    std::string images;
    for (const StoredPtr& vm : batch.vms) AddMember(vms, vm->record.id(), vm->json);
    for (const auto& [id, json] : batch.images) AddMember(images, id, json);
    if (Status wrote = file_->Write(FileContent(vms, images, batch.next_number)); !wrote) {
      const std::lock_guard lock(mutex_);
      touched_.merge(batch.touched);  // keeps what was touched since
      return wrote;
    }
  }
  written_ = batch.version;
  Tell(batch);
  return {};
}

void VmStore::Tell(const Batch& batch) const {
  if (!listener_) return;
  for (const auto& [id, vm] : batch.touched) {
    listener_(vm->record, batch.gone.contains(id) ? Presence::kGone : Presence::kThere);
  }
}

}  // namespace vr::mock
