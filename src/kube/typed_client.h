// TypedClient<T>: the Client's verbs on decoded objects.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <vector>

#include "kube/client.h"
#include "kube/patch.h"

namespace vr::kube {

// How a type travels. Specialised once per type, beside it: where it is served, and from and to
// JSON.
//   static const ResourceType& Type();
//   static Result<T> Decode(const Json&);     // aliases and defaults applied
//   static Json Encode(const T&);             // whole object
//   static Json EncodeStatus(const T&);       // the value of "status", for types that have one
template <class T>
struct ResourceTraits;

// Thread-safe, cheap to copy. The client must outlive it.
template <class T>
class TypedClient {
 public:
  using Traits = ResourceTraits<T>;

  explicit TypedClient(const Client& client) : client_(&client) {}

  Result<T> Get(const Context& ctx, const Key& key) const {
    return Decoded(client_->Get(ctx, Traits::Type(), key));
  }
  Result<T> Create(const Context& ctx, const T& object) const {
    return Decoded(client_->Create(ctx, Traits::Type(), Traits::Encode(object)));
  }
  Status Delete(const Context& ctx, const Key& key, const DeleteOptions& options = {}) const {
    return client_->Delete(ctx, Traits::Type(), key, options);
  }
  // Merges `patch` into the object; never a PUT, because decoding loses unknown fields.
  Result<T> MergePatch(const Context& ctx, const Key& key, const Json& patch,
                       const WriteOptions& options = {}) const {
    return Decoded(client_->Patch(ctx, Traits::Type(), key, PatchType::kMerge, patch, options));
  }
  // Writes what differs between the two statuses; ok without a call if nothing does, kStale if the
  // object is not the one that was read any more. Returns the resource version after it.
  Result<std::string> PatchStatus(const Context& ctx, const T& before, const T& after) const {
    return kube::PatchStatus(ctx, *client_, Traits::Type(), before.meta,
                             Traits::EncodeStatus(before), Traits::EncodeStatus(after));
  }

 private:
  // A template, so that this header needs only the forward declaration of Json.
  template <class JsonResult>
  static Result<T> Decoded(JsonResult json) {
    if (!json) return std::move(json).error();
    return Traits::Decode(*json);
  }

  const Client* client_;
};

}  // namespace vr::kube
